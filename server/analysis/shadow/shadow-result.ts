/**
 * What the job found in the comparisons of a shadow phase: JSON in `holistic` under metric 0. It holds sums over units,
 * not intervals, so that report, gate and simulation compute these by the same pure functions.
 */
export interface ShadowResult {
  asOf: string;
  /** Decisions compared, their units, and the decisions in which the champion was called a second time. */
  comparisons: number;
  units: number;
  references: number;
  sums: Partial<Record<ShadowQuantity, UnitSums>>;
  /** By name, those that most decisions have first; `reference` is of the champion's second answer. */
  measures: { name: string; candidate: UnitSums; reference: UnitSums | null }[];
  segments: { attribute: string; value: string | null; disagreement: UnitSums }[];
  statuses: { call: ShadowCall; status: string; n: number }[];
  quantiles: { p: number; candidate: QuantileOfMs | null; reference: QuantileOfMs | null }[];
  scores: ShadowScores | null;
  /** Absent from results of earlier versions; null without scores of both models. */
  pairs?: ShadowPairs | null;
  /** Absent from results of earlier versions; null without a decision. */
  drift?: { seconds: number; points: ShadowPoint[] } | null;
  /** Null: the phase declares no label. */
  labels: ShadowLabels | null;
  calls: { shadowed: number; dropped: number };
  examples: ShadowExample[];
}

export type ShadowCall = 'champion' | 'candidate' | 'reference';

/** Differences are paired within decisions in which the champion was called twice, but those of scores. */
export type ShadowQuantity =
  | 'disagreement'
  | 'disagreement_reference'
  | 'disagreement_difference'
  | 'error_candidate'
  | 'error_reference'
  | 'error_difference'
  | 'ms_candidate'
  | 'ms_reference'
  | 'ms_difference'
  | 'ms_ratio'
  | 'score_difference'
  | 'score_difference_reference';

/** Sums of a value over the decisions of each unit, and what is kept of them over units. */
export interface UnitSums {
  units: number;
  /** (Σ decisions)² / Σ decisions²: units of equal size that would weigh as much. */
  effectiveUnits: number;
  decisions: number;
  /** Sum of the positive values, and of the negative ones without their sign; of rates of those that are 1, and 0. */
  up: number;
  down: number;
  /** Units with such a value. */
  upUnits: number;
  downUnits: number;
  /** Means over units of the sum of values and of what it is divided by: the number of decisions, or another sum. */
  mean: number;
  divisorMean: number;
  /** Centred products over units of these two sums. */
  squares: number;
  products: number;
  divisorSquares: number;
}

export interface QuantileOfMs {
  ms: number;
  /** Null: too little for a limit on that side. */
  lowerMs: number | null;
  upperMs: number | null;
}

export interface ShadowScores {
  /** Of the histograms, chosen once; what lies outside is in the first and last bin. */
  lower: number;
  upper: number;
  champion: number[];
  candidate: number[];
  /** Of candidate minus champion, over decisions. */
  differences: { n: number; mean: number; m2: number };
}

export interface ShadowPairs {
  /** Candidate minus champion in equal bins; what lies outside is in the first and last one. */
  differences: { lower: number; upper: number; counts: number[] };
  /** Scores of the champion and of the candidate. */
  sample: [number, number][];
}

/** One stretch of time, by when the decisions were made. */
export interface ShadowPoint {
  at: string;
  decisions: number;
  differing: number;
  effectiveUnits: number;
  references: number;
  referencesDiffering: number;
  scoreDifference: number | null;
  /** Where the champion was called twice. */
  candidateMs: number | null;
  referenceMs: number | null;
  /** Shadow calls that say something, and those that failed. */
  called: number;
  failed: number;
}

export type LossName = 'log_loss' | 'brier' | 'squared_error' | 'absolute_error' | 'wrong';

export interface ShadowLabels {
  /** Decisions whose label has had its time, and of these those with a label, and with predictions of both models. */
  mature: number;
  labelled: number;
  scored: number;
  /** Decisions whose label may still come. */
  open: number;
  /** Of the labels with predictions of both models: those that are 1, when all are 0 or 1. */
  positive: number | null;
  /** The first one decides. */
  losses: { name: LossName; champion: UnitSums; candidate: UnitSums; difference: UnitSums }[];
  auc: AucSums | null;
}

export interface AucSums {
  champion: number;
  candidate: number;
  difference: number;
  standardError: number;
  units: number;
  decisions: number;
}

export interface ShadowExample {
  decision: string;
  at: string;
  champion: unknown;
  candidate: unknown;
  measures: Record<string, number | boolean>;
  example: unknown;
}

/** Nothing has come yet. */
export const NO_SHADOW_RESULT: ShadowResult = {
  asOf: new Date(0).toISOString(),
  comparisons: 0,
  units: 0,
  references: 0,
  sums: {},
  measures: [],
  segments: [],
  statuses: [],
  quantiles: [],
  scores: null,
  labels: null,
  calls: { shadowed: 0, dropped: 0 },
  examples: [],
};
