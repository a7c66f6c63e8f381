import type { ClientState } from './client-state.ts';

/** What a client has done since it started. */
export interface Counters {
  /** `decide`, `run` and `rank`. */
  decisions: number;
  /** Answered with the caller's default, because there was no ruleset or no such slot; those of `peek` too. */
  defaults: number;
  /** Events recorded; repeated exposures of a unit are recorded once. */
  exposures: number;
  impressions: number;
  outcomes: number;
  comparisons: number;
  /** Decisions of shadow phases whose candidate was called, and those left out because too many calls were under way. */
  shadowed: number;
  shadowDropped: number;
  /** Decisions in which a remembered variant was served, and failures of the sticky store. */
  remembered: number;
  stickyFailures: number;
  /** Events that wait for the server in memory, the batch under way included. */
  queued: number;
  /** Events in batches on `disk`, the batch under way included if it is kept there. */
  onDisk: number;
  /** Events that the server has committed. */
  sent: number;
  /** Events lost, by cause. */
  dropped: Record<string, number>;
  /** Problems, also those that `onError` heard of before. */
  errors: number;
  /** How long ago the ruleset in force was last known to be current; null without one. */
  configAgeMs: number | null;
  /** 0 without a ruleset. */
  rulesetVersion: number;
}

export function countersOf({ tally, batcher, disk, problems, freshness, ruleset }: ClientState): Counters {
  return {
    decisions: tally.decisions,
    defaults: tally.defaults,
    exposures: tally.exposures,
    impressions: tally.impressions,
    outcomes: tally.outcomes,
    comparisons: tally.comparisons,
    shadowed: tally.shadowed,
    shadowDropped: tally.shadowDropped,
    remembered: tally.remembered,
    stickyFailures: tally.stickyFailures,
    queued: batcher.queued(),
    onDisk: disk?.events() ?? 0,
    sent: tally.sent,
    dropped: Object.fromEntries(tally.dropped),
    errors: problems.total(),
    configAgeMs: freshness.ageMs(),
    rulesetVersion: ruleset?.version ?? 0,
  };
}
