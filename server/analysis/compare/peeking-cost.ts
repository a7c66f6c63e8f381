import { groupSequentialCrossing, normalQuantile } from '../../../stats/index.ts';

/** The rule whose cost is stated: "95 % likely better", of either arm. */
const LIKELY_Z = normalQuantile(0.95);
/** Looks closer than this share of the information say the same. */
const LEAST_GROWTH = 1e-3;

/** A normal prior of the effect, in the unit of the estimate. */
export interface Prior {
  mean: number;
  standardDeviation: number;
}

/**
 * The share of experiments without any effect in which one arm would have been "95 % likely better" at one of the looks
 * so far: 10 % at one look, 38 % at 14 equal ones under a flat prior. Information is 1 / squared standard error of the
 * estimate at each look.
 */
export function peekingCost(information: readonly number[], prior: Prior | null): number | null {
  const times = growing(information);
  if (times.length === 0) return null;
  const bound = (side: 1 | -1) => times.map((time) => (prior ? likelyFrom(time, prior, side) : side * LIKELY_Z));
  return groupSequentialCrossing(bound(1), times, { sides: 2, lower: bound(-1) }).overall;
}

/** The z of the estimate from which the posterior puts 95 % on one side of 0. */
function likelyFrom(information: number, { mean, standardDeviation }: Prior, side: 1 | -1): number {
  const trust = 1 / (standardDeviation * standardDeviation);
  return (side * LIKELY_Z * Math.sqrt(trust + information) - mean * trust) / Math.sqrt(information);
}

function growing(information: readonly number[]): number[] {
  const times: number[] = [];
  for (const time of information) {
    if (time > (times.at(-1) ?? 0) * (1 + LEAST_GROWTH)) times.push(time);
  }
  return times;
}
