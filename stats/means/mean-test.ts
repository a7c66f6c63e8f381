import { normalLogSf, normalTwoSidedP, normalUpperQuantile } from '../distributions/normal.ts';
import { studentTLogSf, studentTTwoSidedP, studentTUpperQuantile } from '../distributions/student-t.ts';
import type { Interval } from '../domain.ts';

/** The result of a test on a mean or a difference of means. */
export interface MeanTest {
  readonly status: 'ok';
  /** The name of the method, as shown to people. */
  readonly method: string;
  /** Treatment minus control, in the metric's unit. */
  readonly estimate: number;
  readonly standardError: number;
  /** estimate / standardError. */
  readonly statistic: number;
  /** `Infinity` for the normal. */
  readonly degreesOfFreedom: number;
  /** Two-sided p-value; 0 where it underflows, `log10P` then still holds. */
  readonly p: number;
  readonly log10P: number;
  /** One-sided p-values, against "not greater" and "not less". */
  readonly pGreater: number;
  readonly pLess: number;
  readonly level: number;
  /** Two-sided interval at `level`. */
  readonly interval: Interval;
  /** One-sided limits, each at `level` by itself. */
  readonly lowerLimit: number;
  readonly upperLimit: number;
}

/** Nothing varies, so that a p-value or an interval would be invented. */
export interface NoVariance {
  readonly status: 'no_variance';
  readonly estimate: number;
}

/** Too few units; `missing` says in words what is needed. */
export interface NotEnough {
  readonly status: 'insufficient';
  readonly missing: string;
}

/** Test and limits from an estimate, its squared standard error and the degrees of freedom. */
export function meanTest(
  method: string,
  estimate: number,
  squaredError: number,
  df: number,
  level: number,
): MeanTest | NoVariance {
  if (squaredError === 0) return { status: 'no_variance', estimate };
  const standardError = Math.sqrt(squaredError);
  const statistic = estimate / standardError;
  const twoSided = df === Number.POSITIVE_INFINITY ? normalTwoSidedP(statistic) : studentTTwoSidedP(statistic, df);
  const halfWidth = upperQuantile((1 - level) / 2, df) * standardError;
  const oneSided = oneSidedQuantile(level, df) * standardError;
  return {
    status: 'ok',
    method,
    estimate,
    standardError,
    statistic,
    degreesOfFreedom: df,
    ...twoSided,
    pGreater: upperTail(statistic, df),
    pLess: upperTail(-statistic, df),
    level,
    interval: { lower: estimate - halfWidth, upper: estimate + halfWidth },
    lowerLimit: estimate - oneSided,
    upperLimit: estimate + oneSided,
  };
}

/** The critical value with upper tail q (at most 0.5) of Student's t, or of the normal where df is infinite. */
export function upperQuantile(q: number, df: number): number {
  return df === Number.POSITIVE_INFINITY ? normalUpperQuantile(q) : studentTUpperQuantile(q, df);
}

function oneSidedQuantile(level: number, df: number): number {
  return level >= 0.5 ? upperQuantile(1 - level, df) : -upperQuantile(level, df);
}

function upperTail(statistic: number, df: number): number {
  return Math.exp(df === Number.POSITIVE_INFINITY ? normalLogSf(statistic) : studentTLogSf(statistic, df));
}
