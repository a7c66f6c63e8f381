import type { BanditSums } from './bandit-sums.ts';
import type { PairSums } from './growing-sums.ts';
import { leanOf, skewedEstimate } from './skewed-estimate.ts';
import { LEAST_EFFECTIVE_UNITS, splitValue, type ValueEstimate } from './split-value.ts';

/** Below it rewards of the starved arm weigh too much each for a normal limit. */
export const LEAST_FLOOR = 0.01;

/** As skewed as four equal rewards: above it even an interval that reaches for missing ones falls short. */
const MOST_LEAN = 0.5;

/** Estimates that stay valid although the weights followed the rewards; per decision. */
export type AdaptiveEstimates =
  | { status: 'refused'; missing: string }
  | {
      status: 'ok';
      /** Per arm. */
      means: (ValueEstimate | null)[];
      /** Per challenger against the champion, the last arm; intervals hold together at `level`. */
      differences: (ValueEstimate | null)[];
    };

/**
 * AIPW with √weight stabilisation, clustered by unit, intervals by skewness. A difference weighs both arms' decisions alike at any time, so that a
 * baseline that moves drops out; it is not the difference of the two means.
 * Source: Hadad and others 2021; Bonferroni over challengers.
 */
export function adaptiveEstimates(sums: BanditSums, arms: readonly string[], level: number): AdaptiveEstimates {
  if (sums.units < LEAST_EFFECTIVE_UNITS) {
    return { status: 'refused', missing: `${LEAST_EFFECTIVE_UNITS} units with closed decisions, found ${sums.units}` };
  }
  if (sums.leastWeight < LEAST_FLOOR - 1e-9) {
    const missing = `a floor of ${LEAST_FLOOR * 100} %: decisions were drawn with a weight of ${sums.leastWeight}`;
    return { status: 'refused', missing };
  }
  for (const [arm, name] of arms.entries()) {
    const { effectiveUnits } = splitValue(sums, oneArm(arms.length, arm), level);
    if (effectiveUnits < LEAST_EFFECTIVE_UNITS) {
      const found = effectiveUnits.toFixed(1);
      return { status: 'refused', missing: `${LEAST_EFFECTIVE_UNITS} effective units of "${name}", found ${found}` };
    }
    const missing = missingRewards(sums.means[arm]!, name);
    if (missing !== null) return { status: 'refused', missing };
  }
  const together = 1 - (1 - level) / Math.max(1, arms.length - 1);
  return {
    status: 'ok',
    means: sums.means.map((each) => skewedEstimate(each, level)),
    differences: sums.differences.map((each) => skewedEstimate(each, together)),
  };
}

/** What rewards of an arm are too few for; null when they are enough. Skewness falls with the root of the units. */
function missingRewards(sums: PairSums, name: string): string | null {
  const lean = leanOf(sums, sums.means[0]! / sums.means[1]!);
  if (lean === null) return `rewards of "${name}" that differ from unit to unit`;
  if (Math.abs(lean) <= MOST_LEAN) return null;
  const more = Math.ceil(sums.n * ((lean / MOST_LEAN) ** 2 - 1));
  return `about ${more} more units, since very few rewards make up the mean of "${name}"`;
}

/** The policy that always takes one arm. */
export function oneArm(count: number, arm: number): number[] {
  return Array.from({ length: count }, (_, index) => (index === arm ? 1 : 0));
}
