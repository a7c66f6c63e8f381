import type { Command } from 'commander';
import type { ExplainInput, ExplanationAnswer } from '../server/contract/explain-contract.ts';
import { CliError } from './cli-error.ts';
import { connectTo, globalOptions } from './connection.ts';
import { explanationText } from './explanation-text.ts';
import { withNames } from './named-things.ts';
import { print, printJson } from './terminal.ts';

type Attributes = NonNullable<ExplainInput['attributes']>;

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .argument('<slot>')
    .argument('<unit>')
    .description('why a unit gets its variant: every rule, draw and bucket')
    .option('--attr <name=value...>', 'attributes as the service gives them')
    .addHelpText(
      'after',
      `
Values are read as JSON where they are JSON, and as text otherwise: age=34 is a number, age='"34"' a text, country=DE too.
Nothing is recorded.

Example:
  $ assay explain fraud-score user-17 --attr country=DE age=34 --attr beta=true`,
    )
    .action((slot: string, unit: string, { attr = [] }: { attr?: string[] }, command: Command) =>
      explain({ slot, unit, attributes: attributesOf(attr) }, command),
    );
}

async function explain(input: ExplainInput, command: Command): Promise<void> {
  const api = await connectTo(command);
  const ask = () => api.send<ExplanationAnswer>('POST', '/api/explain', input);
  const explanation = await withNames(api, 'slot', input.slot, ask);
  if (globalOptions(command).json) printJson(explanation);
  else print(explanationText(explanation));
}

function attributesOf(pairs: string[]): Attributes {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(`--attr ${pair}: write it as name=value.`);
      return [pair.slice(0, at), readValue(pair.slice(at + 1))];
    }),
  );
}

function readValue(text: string): Attributes[string] {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
