import type { Phase } from '../server/contract/phase-contract.ts';
import type { Comparison, MetricReport, Report } from '../server/contract/report-contract.ts';
import { count, durationText, instantText, percent, short } from './number-text.ts';
import { bullet, paint, table } from './terminal.ts';

type Verdict = Report['verdict'];
type Delivery = NonNullable<Report['delivery']>;

const VERDICT_COLOURS: Record<Verdict['kind'], 'green' | 'red' | 'yellow' | 'dim'> = {
  ship: 'green',
  go_on: 'green',
  do_not_ship: 'red',
  invalid: 'red',
  look_closer: 'yellow',
  keep_running: 'dim',
  insufficient: 'dim',
  not_started: 'dim',
};
const STATE_MARKS = {
  ok: '✓',
  pass: '✓',
  warning: '!',
  alarm: '✗',
  fail: '✗',
  waiting: '…',
  inconclusive: '…',
  no_data: '…',
};
const MARK_COLOURS = { '✓': 'green', '✗': 'red', '!': 'yellow', '…': 'dim' } as const;

export const verdictText = ({ kind, sentence }: Verdict): string => paint(VERDICT_COLOURS[kind], sentence);

/** What a release engineer wants to know, most important first. */
export function reportText(report: Report, now: Date): string {
  const parts = [
    head(report, now),
    verdict(report),
    plan(report),
    delivery(report),
    gate(report),
    health(report),
    variants(report),
    metrics(report),
    moves(report),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function head({ experiment, phase }: Report, now: Date): string {
  const { key, name, slot, state } = experiment;
  const since = phase?.startedAt ? ` since ${instantText(phase.startedAt)} (${age(phase.startedAt, now)})` : '';
  const place = phase ? ` · phase ${phase.position}: ${phase.mode}, ${phase.state}${since}` : '';
  return `${paint('bold', key)}  ${name}\nslot ${slot} · ${state}${place}`;
}

const age = (at: string, now: Date) => durationText(Math.max(0, (now.getTime() - Date.parse(at)) / 1000));

function verdict({ verdict: { kind, sentence, reasons } }: Report): string {
  const lines = [`${paint('bold', 'Verdict')}  ${paint(VERDICT_COLOURS[kind], sentence)}`];
  return [...lines, ...reasons.map((reason) => bullet(reason))].join('\n');
}

function plan({ experiment: { phases }, progress, phase: shown }: Report): string {
  const lines = phases.length > 1 ? phases.map((phase) => phaseLine(phase, phase.id === shown?.id)) : [];
  if (progress) lines.push(bullet(progressText(progress)));
  if (progress?.forecast) lines.push(bullet(progress.forecast.sentence));
  return section('Plan', lines);
}

function phaseLine(phase: Phase, isShown: boolean): string {
  const { position, mode, state, gate: handsOver, endReason, hold } = phase;
  const ending = state === 'ended' && endReason ? `: ${endReason}` : '';
  const held = hold ? `, held by ${hold.by}: ${hold.reason}` : '';
  const steps = phase.canary && state === 'running' ? `, step ${phase.step} of ${phase.canary.steps.length}` : '';
  return `  ${isShown ? '→' : ' '} ${position} ${mode} (${handsOver} gate) ${state}${steps}${held}${ending}`;
}

function progressText({ matureUnits, plannedUnits, plannedEndAt, looks }: NonNullable<Report['progress']>): string {
  const units = plannedUnits === null ? count(matureUnits) : `${count(matureUnits)} of ${count(plannedUnits)} planned`;
  const end = plannedEndAt === null ? '' : `, planned until ${instantText(plannedEndAt)}`;
  const taken = `${looks.taken}${looks.planned === null ? '' : ` of ${looks.planned}`} looks taken`;
  const at = looks.nextUnits === null ? looks.nextAt && instantText(looks.nextAt) : `${count(looks.nextUnits)} units`;
  return `${units} mature units${end}; ${taken}${at ? `, the next at ${at}` : ''}.`;
}

/** What the mode of the phase has to say. */
function delivery({ delivery: found }: Report): string {
  if (found === null) return '';
  const lines = [bullet(found.mode === 'canary' ? found.decision.sentence : found.sentence), ...details(found)];
  return section(found.mode[0]?.toUpperCase() + found.mode.slice(1), lines);
}

function details(found: Delivery): string[] {
  if (found.mode === 'canary') {
    const { step, steps, share, requests, seconds } = found;
    return [
      bullet(
        `Step ${step} of ${steps} at ${percent(share)}: ${count(requests.made)} of ${count(requests.minimum)} requests, ` +
          `${durationText(seconds.elapsed)} of ${durationText(seconds.minimum)}.`,
      ),
      ...found.guardrails.map(({ name, state, sentence }) => marked(state, `${name}: ${sentence}`)),
      ...(found.sampleRatio.alarm ? [marked('alarm', found.sampleRatio.sentence)] : []),
    ];
  }
  if (found.mode === 'bandit') return [bullet(found.warmUp.sentence), bullet(found.regret.sentence)];
  return [];
}

function gate({ gate: found, delivery: mode }: Report): string {
  // A canary's guardrails are its gate and stand above.
  if (found === null || mode?.mode === 'canary') return '';
  const limits = found.limits.map(({ name, state, sentence }) => marked(state, `${name}: ${sentence}`));
  return section('Gate', [marked(found.state, found.sentence), ...limits]);
}

function health({ health: items }: Report): string {
  const worth = items.filter(({ status }) => status !== 'ok');
  const fine = items.length - worth.length;
  const lines = worth.flatMap(({ status, sentence, causes }) => [
    marked(status, sentence),
    ...causes.map((cause) => `      likely: ${cause}`),
  ]);
  if (fine > 0) lines.push(marked('ok', `${fine} check${fine === 1 ? '' : 's'} passed`));
  return section('Health', lines);
}

function marked(state: keyof typeof STATE_MARKS, text: string): string {
  const mark = STATE_MARKS[state] as keyof typeof MARK_COLOURS;
  return bullet(text, paint(MARK_COLOURS[mark], mark));
}

function variants({ variants: found }: Report): string {
  if (found.length === 0) return '';
  const rows = found.map(({ variant, control, weight, units, calls }) => [
    `  ${control ? `${variant} (control)` : variant}`,
    percent(weight),
    count(units),
    calls ? count(calls.made) : '-',
    calls ? count(calls.errors + calls.timeouts) : '-',
    calls?.meanMs != null ? short(calls.meanMs) : '-',
  ]);
  return table(['  VARIANT', 'WEIGHT', 'UNITS', 'CALLS', 'FAILED', 'MEAN MS'], rows);
}

function metrics({ metrics: found }: Report): string {
  const rows = found.flatMap((metric) => metric.comparisons.map((each) => metricRow(metric, each)));
  if (rows.length === 0) return '';
  return table(['  METRIC', 'ROLE', 'VARIANT', 'CONTROL', 'VALUE', 'LIFT', 'SAYS'], rows);
}

function metricRow(
  metric: MetricReport,
  { variant, control, relative, status, missing, significant, margin }: Comparison,
) {
  const value = (key: string) => metric.variants.find((each) => each.variant === key)?.value ?? null;
  const shown = (number: number | null) => (number === null ? '-' : short(number));
  const set = relative?.set;
  const range =
    set?.shape === 'bounded' ? ` (${lift(set.lower)} to ${set.upper === null ? '∞' : lift(set.upper)})` : '';
  const estimate = relative?.estimate ?? null;
  const verdictOf = significant === null ? '' : significant ? 'different' : 'no difference shown';
  const notWorse = margin?.nonInferior == null ? '' : `${margin.nonInferior ? '' : 'not '}shown to keep its margin`;
  const says = missing ?? [status, verdictOf, notWorse].filter(Boolean).join(', ');
  return [
    `  ${metric.key}`,
    metric.role,
    variant,
    shown(value(control)),
    shown(value(variant)),
    estimate === null ? '-' : lift(estimate) + range,
    says,
  ];
}

const lift = (share: number) => `${share >= 0 ? '+' : ''}${percent(share)}`;

function moves({ experiment }: Report): string {
  const possible = experiment.transitions.filter(({ obstacle }) => obstacle === null).map((each) => each.transition);
  if (possible.length === 0) return '';
  return `Possible now: ${possible.map((each) => `assay ${each} ${experiment.key}`).join(' · ')}`;
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : [paint('bold', title), ...lines].join('\n');
}
