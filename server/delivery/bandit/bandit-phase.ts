import type { BanditSettings } from '../../db/schema-types.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';

/** Periods within which arms are compared are hours, or epochs where those are longer. */
const PERIOD_SECONDS = 3_600;
/** An epoch lasts at least this part of the phase's age: the epochs of a phase number thousands, not millions. */
const PARTS_OF_AGE = 2_000;
/**
 * Services need a moment to hear of new weights, those that poll some ten seconds: what they decide by the old ones until
 * then is in the epoch too. It is this part of an epoch, and at least so many seconds.
 */
const SPREAD_PART = 0.1;
const SPREAD_SECONDS = 2;

type Metric = ExperimentRow['metrics'][number];

/** A phase of mode bandit with what it declares. */
export interface BanditPhase {
  phase: PhaseRow;
  settings: BanditSettings;
  reward: Metric;
}

/** Throws where an experiment was stored without what its creation checks: a defect, not bad input. */
export function banditPhase(row: ExperimentRow, phase: PhaseRow): BanditPhase {
  const settings = phase.settings.bandit;
  const reward = row.metrics.find(({ key }) => key === settings?.reward);
  if (!settings || !reward) throw new Error(`bandit phase ${phase.id} has no settings or no reward`);
  return { phase, settings, reward };
}

/** When the weights in force since `startedAt` are to be renewed, ms since 1970. */
export function renewalDue(phaseStartedAt: Date, epochStartedAt: Date, epochSeconds: number): number {
  const ageSeconds = (epochStartedAt.getTime() - phaseStartedAt.getTime()) / 1000;
  return epochStartedAt.getTime() + 1000 * Math.max(epochSeconds, ageSeconds / PARTS_OF_AGE);
}

/** Rewards of decisions made before this are final: their windows and the lateness allowance have passed. */
export function finalBefore(asOf: Date, waitSeconds: number): Date {
  return new Date(asOf.getTime() - 1000 * waitSeconds);
}

/** An epoch that ended before this has closed: also what services decided by it a little later is final. */
export function closesBefore(asOf: Date, waitSeconds: number, epochSeconds: number): Date {
  const spread = Math.max(SPREAD_SECONDS, epochSeconds * SPREAD_PART);
  return finalBefore(asOf, waitSeconds + spread);
}

/** Number, from 1, and start of the period that an epoch is counted in: the hour of the phase in which it started. */
export function periodOf(phaseStartedAt: Date, epochStartedAt: Date): { period: number; from: Date } {
  const hours = Math.floor((epochStartedAt.getTime() - phaseStartedAt.getTime()) / 1000 / PERIOD_SECONDS);
  return { period: hours + 1, from: new Date(phaseStartedAt.getTime() + hours * PERIOD_SECONDS * 1000) };
}
