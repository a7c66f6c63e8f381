import { betaQuantile, betaUpperQuantile } from '../distributions/beta.ts';
import { normalUpperQuantile } from '../distributions/normal.ts';
import { type Interval, requireLevel } from '../domain.ts';
import { type Proportion, type ProportionOptions, requireProportion } from './proportion.ts';

/**
 * The interval of one rate by inverting the score test.
 *
 * Input: x events of n units. Output: an interval within [0, 1]; the whole of it if there are no units.
 * Error: relative 1e-12, also at rates of 1e-9 (mpmath).
 * Source: Wilson 1927.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * wilsonInterval({ x: 0, n: 20 }); // { lower: 0, upper: 0.16112515805281938 }
 */
export function wilsonInterval(arm: Proportion, options: ProportionOptions = {}): Interval {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireProportion('arm', arm);
  const z = normalUpperQuantile((1 - level) / 2);
  return { lower: wilsonLower(arm.x, arm.n, z), upper: 1 - wilsonLower(arm.n - arm.x, arm.n, z) };
}

/** The smaller root of the score equation, from the product of both roots, which does not cancel. */
function wilsonLower(x: number, n: number, z: number): number {
  if (x === 0) return 0;
  const middle = 2 * x + z * z;
  const root = z * Math.sqrt(z * z + 4 * x * ((n - x) / n));
  return (2 * x * (x / n)) / (middle + root);
}

/**
 * The exact interval of one rate: its coverage is never below the level, and often well above it.
 *
 * Input: x events of n units. Output: an interval within [0, 1]; the whole of it if there are no units.
 * Error: relative 1e-12 for n up to 1e9 (mpmath).
 * Source: Clopper and Pearson 1934, by quantiles of the beta distribution.
 * @throws RangeError if a count is not a whole number of at least 0, x is above n or the level outside (0, 1).
 * @example
 * clopperPearsonInterval({ x: 0, n: 20 }); // { lower: 0, upper: 0.16843347098308536 }
 */
export function clopperPearsonInterval(arm: Proportion, options: ProportionOptions = {}): Interval {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireProportion('arm', arm);
  const tail = (1 - level) / 2;
  const { x, n } = arm;
  return {
    lower: x === 0 ? 0 : betaQuantile(tail, x, n - x + 1),
    upper: x === n ? 1 : betaUpperQuantile(tail, x + 1, n - x),
  };
}
