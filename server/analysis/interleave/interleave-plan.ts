import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { latenessOf } from '../../experiments/lateness.ts';
import type { ReportMetric } from '../arms.ts';
import { planReached } from '../look-clock.ts';
import type { ImpressionSums, MetricWithSums, PreferenceRule } from './interleave-result.ts';

/** Where a plan names no number of units: a band that is narrowest at this many. */
const TUNED_TO = 1_000;

/** Why outcomes of a metric cannot be credited to items; null: they can. */
export function notCreditable({ kind, startSeconds, outcome }: ReportMetric): string | null {
  if (startSeconds > 0) return 'Retention is of units, not of items shown; take a proportion or a mean.';
  if (kind !== 'proportion' && kind !== 'mean') return `A ${kind} has no sum over items; take a proportion or a mean.`;
  return outcome.startsWith('assay.') ? 'Call records name no item.' : null;
}

export const creditable = ({ metrics }: ExperimentRow): ReportMetric[] =>
  metrics.filter((metric) => notCreditable(metric) === null);

/** How long a unit waits for its windows, and for another impression. */
export function waitsOf(metric: ReportMetric, phase: PhaseRow, row: ExperimentRow) {
  const windows = metric.windowSeconds + latenessOf(metric, phase, row);
  const gapSeconds = Math.max(windows, phase.settings.interleave?.idleSeconds ?? 0);
  // Once the phase is over no further impression comes.
  return { gapSeconds, completeAfterSeconds: phase.state === 'ended' ? windows : gapSeconds };
}

export const plansEnd = ({ plan }: PhaseRow): boolean => plan.units !== null || plan.durationSeconds !== null;

/** The look decides where the plan fixed its time and the phase was not stopped before; else what may be read any time. */
export function ruleOf(phase: PhaseRow, units: number, look: { planned: boolean } | null): PreferenceRule {
  const short = phase.state === 'ended' && !reached(phase, units);
  const planned = look ? look.planned : plansEnd(phase) && !short;
  return {
    level: phase.plan.level,
    tunedTo: phase.plan.units ?? TUNED_TO,
    atLook: look !== null,
    decidedBy: planned ? 'look' : 'always_valid',
  };
}

/** Whether a phase that has ended reaches its plan: in the time it ran, or in units that only have to be complete. */
function reached({ plan, startedAt, endedAt }: PhaseRow, units: number): boolean {
  const seconds = startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : 0;
  return planReached(plan, { seconds, units });
}

/** The one look, when its time has come: at the planned end, or when a phase has ended and all its units are complete. */
export function dueInterleaveLook(
  phase: PhaseRow,
  all: MetricWithSums[],
  { units }: ImpressionSums,
  asOf: Date,
): { planned: boolean } | null {
  if (all.length === 0 || units === 0) return null;
  const { plan, startedAt, state } = phase;
  const until = Math.min(asOf.getTime(), phase.endedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  const seconds = startedAt ? (until - startedAt.getTime()) / 1000 : 0;
  const complete = Math.min(...all.map(({ sums }) => sums.units.complete));
  if (complete >= 2 && planReached(plan, { seconds, units: complete })) return { planned: true };
  const settled = all.every(({ sums }) => sums.units.open === 0);
  return state === 'ended' && settled ? { planned: plansEnd(phase) && reached(phase, units) } : null;
}
