import type { ExperimentRow } from '../../experiments/experiment-store.ts';

/** Sums over units as the job stores them, one result a metric and one about impressions (metric 0). */

/** Scores of one pair by one way of crediting. */
export interface ScoreSums {
  sum: number;
  sumOfSquares: number;
  /** Units that prefer the first, neither, the second. */
  wins: number;
  ties: number;
  losses: number;
  impressionWins: number;
  impressionLosses: number;
}

export interface PairSums {
  variant: string;
  against: string;
  contested: ScoreSums;
  plain: ScoreSums;
  /** Outcomes, or their sum, on all items of either. */
  outcomes: { variant: number; against: number };
}

export interface MetricSums {
  asOf: string;
  units: { complete: number; open: number };
  impressions: { complete: number; late: number };
  /** The metric itself over complete units, zeros included. */
  value: { sum: number; sumOfSquares: number };
  pairs: PairSums[];
  positions: { position: number; variant: string; shown: number; withOutcome: number }[];
}

export interface ImpressionSums {
  asOf: string;
  units: number;
  total: number;
  degraded: { variant: string; cause: string; impressions: number }[];
  teams: { variant: string; firstPicks: number; items: number }[];
  /** Impressions in which either of two has one contested item more: by a coin, so alike. */
  uneven: { variant: string; against: string; more: number; fewer: number }[];
  /** Absent from results of earlier versions. */
  examples?: ExampleList[];
}

/** One list as it was shown; `earned` holds the measures that an item had outcomes for. */
export interface ExampleList {
  at: string;
  length: number;
  items: { id: string; team: string; contested: boolean; earned: number[] }[];
}

/** How preferences are tested. */
export interface PreferenceRule {
  level: number;
  /** Units at which the always-valid band is narrowest; fixed before the first is complete. */
  tunedTo: number;
  /** Whether the numbers are those of the look: only then t and sign are tests. */
  atLook: boolean;
  /** Which test says whether a variant is preferred. */
  decidedBy: 'look' | 'always_valid';
}

export interface MetricWithSums {
  metric: ExperimentRow['metrics'][number];
  sums: MetricSums;
}
