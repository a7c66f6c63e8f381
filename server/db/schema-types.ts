/** Shapes of the jsonb columns; checked on the way in by server/contract/catalog.ts. */

export type ExperimentState = 'draft' | 'running' | 'paused' | 'concluded';
export type PhaseState = 'planned' | 'running' | 'ended';

export interface TargetingRule {
  attribute: string;
  operator: 'in' | 'not_in' | 'gte' | 'lt';
  values: (string | number | boolean)[];
}

export interface Plan {
  /** Confidence level, 0.5-1. */
  level: number;
  /** Mature units, over all variants, at which the one final look is taken. */
  units: number | null;
  /** Seconds after the start at which it is taken. */
  durationSeconds: number | null;
  /** Lateness allowance; null: min(24 h, the window). */
  latenessSeconds: number | null;
}
