import { bivariateNormalCdf } from '../distributions/bivariate-normal.ts';
import { normalCdf } from '../distributions/normal.ts';
import { requireFinite, requireNonNegative, requireNotEmpty, requireSameLength } from '../domain.ts';
import { type Ordered, orthantProbability } from '../special/orthant.ts';

/** So many standard deviations are as good as infinitely many. */
const CERTAIN = 38;

/**
 * The probability of each arm to have the highest value where the arms are jointly normal, as effects against a common
 * control are.
 *
 * Input: means, and their covariance (symmetric; an arm that the others are measured from has zeros); for a metric where
 * less is better, the means negated. Output: one probability per arm, their sum 1.
 * Error: absolute 1e-12 up to three arms, 1e-6 up to five, 1e-4 up to ten (`normalBestArm` on independent arms).
 * Edges: two arms whose difference has no variance are refused: neither is better by chance.
 * Source: differences to every other arm are positive, an orthant probability; Genz 1992 beyond three arms.
 * @throws RangeError if lengths differ, a number is not finite, the table is not a covariance or a difference is certain.
 * @example
 * correlatedBestArm([0, 0.01], [[0, 0], [0, 0.0001]]); // [0.1586..., 0.8413...]
 */
export function correlatedBestArm(means: readonly number[], covariance: readonly (readonly number[])[]): number[] {
  requireJointNormal(means, covariance);
  if (means.length === 1) return [1];
  const found = means.map((_, arm) => probabilityBest(differencesTo(arm, means, covariance)));
  const sum = found.reduce((total, each) => total + each, 0);
  return found.map((each) => each / sum);
}

function requireJointNormal(means: readonly number[], covariance: readonly (readonly number[])[]): void {
  requireNotEmpty('means', means);
  requireSameLength('means', means, 'covariance', covariance);
  means.forEach((mean, i) => {
    requireFinite(`means[${i}]`, mean);
    requireSameLength('means', means, `covariance[${i}]`, covariance[i]!);
    covariance[i]!.forEach((value, j) => {
      requireFinite(`covariance[${i}][${j}]`, value);
    });
    requireNonNegative(`covariance[${i}][${i}]`, covariance[i]![i]!);
  });
  for (let i = 0; i < means.length; i++) {
    for (let j = 0; j < i; j++) {
      const value = covariance[i]![j]!;
      const most = Math.sqrt(covariance[i]![i]!) * Math.sqrt(covariance[j]![j]!);
      if (value !== covariance[j]![i] || Math.abs(value) > most * (1 + 1e-9)) {
        throw new RangeError(`covariance[${i}][${j}] must be symmetric and at most ${most} in size, got ${value}`);
      }
      const spread = covariance[i]![i]! + covariance[j]![j]! - 2 * value;
      if (!(spread > 0 && Number.isFinite(spread))) {
        throw new RangeError(`the difference of arms ${j} and ${i} must have a variance, got ${spread}`);
      }
    }
  }
}

/** One arm less each other one, in units of the difference's own standard deviation. */
function differencesTo(arm: number, means: readonly number[], covariance: readonly (readonly number[])[]): Ordered {
  const others = means.map((_, index) => index).filter((index) => index !== arm);
  const c = (i: number, j: number) => covariance[i]![j]!;
  const product = (i: number, j: number) => c(arm, arm) - c(arm, i) - c(arm, j) + c(i, j);
  const spread = others.map((j) => Math.sqrt(product(j, j)));
  return {
    bounds: others.map((j, k) => Math.max(-CERTAIN, Math.min(CERTAIN, (means[arm]! - means[j]!) / spread[k]!))),
    correlation: others.map((i, k) =>
      others.map((j, l) => (k === l ? 1 : Math.max(-1, Math.min(1, product(i, j) / spread[k]! / spread[l]!)))),
    ),
  };
}

function probabilityBest({ bounds, correlation }: Ordered): number {
  if (bounds.length === 1) return normalCdf(bounds[0]!);
  if (bounds.length === 2) return bivariateNormalCdf(bounds[0]!, bounds[1]!, correlation[0]![1]!);
  return orthantProbability({ bounds, correlation });
}
