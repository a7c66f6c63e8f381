import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from './cli-error.ts';
import { tell } from './terminal.ts';

export const isInteractive = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** Questions go to standard error, so that standard output holds nothing but the answer of the command. */
function ask(question: string, hidden: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('close', () => {
      if (hidden) process.stderr.write('\n');
      reject(new CliError('Nothing was changed.'));
    });
    if (hidden) process.stderr.write(question);
    lines.question(hidden ? '' : question, (answer) => {
      resolve(answer.trim());
      lines.close();
    });
  });
}

export const askText = (question: string): Promise<string> => ask(question, false);

/** Without echo: for keys. */
export const askSecret = (question: string): Promise<string> => ask(question, true);

/** Ends the command unless a person, or `--yes`, agrees. */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!isInteractive()) throw new CliError(`${question} Nobody is there to answer: repeat it with --yes.`);
  const answer = await askText(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer)) return;
  tell('Nothing was changed.');
  throw new CliError('You said no.');
}

export async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return text;
}
