import type { Command } from 'commander';
import type { Experiment, Slot } from '../server/contract/catalog.ts';
import type { Metric } from '../server/contract/metric-contract.ts';
import type { ExperimentSummary } from '../server/contract/report-contract.ts';
import type { Audience } from '../server/contract/targeting-contract.ts';
import { type AdminApi, path } from './admin-api.ts';
import { changeJson, changeText, comparisonText } from './change-text.ts';
import { CliError, EXIT } from './cli-error.ts';
import { compareDeclarations } from './compare-declarations.ts';
import { connectTo, globalOptions } from './connection.ts';
import { readPlan } from './declaration-files.ts';
import { declarationsText } from './declarations-text.ts';
import type { Change, ServerState } from './declared-change.ts';
import { confirm } from './questions.ts';
import { paint, print, printJson } from './terminal.ts';

interface FileOptions {
  file: string[];
  yes?: boolean;
}

const FILE_OPTION = '-f, --file <path...>';
const FILE_HELP = 'YAML files, or folders of them';

/** Experiments as code. */
export function addPlanCommands(program: Command): void {
  program
    .command('diff')
    .description('what "assay apply" would change; ends with 2 when there is something')
    .requiredOption(FILE_OPTION, FILE_HELP)
    .addHelpText('after', '\nExample, in CI:\n  $ assay diff -f experiments/ || [ $? -eq 2 ]')
    .action((options: FileOptions, command: Command) => diff(options, command));
  program
    .command('apply')
    .description('make the server have what the files declare; experiments are drafted, never started')
    .requiredOption(FILE_OPTION, FILE_HELP)
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `
Nothing is deleted but planned phases that the files no longer declare. Applied twice, it changes nothing.

Example:
  $ assay apply -f experiments/ --yes`,
    )
    .action((options: FileOptions, command: Command) => apply(options, command));
  program
    .command('pull')
    .description('print what the server has as such a file')
    .option('--all', 'concluded experiments as well')
    .addHelpText('after', '\nExample:\n  $ assay pull > assay.yaml && assay diff -f assay.yaml')
    .action((options: { all?: boolean }, command: Command) => pull(options, command));
}

async function readServer(api: AdminApi): Promise<ServerState> {
  const [{ slots }, { metrics }, { audiences }, { experiments: listed }] = await Promise.all([
    api.get<{ slots: Slot[] }>('/api/slots'),
    api.get<{ metrics: Metric[] }>('/api/metrics'),
    api.get<{ audiences: Audience[] }>('/api/audiences'),
    api.get<{ experiments: ExperimentSummary[] }>('/api/experiments'),
  ]);
  const experiments: Experiment[] = [];
  for (const { key } of listed) experiments.push(await api.get<Experiment>(path`/api/experiments/${key}`));
  return { slots, metrics, audiences, experiments };
}

async function compare({ file }: FileOptions, command: Command) {
  // First the files: their flaws show without a server.
  const plan = await readPlan(file);
  const api = await connectTo(command);
  return { api, ...compareDeclarations(plan, await readServer(api)) };
}

async function diff(options: FileOptions, command: Command): Promise<void> {
  const { changes, unmanaged } = await compare(options, command);
  if (changes.length > 0) process.exitCode = EXIT.differences;
  if (globalOptions(command).json) printJson({ changes: changes.map(changeJson), unmanaged });
  else print(comparisonText({ changes, unmanaged }));
}

async function apply(options: FileOptions, command: Command): Promise<void> {
  const { api, changes, unmanaged } = await compare(options, command);
  const isJson = globalOptions(command).json === true;
  const impossible = changes.filter(({ action }) => action === 'impossible');
  if (impossible.length > 0) {
    const told = impossible.map((each) => `${each.at()}: ${changeText(each)}`).join('\n');
    throw new CliError(`Nothing was applied, for some of it is impossible:\n${told}`, { exitCode: EXIT.refused });
  }
  if (!isJson) print(comparisonText({ changes, unmanaged }));
  if (changes.length > 0)
    await confirm(
      `Apply ${changes.length === 1 ? 'this change' : `these ${changes.length} changes`} to ${api.url}?`,
      options.yes,
    );
  for (const [i, change] of changes.entries()) {
    await send(api, change, `${i} of ${changes.length} changes were applied`);
    if (!isJson) print(`${paint('green', '✓')} ${change.kind} ${change.key}`);
  }
  if (isJson) printJson({ applied: changes.map(changeJson), unmanaged });
}

/** The server's refusal, at the place in the file that it speaks of. */
async function send(api: AdminApi, { request, at, kind, key }: Change, progress: string): Promise<void> {
  if (request === null) return;
  try {
    await api.send(request.method, request.path, request.body);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const field = /^(?:The request body is not valid: )?([\w.-]+): /.exec(error.message)?.[1] ?? '';
    const inPhase = kind === 'phase' ? field.replace(/^phases?(\.\d+)?\.?/, '') : field;
    const place = at(inPhase.split('.').filter((part) => part !== ''));
    throw new CliError(
      `${place}: ${kind} ${key}: ${error.message}\n${progress}; mend the file and apply it again.`,
      error,
    );
  }
}

async function pull({ all }: { all?: boolean }, command: Command): Promise<void> {
  const api = await connectTo(command);
  const server = await readServer(api);
  const experiments = server.experiments.filter(({ state }) => all || state !== 'concluded');
  const { json, yaml } = declarationsText({ ...server, experiments }, api.url);
  if (globalOptions(command).json) printJson(json);
  else process.stdout.write(yaml);
}
