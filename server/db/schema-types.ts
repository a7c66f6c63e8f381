import type { Verdict } from '../contract/report-contract.ts';

/** Shapes of the jsonb columns; checked on the way in by server/contract/catalog.ts. */

export type ExperimentState = 'draft' | 'running' | 'paused' | 'concluded';
export type PhaseState = 'planned' | 'running' | 'ended';
export type Mode = 'shadow' | 'canary' | 'ab' | 'bandit' | 'interleave' | 'holdout';
/** How a phase came to its end. */
export type PhaseEnd = 'advanced' | 'concluded' | 'rolled_back';
/** manual: a person advances; automatic: the phase advances by itself once its gate says pass. */
export type Gate = 'manual' | 'automatic';

/** How a metric is analysed; `declaredKind` says as what it was declared, which is one of more kinds. */
export type MetricKind = 'proportion' | 'mean' | 'ratio' | 'quantile' | 'rank';

/** How much worse than the control a variant may be: a share of the control's value, or in the metric's own unit. */
export type Margin = { relative: number } | { absolute: number };

/** When conclusions are drawn, and how (docs/adr/0011). */
export type Design = 'fixed' | 'group_sequential' | 'always_valid';

export interface Plan {
  /** Confidence level, 0.5-1. */
  level: number;
  design: Design;
  /** How many looks a group-sequential plan takes, the last one included; 1 when fixed; null when always valid. */
  looks: number | null;
  /** Mature units, over all variants, at which the last planned look is taken. */
  units: number | null;
  /** Seconds after the start at which it is taken. */
  durationSeconds: number | null;
  /** Lateness allowance; null: min(24 h, the window). */
  latenessSeconds: number | null;
  /** Relative effect on the primary metrics that the experiment is to detect, above 0; needed when always valid. */
  minimumEffect: number | null;
  /** Over the primary comparisons of a look. */
  correction: 'holm' | 'dunnett';
  covariates: {
    /** Whole UTC days before the day of first exposure over which a metric's own measures are summed; 0: none. */
    days: number;
    /** Numeric attributes given with the exposure, for instance the champion's own score. */
    attributes: string[];
  } | null;
  /** External phases: the attribute by which units were randomised together. */
  cluster: string | null;
}

/** What a phase of each mode declares beyond its plan: one member, that of its mode; none for ab. */
export interface PhaseSettings {
  shadow?: ShadowSettings;
  canary?: CanarySettings;
  bandit?: BanditSettings;
  interleave?: InterleaveSettings;
}

export interface ShadowSettings {
  /** Share of units whose calls are made a second time with the candidate, above 0, at most 1. */
  share: number;
  /** Share of shadowed decisions in which the champion is called a second time too, 0-1: the noise floor. */
  referenceShare: number;
  /** Time limit of a shadow call, ms; null: the slot's. */
  budgetMs: number | null;
  /** Shadow calls under way in one process; beyond it decisions are not shadowed and counted as dropped. */
  maxInFlight: number;
  compare: ShadowComparison;
  /** Key of the metric whose outcomes are labels that both models' predictions are scored on; null: none. */
  label: string | null;
  gate: ShadowLimits;
}

export interface ShadowComparison {
  /** auto: by the type of the champion's answer; a ranking slot always compares rankings. */
  kind: 'auto' | 'number' | 'label' | 'object' | 'ranking';
  /** Fields of objects that may differ, by dotted path. */
  ignore: string[];
  /** Numbers that differ by at most this agree. */
  tolerance: number;
  /** Of rankings: how many of the first items are compared. */
  depth: number;
}

/** Limits that the candidate must keep for the gate to pass; null: not asked. */
export interface ShadowLimits {
  minimumComparisons: number;
  /** Least share of decisions in which both outputs agree, 0-1. */
  agreement: number | null;
  /** Most that the candidate's error rate may lie above the reference's, 0-1. */
  errorRateIncrease: number | null;
  /** Most that the candidate's mean latency may be of the reference's: 1.2 is 20 % slower. */
  latencyRatio: number | null;
  /** Of the scores: population stability index and Kolmogorov–Smirnov distance. */
  stabilityIndex: number | null;
  scoreDistance: number | null;
  /** Most that the candidate's loss on labels may lie above the champion's. */
  lossIncrease: number | null;
}

export interface CanarySettings {
  /** Shares grow strictly; the last one is s_max, below 1. */
  steps: CanaryStep[];
  /** Error probability of a rollback of a harmless candidate over the whole phase, over all guardrails. */
  alpha: number;
  guardrails: CanaryGuardrail[];
}

export interface CanaryStep {
  /** Of the candidate, 0-1. */
  share: number;
  minimumSeconds: number;
  /** Requests served by the candidate in this step. */
  minimumRequests: number;
}

export type CanaryGuardrail = {
  /** Without it the step only waits for the minima and for nothing to fail. */
  mustPass: boolean;
} & (
  | {
      kind: 'errors';
      /** Relative: it passes when the candidate's rate is shown to be below (1 + margin) times the control's. */
      margin: number;
      /** Relative: it fails when the rate is shown to be above (1 + this) times the control's. */
      rollbackMargin: number;
    }
  | {
      kind: 'slow_calls';
      margin: number;
      rollbackMargin: number;
      /** A call is slow above this, ms; null until the phase starts: then the champion's `quantile` before it. */
      thresholdMs: number | null;
      quantile: number;
    }
  | {
      kind: 'metric';
      /** Of the experiment's metrics, with a window. */
      metric: string;
      /** How much worse still passes. */
      margin: Margin;
      /** How much worse fails: shown to be worse by more than this; 0 in the margin's unit by default. */
      rollbackMargin: number;
    }
);

export interface BanditSettings {
  /** Key of the metric that rewards: a proportion or mean with a window. */
  reward: string;
  epochSeconds: number;
  /** Effects within periods by default; the other two pool all periods: rewards must then be stationary. */
  posterior: 'period_contrasts' | 'beta_bernoulli' | 'normal';
  /** Least weight of a variant, 0 to 1 / variants. */
  floor: number;
  /** Closed cells that every variant needs before weights move. */
  warmUpCells: number;
  /** Top-two sampling with this share for the best; null: probability matching. */
  topTwoShare: number | null;
  /** A declared segment attribute, each value of which has a posterior and weights of its own; null: none. */
  context: string | null;
}

export interface InterleaveSettings {
  /** Items shown that are drafted; lists are not longer than this. */
  depth: number;
  /** A unit is complete when it has had no impression for so long and its windows have closed. */
  idleSeconds: number;
}

/** A stretch in which the experiment was paused; `to` is null while it lasts. */
export interface Pause {
  from: string;
  to: string | null;
}

/** A person keeps a canary where it is. */
export interface Hold {
  by: string;
  at: string;
  reason: string;
}

/** What an ended phase came to. */
export interface PhaseVerdict {
  at: string;
  /** Nothing can change it any more. */
  settled: boolean;
  /** Units by first exposure, over all variants. */
  units: number;
  verdict: Verdict;
}
