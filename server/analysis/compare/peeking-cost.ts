import { groupSequentialCrossing, normalQuantile } from '../../../stats/index.ts';

/** The rule whose cost is stated: "95 % likely better", of either arm. */
const LIKELY_Z = normalQuantile(0.95);
/** Looks closer than this share of the information say the same. */
const LEAST_GROWTH = 1e-3;

/**
 * The share of experiments without any effect in which one arm would have been "95 % likely better" at one of the looks
 * so far: 10 % at one look, 38 % at 14 equal ones under a flat prior; less with a prior around 0.
 *
 * `information` in any unit at each look, this one last; `weightOfPrior`: information of the prior by that of this look.
 */
export function peekingCost(information: readonly number[], weightOfPrior: number): number | null {
  const times = growing(information);
  const last = times.at(-1);
  if (last === undefined) return null;
  // the posterior puts 95 % on one side of 0 from the z of the estimate on that also pulls the prior along
  const bounds = times.map((time) => LIKELY_Z * Math.sqrt(1 + (weightOfPrior * last) / time));
  return groupSequentialCrossing(bounds, times, { sides: 2 }).overall;
}

function growing(information: readonly number[]): number[] {
  const times: number[] = [];
  for (const time of information) {
    if (time > (times.at(-1) ?? 0) * (1 + LEAST_GROWTH)) times.push(time);
  }
  return times;
}
