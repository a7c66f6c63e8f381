import { requireNotEmpty, requireProbability } from '../domain.ts';

/** Weights may miss 1 by this much: sums of rounded probabilities do. */
const ROUNDING = 1e-6;

/**
 * The traffic shares of top-two Thompson sampling: the best arm of a draw with probability beta, otherwise the best of
 * the first later draw that another arm wins.
 *
 * Input: per arm the probability to be best (their sum 1), as by `normalBestArm`; for a metric where less is better, the
 * probability to be smallest. beta from 0 to 1, 0.5 by default. Output: one share per arm, their sum 1.
 * Error: relative 1e-14 of the formula.
 * Edges: a single arm gets all; where one arm is best with certainty, the rest of the share is split evenly.
 * Source: Russo 2020, in closed form: a_i (b + (1 - b) sum over j != i of a_j / (1 - a_j)). Taking "the best or the
 * second best of the same draw" is another rule: it gives ten times the traffic to hopeless arms.
 * @throws RangeError if a probability is outside [0, 1], their sum is not 1, or beta is outside [0, 1].
 * @example
 * topTwoShares([0.047, 0.224, 0.729]); // [0.0934..., 0.4188..., 0.4876...]
 */
export function topTwoShares(probabilityBest: readonly number[], beta = 0.5): number[] {
  requireShares('probabilityBest', probabilityBest);
  requireProbability('beta', beta);
  const count = probabilityBest.length;
  if (count === 1) return [1];
  // 1 - a_j as the sum of the others: the subtraction has no digits left where a_j is close to 1
  const rest = probabilityBest.map((_, arm) => probabilityBest.reduce((sum, a, j) => (j === arm ? sum : sum + a), 0));
  const certain = rest.indexOf(0);
  if (certain >= 0) {
    return probabilityBest.map((_, arm) => (arm === certain ? beta : (1 - beta) / (count - 1)));
  }
  return probabilityBest.map((a, arm) => {
    const second = probabilityBest.reduce((sum, other, j) => (j === arm ? sum : sum + other / rest[j]!), 0);
    return a * (beta + (1 - beta) * second);
  });
}

/**
 * Shares that leave every arm at least a floor, so that each can still be judged: floor + (1 - k floor) share.
 *
 * Input: shares of k arms, their sum 1; floor from 0 to 1 / k. Output: one share per arm, their sum 1.
 * Error: relative 1e-15.
 * @throws RangeError if a share is outside [0, 1], their sum is not 1, or k times the floor is above 1.
 * @example
 * floorShares([0.97, 0.02, 0.01], 0.01); // [0.9509, 0.0294, 0.0197]
 */
export function floorShares(shares: readonly number[], floor: number): number[] {
  requireShares('shares', shares);
  const count = shares.length;
  if (!(floor >= 0 && count * floor <= 1 + 1e-12)) {
    throw new RangeError(`floor must be from 0 to 1 / ${count}, got ${String(floor)}`);
  }
  const free = Math.max(0, 1 - count * floor);
  return shares.map((share) => floor + free * share);
}

function requireShares(name: string, shares: readonly number[]): void {
  requireNotEmpty(name, shares);
  shares.forEach((share, index) => {
    requireProbability(`${name}[${index}]`, share);
  });
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > ROUNDING) throw new RangeError(`${name} must sum to 1, got ${sum}`);
}
