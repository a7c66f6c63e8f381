import { normalLogSf } from '../distributions/normal.ts';
import { missingUnits, type NoUnits, type Proportion, rateDifference } from '../proportions/proportion.ts';
import { ratioVariance, scoreFactor } from '../proportions/score-statistic.ts';
import { toLog10 } from '../special/log-space.ts';
import { type MarginOptions, requireMargin } from './margin.ts';

/** Whether the rate of treatment is at worst a share of control's rate away from it. */
export interface RelativeRateNonInferiority {
  readonly status: 'ok';
  readonly method: string;
  /** Distance from the worst rate that the margin allows, in standard errors; positive on the good side. */
  readonly z: number;
  readonly p: number;
  readonly log10P: number;
  readonly alpha: number;
  readonly nonInferior: boolean;
}

/**
 * Whether the rate of treatment is not worse than that of control by a share or more of control: the score test of the
 * ratio at 1 - margin (1 + margin where less is better).
 *
 * Input: per arm x events of n units; the margin as a share, above 0 and at most 1 (0.05 for 5 %).
 * Output: {@link RelativeRateNonInferiority}; `nonInferior` exactly when the limit of `proportionLift` at 1 - 2 alpha
 * lies on the good side of the margin, but for rounding.
 * Error: p relative 1e-6 against scipy's maximiser, which gives no more. Assumes: independent units, each counted once.
 * Edges: no events in either arm: p = 1; an arm without units: `insufficient`.
 * Source: Miettinen and Nurminen 1985, eq. 11-13, with N / (N - 1).
 * @throws RangeError if margin, alpha or a count is out of its domain.
 * @example
 * proportionRelativeNonInferiority({ x: 1000, n: 10000 }, { x: 980, n: 10000 }, 0.1).p; // 0.0229...
 */
export function proportionRelativeNonInferiority(
  control: Proportion,
  treatment: Proportion,
  margin: number,
  options: MarginOptions = {},
): RelativeRateNonInferiority | NoUnits {
  const { alpha, sign } = requireMargin(margin, options);
  if (margin > 1) throw new RangeError(`margin must be at most 1, got ${String(margin)}`);
  const missing = missingUnits(control, treatment, 0.95);
  if (missing) return missing;
  const contrast = sign * rateDifference(control, treatment) + (margin * control.x) / control.n;
  const variance = ratioVariance(control, treatment, 1 - sign * margin) * scoreFactor(control, treatment);
  const z =
    variance > 0 ? contrast / Math.sqrt(variance) : contrast > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const log = normalLogSf(z);
  const p = Math.exp(log);
  return {
    status: 'ok',
    method: 'score test of the ratio, Miettinen–Nurminen',
    z,
    p,
    log10P: toLog10(log),
    alpha,
    nonInferior: p < alpha,
  };
}
