import { floorShares, topTwoShares } from '../../../stats/index.ts';
import type { BanditSettings } from '../../db/schema-types.ts';
import type { BanditPosterior } from './posterior.ts';

/**
 * The weights of the next epoch: Thompson sampling as probability matching, or its top-two form, above the floor. Alike
 * for all arms until the warm-up has passed. They sum to 1 and stand in the order of the arms.
 */
export function weightsOf(
  { status, arms }: BanditPosterior,
  { floor, topTwoShare }: Pick<BanditSettings, 'floor' | 'topTwoShare'>,
): number[] {
  if (status === 'warm_up') return arms.map(() => 1 / arms.length);
  const best = arms.map((each) => each.probabilityBest);
  return rounded(floorShares(topTwoShare === null ? best : topTwoShares(best, topTwoShare), floor));
}

/** Nine digits are what a ruleset can tell apart; the largest takes the rounding, so that the sum is 1. */
function rounded(weights: number[]): number[] {
  const cut = weights.map((weight) => Math.round(weight * 1e9) / 1e9);
  const largest = cut.indexOf(Math.max(...cut));
  const rest = cut.reduce((sum, weight, arm) => (arm === largest ? sum : sum + weight), 0);
  return cut.map((weight, arm) => (arm === largest ? 1 - rest : weight));
}
