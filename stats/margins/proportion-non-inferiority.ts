import { normalLogSf } from '../distributions/normal.ts';
import { missingUnits, type NoUnits, type Proportion, rateDifference } from '../proportions/proportion.ts';
import { meeDifference } from '../proportions/proportion-difference.ts';
import { differenceVariance } from '../proportions/score-statistic.ts';
import { toLog10 } from '../special/log-space.ts';
import { type MarginOptions, requireMargin } from './margin.ts';

/** Whether the rate of treatment is at worst a margin away from that of control. */
export interface RateNonInferiority {
  readonly status: 'ok';
  readonly method: string;
  /** Rate of treatment minus rate of control. */
  readonly estimate: number;
  /** Of the difference, at the likeliest rates that lie the margin apart. */
  readonly standardError: number;
  readonly z: number;
  readonly p: number;
  readonly log10P: number;
  readonly alpha: number;
  /** One-sided limit of the difference at 1 - alpha on the bad side, of the same statistic (Mee). */
  readonly limit: number;
  readonly nonInferior: boolean;
}

/**
 * Whether the rate of treatment is not worse than that of control by a margin or more: the score test of Farrington
 * and Manning, which also works at 0 events.
 *
 * Input: per arm x events of n units; the margin, above 0 and below 1, in probability (0.01 for one point).
 * Output: {@link RateNonInferiority}; `nonInferior` exactly when `limit` lies on the good side of the margin, but for
 * rounding. Error: relative 1e-10 (z, p) against mpmath's solution of the score equation.
 * Assumes: independent units, each counted once.
 * Edges: an arm without units: `insufficient`.
 * Source: Farrington and Manning 1990, without N / (N - 1).
 * @throws RangeError if margin, alpha or a count is out of its domain.
 * @example
 * proportionNonInferiority({ x: 1000, n: 10000 }, { x: 980, n: 10000 }, 0.01).z; // 1.8928...
 */
export function proportionNonInferiority(
  control: Proportion,
  treatment: Proportion,
  margin: number,
  options: MarginOptions = {},
): RateNonInferiority | NoUnits {
  const { alpha, sign } = requireMargin(margin, options);
  if (margin >= 1) throw new RangeError(`margin must be below 1, got ${String(margin)}`);
  const missing = missingUnits(control, treatment, 0.95);
  if (missing) return missing;
  const estimate = rateDifference(control, treatment);
  const standardError = Math.sqrt(differenceVariance(control, treatment, -sign * margin));
  const z = (sign * estimate + margin) / standardError;
  const log = normalLogSf(z);
  const p = Math.exp(log);
  const interval = meeDifference(control, treatment, { level: 1 - 2 * alpha });
  const limits = 'interval' in interval ? interval.interval : { lower: -1, upper: 1 };
  return {
    status: 'ok',
    method: 'Farrington–Manning',
    estimate,
    standardError,
    z,
    p,
    log10P: toLog10(log),
    alpha,
    limit: sign === 1 ? limits.lower : limits.upper,
    nonInferior: p < alpha,
  };
}
