import { type Command, Option } from 'commander';
import type { HistoryEntry } from '../server/contract/life-cycle-contract.ts';
import type { ExperimentSummary, Report } from '../server/contract/report-contract.ts';
import { path } from './admin-api.ts';
import { connectTo, globalOptions } from './connection.ts';
import { reportText, verdictText } from './experiment-text.ts';
import { withNames } from './named-things.ts';
import { count, instantText } from './number-text.ts';
import { print, printJson, table } from './terminal.ts';

interface ListOptions {
  slot?: string;
  state?: string;
}

export function addExperimentCommands(program: Command): void {
  const experiments = program.command('experiments').description('comparisons of the variants of a slot');
  experiments
    .command('list')
    .description('all experiments, newest first, each with its verdict')
    .option('--slot <slot>', 'only those of this slot')
    .addOption(new Option('--state <state>', 'only those').choices(['draft', 'running', 'paused', 'concluded']))
    .addHelpText(
      'after',
      '\nExamples:\n  $ assay experiments list --state running\n  $ assay experiments list --slot fraud-score --json',
    )
    .action((options: ListOptions, command: Command) => list(options, command));
  experiments
    .command('show')
    .argument('<experiment>')
    .description('verdict, health, guardrails and numbers of the current phase; what can be done next')
    .option('--phase <position>', 'an earlier phase, from 0')
    .addHelpText(
      'after',
      '\nExamples:\n  $ assay experiments show new-ranker\n  $ assay experiments show new-ranker --json | jq -r .verdict.kind',
    )
    .action((key: string, options: { phase?: string }, command: Command) => show(key, options, command));
  experiments
    .command('history')
    .argument('<experiment>')
    .description('who or what moved or edited it, when and why')
    .addHelpText('after', '\nExample:\n  $ assay experiments history new-ranker')
    .action((key: string, _options: object, command: Command) => history(key, command));
}

async function list({ slot, state }: ListOptions, command: Command): Promise<void> {
  const api = await connectTo(command);
  const all = await api.get<{ experiments: ExperimentSummary[] }>('/api/experiments');
  const experiments = all.experiments.filter(
    (each) => (slot === undefined || each.slot === slot) && (state === undefined || each.state === state),
  );
  if (globalOptions(command).json) return printJson({ experiments });
  if (experiments.length === 0) return print(all.experiments.length === 0 ? 'No experiments yet.' : 'None of these.');
  const rows = experiments.map((each) => [
    each.key,
    each.slot,
    each.state,
    each.mode ?? '-',
    count(each.units),
    verdictText(each.verdict),
  ]);
  print(table(['EXPERIMENT', 'SLOT', 'STATE', 'MODE', 'UNITS', 'VERDICT'], rows));
}

async function show(key: string, { phase }: { phase?: string }, command: Command): Promise<void> {
  const api = await connectTo(command);
  const query = phase === undefined ? '' : `?phase=${encodeURIComponent(phase)}`;
  const where = path`/api/experiments/${key}/report`;
  const report = await withNames(api, 'experiment', key, () => api.get<Report>(where + query));
  if (globalOptions(command).json) printJson(report);
  else print(reportText(report, new Date()));
}

async function history(key: string, command: Command): Promise<void> {
  const api = await connectTo(command);
  const where = path`/api/experiments/${key}/history`;
  const { entries } = await withNames(api, 'experiment', key, () => api.get<{ entries: HistoryEntry[] }>(where));
  if (globalOptions(command).json) return printJson({ entries });
  const rows = entries.map(({ at, actor, action, detail }) => [
    instantText(at),
    actor,
    action.replace(/^experiment\./, ''),
    typeof detail.reason === 'string' ? detail.reason : JSON.stringify(detail),
  ]);
  print(table(['AT', 'BY', 'WHAT', 'WHY'], rows));
}
