import type { MeanPair } from '../../stats/index.ts';
import type { Comparison } from '../contract/report-contract.ts';

/**
 * What the job that reads unit totals found for one metric of a phase: JSON in `holistic`, and computed afresh at each
 * look. It holds estimates and errors, not intervals, so that any look can test it at its own level.
 */
export interface UnitResult {
  /** Units mature by then are in it. */
  asOf: string;
  arms: UnitArm[];
  /** One a challenger. */
  effects: UnitEffect[];
}

export interface UnitArm {
  variantId: number;
  units: number;
  value: number | null;
  standardError: number | null;
  /** At the plan's level, where it does not follow from the error: of a quantile. */
  interval: { lower: number; upper: number } | null;
}

export type UnitEffect = { variantId: number } & (
  | { status: 'insufficient'; missing: string }
  | {
      status: 'ok';
      method: string;
      /** Variant minus control; of a rank metric P(variant larger) + P(equal)/2 - 1/2. */
      estimate: number;
      standardError: number;
      /** Of Student's t; null: normal. */
      degreesOfFreedom: number | null;
      /** For the relative lift by Fieller: both values, the variances of their estimates and their covariance. */
      pair: Required<MeanPair> | null;
      adjustment: Omit<NonNullable<Comparison['adjustment']>, 'computedAt'> | null;
      capped: Comparison['capped'];
      others: Comparison['others'];
      warnings: string[];
    }
);
