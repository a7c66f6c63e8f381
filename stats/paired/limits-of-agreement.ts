import { normalUpperQuantile } from '../distributions/normal.ts';
import { studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireLevel } from '../domain.ts';
import type { NotEnough, NoVariance } from '../means/mean-test.ts';
import { type Moments, variance } from '../moments.ts';

export interface LimitsOfAgreement {
  readonly status: 'ok';
  readonly method: 'Bland–Altman';
  /** Mean difference, treatment minus control. */
  readonly bias: number;
  readonly standardDeviation: number;
  /** Between these lies the stated share of differences. */
  readonly limits: Interval;
  /** Intervals of the two limits themselves. */
  readonly lower: Interval;
  readonly upper: Interval;
}

/**
 * How far two answers to the same request lie apart: the range that holds most differences.
 *
 * Input: {@link Moments} of the differences, treatment minus control, one pair a unit; `share` of differences between the
 * limits and `level` of the limits' own intervals, both 0.95 by default. Output: {@link LimitsOfAgreement}.
 * Error: relative 1e-14 of the formula. Assumes: independent pairs, differences close to normal and as wide for small
 * answers as for large ones.
 * Edges: below two pairs `insufficient`; all differences equal: `no_variance`.
 * Source: Bland and Altman 1986; 1999, section 2.2: error of a limit s √(1/n + z²/(2 (n - 1))).
 * @throws RangeError if a moment, the share or the level is out of its domain.
 * @example
 * limitsOfAgreement(momentsOf([0.1, -0.2, 0.3, 0, -0.1])).limits; // { lower: -0.3570..., upper: 0.3970... }
 */
export function limitsOfAgreement(
  differences: Moments,
  options: { readonly share?: number; readonly level?: number } = {},
): LimitsOfAgreement | NotEnough | NoVariance {
  const { share = 0.95, level = 0.95 } = options;
  requireLevel(level);
  if (!(share < 1 && 1 - share < 1)) throw new RangeError(`share must be between 0 and 1, got ${String(share)}`);
  const spread = variance(differences);
  const { n, mean } = differences;
  if (spread === null) return { status: 'insufficient', missing: `${n} of at least 2 pairs` };
  if (spread === 0) return { status: 'no_variance', estimate: mean };
  const z = normalUpperQuantile((1 - share) / 2);
  const half = z * Math.sqrt(spread);
  const error = Math.sqrt(spread * (1 / n + (z * z) / (2 * (n - 1))));
  const margin = studentTUpperQuantile((1 - level) / 2, n - 1) * error;
  const limits = { lower: mean - half, upper: mean + half };
  return {
    status: 'ok',
    method: 'Bland–Altman',
    bias: mean,
    standardDeviation: Math.sqrt(spread),
    limits,
    lower: { lower: limits.lower - margin, upper: limits.lower + margin },
    upper: { lower: limits.upper - margin, upper: limits.upper + margin },
  };
}
