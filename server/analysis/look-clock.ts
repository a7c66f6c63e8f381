import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { DueRows } from './report-store.ts';

/** How far a phase has come, by the data that are complete. */
export interface LookClock {
  /** Mature units over all variants: the fewest over its metrics. */
  mature: number;
  /** Whether no unit is open in any metric. */
  settled: boolean;
  /** Share of the plan reached; passes 1 when it runs on; null when the plan has no end. */
  share: number | null;
}

/** A look whose time has come. */
export interface DueLook {
  /** From 1. A planned one is numbered by its place in the plan: several missed at once are one look. */
  number: number;
  rule: 'fixed' | 'group_sequential' | 'always_valid';
  /** How many looks the plan has; null when always valid. */
  planned: number | null;
  /** Part of the plan by which the error probability is spent, 0-1; null when always valid. */
  spendingTime: number | null;
  /** Whether it is the last planned one. */
  last: boolean;
}

/** What earlier looks were, as far as the clock needs it. */
interface TakenLook {
  number: number;
  mature: number;
}

/** Below this the normal limit that always-valid bands rest on is too rough. */
export const LEAST_UNITS = 100;
/** An always-valid look follows the one before when so much more is known. */
const GROWTH = 1.1;

export function lookClock(row: ExperimentRow, current: PhaseRow, rows: DueRows, now: Date): LookClock {
  const arms = current.split.map((each) => each.variantId);
  const unitsOf = (measureId: number, mature: boolean) =>
    rows.measures
      .filter((each) => each.measureId === measureId && each.mature === mature && arms.includes(each.variantId))
      .reduce((sum, each) => sum + each.units, 0);
  const measures = row.metrics.map((metric) => metric.measureId);
  const mature = measures.length > 0 ? Math.min(...measures.map((each) => unitsOf(each, true))) : 0;
  const settled = measures.every((each) => unitsOf(each, false) === 0);
  const { units, durationSeconds } = current.plan;
  const shares = [
    ...(units === null ? [] : [mature / units]),
    ...(durationSeconds === null ? [] : [secondsPassed(current, rows, now) / durationSeconds]),
  ];
  return { mature, settled, share: shares.length > 0 ? Math.max(...shares) : null };
}

/** Since the start, until now or until the data are no longer complete; a phase that ended early stands still. */
function secondsPassed(current: PhaseRow, rows: DueRows, now: Date): number {
  if (!current.startedAt) return 0;
  const until = Math.min(now.getTime(), rows.asOf.getTime(), current.endedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  return Math.max(0, until - current.startedAt.getTime()) / 1000;
}

/** The look that is due, when the data are complete; null when none is. */
export function dueLook(current: PhaseRow, rows: DueRows, clock: LookClock, taken: TakenLook | null): DueLook | null {
  if (rows.pending.dirtyUnits > 0) return null;
  if (current.assignment === 'external') {
    // Its last rebuild, after its end, holds everything received until then.
    const complete = current.state === 'ended' && !current.rebuildWanted && current.rebuiltAt !== null;
    return complete && !taken ? { number: 1, rule: 'fixed', planned: 1, spendingTime: 1, last: true } : null;
  }
  const planned = plannedLooks(current);
  if (planned === null || (taken !== null && taken.number >= planned)) {
    return current.plan.design === 'fixed' ? null : openLook(current, clock, taken);
  }
  const number = Math.min(planned, stepsReached(clock.share ?? 0, planned));
  if (number <= (taken?.number ?? 0)) return null;
  const last = number === planned;
  // What was stopped early was stopped for some other reason than the plan: no more interim looks.
  if (current.state === 'ended' && !last) return null;
  const rule = current.plan.design === 'fixed' ? 'fixed' : 'group_sequential';
  return { number, rule, planned, spendingTime: last ? 1 : Math.min(1, clock.share ?? 0), last };
}

/** Always valid: by design, or after the last planned look. */
function openLook(current: PhaseRow, { mature, settled }: LookClock, taken: TakenLook | null): DueLook | null {
  const before = taken?.mature ?? 0;
  const ended = current.state === 'ended';
  const grown = ended ? settled && mature > before : mature >= GROWTH * before;
  if (mature < LEAST_UNITS || !grown) return null;
  const number = (taken?.number ?? 0) + 1;
  return { number, rule: 'always_valid', planned: plannedLooks(current), spendingTime: null, last: false };
}

/** How many looks the plan has; null when always valid. */
export function plannedLooks({ plan }: Pick<PhaseRow, 'plan'>): number | null {
  if (plan.design === 'always_valid') return null;
  return plan.design === 'fixed' ? 1 : (plan.looks ?? 1);
}

/**
 * Whether a phase that has ended reaches its plan: in the time it ran, or in units that only have to mature. Mixed units
 * never do, so that they are no units here.
 */
export function planReached(
  { units, durationSeconds }: Pick<PhaseRow['plan'], 'units' | 'durationSeconds'>,
  ran: { seconds: number; units: number },
): boolean {
  return (units !== null && ran.units >= units) || (durationSeconds !== null && ran.seconds >= durationSeconds);
}

/** Whole k/K of the plan that are reached; 0.6 of 5 looks is 3, however it is rounded. */
function stepsReached(share: number, planned: number): number {
  return Math.floor(share * planned * (1 + 1e-12));
}

/** Mature units at which the next look comes, and the time at which it does; null where the plan has no such end. */
export function nextLookAt(current: PhaseRow, taken: TakenLook | null): { units: number | null; at: Date | null } {
  const nothing = { units: null, at: null };
  if (current.assignment === 'external' || current.state === 'ended') return nothing;
  const { design, units, durationSeconds } = current.plan;
  const planned = plannedLooks(current);
  if (planned === null || (taken !== null && taken.number >= planned)) {
    if (design === 'fixed') return nothing;
    return { units: Math.max(LEAST_UNITS, Math.ceil(GROWTH * (taken?.mature ?? 0))), at: null };
  }
  const step = ((taken?.number ?? 0) + 1) / planned;
  return {
    units: units === null ? null : Math.ceil(step * units * (1 - 1e-12)),
    at:
      durationSeconds === null || !current.startedAt
        ? null
        : new Date(current.startedAt.getTime() + step * durationSeconds * 1000),
  };
}
