/** What this client counted since it started. */
export interface Tally {
  decisions: number;
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
    exposures: 0,
    impressions: 0,
    outcomes: 0,
    comparisons: 0,
    shadowed: 0,
    shadowDropped: 0,
    sent: 0,
    dropped: new Map(),
    unreported: new Map(),
  };
}

export function increase(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export function countDropped(tally: Tally, cause: string, events = 1): void {
  increase(tally.dropped, cause, events);
  increase(tally.unreported, cause, events);
}
