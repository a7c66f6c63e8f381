import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Session, Slot } from '../server/contract/catalog.ts';
import type { Metric } from '../server/contract/metric-contract.ts';
import type { AdminApi } from './admin-api.ts';
import { CliError, EXIT } from './cli-error.ts';
import { connectTo, globalOptions } from './connection.ts';
import { print, printJson } from './terminal.ts';
import { typesText } from './types-text.ts';

interface TypesOptions {
  out?: string;
  check?: boolean;
}

export function addTypesCommand(program: Command): void {
  program
    .command('types')
    .description('write a TypeScript module of the slots, payloads and outcomes that the server has now')
    .option('-o, --out <file>', 'the file (default: standard output)')
    .option('--check', 'write nothing; end with 2 if the file is not what would be written')
    .addHelpText(
      'after',
      `
connect<Definitions>(…) then knows them: an unknown slot does not compile. The text changes only when slots, variants,
payloads' types or outcomes do. Exclude the file from your formatter.

Examples:
  $ assay types --out src/assay-types.ts
  $ assay types --out src/assay-types.ts --check    # in CI`,
    )
    .action((options: TypesOptions, command: Command) => types(options, command));
}

async function types({ out, check = false }: TypesOptions, command: Command): Promise<void> {
  if (check && out === undefined) throw new CliError('Which file is to be checked? Add --out with its name.');
  const text = typesText(await readDefinitions(await connectTo(command)));
  const asJson = globalOptions(command).json === true;
  if (out === undefined) {
    if (asJson) printJson({ text });
    else process.stdout.write(text);
    return;
  }
  const isCurrent = (await readIfThere(out)) === text;
  if (!check && !isCurrent) await write(out, text);
  if (asJson) printJson({ file: out, changed: !isCurrent });
  else if (isCurrent) print(`${out} is up to date.`);
  else if (!check) print(`${out} was written.`);
  if (check && !isCurrent) {
    const message = `${out} is not what the server has now: run "assay types --out ${out}" and commit the file.`;
    throw new CliError(message, { exitCode: EXIT.differences });
  }
}

async function readDefinitions(api: AdminApi): Promise<Parameters<typeof typesText>[0]> {
  const [{ project, environment }, { slots }, { metrics }] = await Promise.all([
    api.get<Session>('/api/session'),
    api.get<{ slots: Slot[] }>('/api/slots'),
    api.get<{ metrics: Metric[] }>('/api/metrics'),
  ]);
  return { project, environment, slots, metrics };
}

/** Null when there is no such file; line ends as we write them, for git may have changed them. */
async function readIfThere(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CliError(
      `Cannot write ${file} (${(error as Error).message}): does its folder exist, and may you write there?`,
    );
  }
}
