import type { Command } from 'commander';
import type { Slot } from '../server/contract/catalog.ts';
import type { ExperimentSummary } from '../server/contract/report-contract.ts';
import { path } from './admin-api.ts';
import { connectTo, globalOptions } from './connection.ts';
import { withNames } from './named-things.ts';
import { confirm } from './questions.ts';
import { paint, print, printJson, table } from './terminal.ts';

interface Move {
  yes?: boolean;
  reason?: string;
}

export function addSlotCommands(program: Command): void {
  const slots = program.command('slots').description('places in your services where one of several models answers');
  slots
    .command('list')
    .description('all slots with their champions and what runs on them')
    .addHelpText('after', '\nExample:\n  $ assay slots list --json | jq -r ".slots[].key"')
    .action((_options: object, command: Command) => list(command));
  slots
    .command('show')
    .argument('<slot>')
    .description('one slot: variants with their payloads, and its experiments')
    .addHelpText('after', '\nExample:\n  $ assay slots show fraud-score')
    .action((slot: string, _options: object, command: Command) => show(slot, command));
  slots
    .command('champion')
    .argument('<slot>')
    .argument('<variant>')
    .description('make a variant the champion; refused while an experiment runs on the slot')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  $ assay slots champion fraud-score gradient-boosting')
    .action((slot: string, variant: string, options: Move, command: Command) =>
      promote(slot, variant, options, command),
    );
  slots
    .command('pause')
    .argument('<slot>')
    .description('kill switch: pause all that runs on the slot, everyone gets the champion within a second')
    .option('-y, --yes', 'do not ask')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', '\nExample:\n  $ assay slots pause fraud-score --yes --reason "scores are NaN since 14:00"')
    .action((slot: string, options: Move, command: Command) => pause(slot, options, command));
}

async function list(command: Command): Promise<void> {
  const api = await connectTo(command);
  const { slots } = await api.get<{ slots: Slot[] }>('/api/slots');
  if (globalOptions(command).json) return printJson({ slots });
  if (slots.length === 0) return print('No slots yet: declare one in a file and "assay apply" it.');
  const { experiments } = await api.get<{ experiments: ExperimentSummary[] }>('/api/experiments');
  const rows = slots.map((slot) => {
    const live = experiments.filter((each) => each.slot === slot.key && isLive(each));
    return [slot.key, slot.output, slot.champion, String(slot.variants.length), live.map(briefly).join(', ') || '-'];
  });
  print(table(['SLOT', 'OUTPUT', 'CHAMPION', 'VARIANTS', 'RUNNING'], rows));
}

const isLive = ({ state }: ExperimentSummary) => state === 'running' || state === 'paused';
const briefly = ({ key, mode, state }: ExperimentSummary) => `${key} (${state === 'paused' ? 'paused' : mode})`;

async function show(key: string, command: Command): Promise<void> {
  const api = await connectTo(command);
  const slot = await withNames(api, 'slot', key, () => api.get<Slot>(path`/api/slots/${key}`));
  if (globalOptions(command).json) return printJson(slot);
  const { experiments } = await api.get<{ experiments: ExperimentSummary[] }>('/api/experiments');
  const own = experiments.filter((each) => each.slot === key);
  const fallback =
    slot.fallback === 'champion' ? 'a failing challenger is followed by the champion' : 'errors are rethrown';
  print(`${paint('bold', slot.key)}  output ${slot.output}, calls end after ${slot.timeoutMs} ms, ${fallback}\n`);
  const variants = slot.variants.map(({ key: name, payload }) => [
    name === slot.champion ? `${name} ${paint('green', '(champion)')}` : name,
    JSON.stringify(payload),
  ]);
  print(table(['VARIANT', 'PAYLOAD'], variants));
  if (own.length === 0) return print('\nNo experiments.');
  print(
    `\n${table(
      ['EXPERIMENT', 'STATE', 'VERDICT'],
      own.map((each) => [each.key, each.state, each.verdict.sentence]),
    )}`,
  );
}

async function promote(key: string, champion: string, { yes }: Move, command: Command): Promise<void> {
  const api = await connectTo(command);
  const before = await withNames(api, 'slot', key, () => api.get<Slot>(path`/api/slots/${key}`));
  if (before.champion !== champion) {
    await confirm(
      `Make "${champion}" the champion of "${key}" instead of "${before.champion}", for everyone, now?`,
      yes,
    );
  }
  const slot = await api.send<Slot>('PUT', path`/api/slots/${key}/champion`, { champion });
  if (globalOptions(command).json) return printJson(slot);
  print(`"${slot.champion}" is the champion of "${key}".`);
}

async function pause(key: string, { yes, reason }: Move, command: Command): Promise<void> {
  const api = await connectTo(command);
  await withNames(api, 'slot', key, () => api.get<Slot>(path`/api/slots/${key}`));
  await confirm(`Pause every experiment on "${key}", so that everyone gets the champion?`, yes);
  const body = reason === undefined ? {} : { reason };
  const { paused } = await api.send<{ paused: string[] }>('POST', path`/api/slots/${key}/pause`, body);
  if (globalOptions(command).json) return printJson({ paused });
  print(paused.length > 0 ? `Paused: ${paused.join(', ')}.` : `Nothing was running on "${key}".`);
}
