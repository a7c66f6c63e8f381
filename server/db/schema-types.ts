/** Shapes of the jsonb columns; checked on the way in by server/contract/catalog.ts. */

export type ExperimentState = 'draft' | 'running' | 'paused' | 'concluded';
export type PhaseState = 'planned' | 'running' | 'ended';

export interface TargetingRule {
  attribute: string;
  operator: 'in' | 'not_in' | 'gte' | 'lt';
  values: (string | number | boolean)[];
}

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
