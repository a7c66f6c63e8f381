/** What this client counted since it started. */
export interface Tally {
  decisions: number;
  /** Answered with the caller's default, for want of a champion; `peek` counts here too. */
  defaults: number;
  /** Exposures put into the queue. */
  exposures: number;
  /** Impressions put into the queue. */
  impressions: number;
  /** Outcomes put into the queue, those of `run` included. */
  outcomes: number;
  /** Comparisons of shadow phases put into the queue. */
  comparisons: number;
  /** Decisions of shadow phases whose candidate was called, and those for which there was no place. */
  shadowed: number;
  shadowDropped: number;
  /** Decisions in which a remembered variant was served, and failures of the sticky store. */
  remembered: number;
  stickyFailures: number;
  /** Events that the server has committed. */
  sent: number;
  /** Events lost, by cause. */
  dropped: Map<string, number>;
  /** The part of `dropped` that no batch has reported yet. */
  unreported: Map<string, number>;
}

export function createTally(): Tally {
  return {
    decisions: 0,
    defaults: 0,
    exposures: 0,
    impressions: 0,
    outcomes: 0,
    comparisons: 0,
    shadowed: 0,
    shadowDropped: 0,
    remembered: 0,
    stickyFailures: 0,
    sent: 0,
    dropped: new Map(),
    unreported: new Map(),
  };
}

export function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Causes that are told apart: a server may name any, and must not fill the memory. */
const MAX_CAUSES = 100;

export function countDropped({ dropped, unreported }: Tally, cause: string, events = 1): void {
  const counted = dropped.has(cause) || dropped.size < MAX_CAUSES ? cause : 'other';
  increase(dropped, counted, events);
  increase(unreported, counted, events);
}
