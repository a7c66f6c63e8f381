import {
  groupSequentialCrossing,
  groupSequentialDesign,
  mixingVarianceForEffect,
  normalMixtureTest,
  normalSf,
  typeErrors,
} from '../../stats/index.ts';
import type { PlanDesign } from './plan-fields.ts';

/** What a design asks of the data: expected z at the planned end for the power, and the power at any other one. */
export type DesignDrift = {
  drift: number;
  /** The chance of a conclusion if the true effect is this many times the planned one. */
  powerForEffect: (times: number) => number;
  /** The same for the planned effect, with this share of the planned units. */
  powerWithUnits: (share: number) => number;
};

/** Part of the error probability that planned looks share; the rest is for looks after the last planned one. */
const plannedShare = 0.9;

/**
 * Expected z that a design needs, at a two-sided error probability. Planned looks use O'Brien–Fleming spending; an
 * always-valid band is tuned to the effect, and counts a conclusion by the planned end alone, so it errs on the safe side.
 * @throws RangeError as the functions of `stats` that it uses.
 */
export function designDrift(design: PlanDesign, looks: number, alpha: number, power: number): DesignDrift {
  if (design === 'group_sequential') return plannedLooks(looks, alpha * plannedShare, power);
  if (design === 'always_valid') return alwaysValid(alpha, power);
  const powerAt = (expectedZ: number) => typeErrors(expectedZ, { alpha }).power;
  return byDrift(rootOf(powerAt, power), powerAt);
}

function plannedLooks(looks: number, alpha: number, power: number): DesignDrift {
  const times = Array.from({ length: looks }, (_, place) => (place + 1) / looks);
  const { boundary, drift } = groupSequentialDesign({ type: 'obrien_fleming' }, times, { alpha, power });
  const powerAt = (expectedZ: number) =>
    groupSequentialCrossing(boundary.z, times, { sides: 2, drift: expectedZ }).overall;
  return byDrift(drift, powerAt);
}

/** Where only the expected z counts, effect and units trade by the root. */
const byDrift = (drift: number, powerAt: (expectedZ: number) => number): DesignDrift => ({
  drift,
  powerForEffect: (times) => powerAt(drift * times),
  powerWithUnits: (share) => powerAt(drift * Math.sqrt(share)),
});

/** tau² is fixed by the planned effect; with it and the expected z the band's limit at the planned end follows. */
function alwaysValid(alpha: number, power: number): DesignDrift {
  const mixingVariance = mixingVarianceForEffect(1, alpha);
  const limitAt = (driftOfPlan: number) =>
    normalMixtureTest({ estimate: 0, variance: driftOfPlan ** -2, mixingVariance, level: 1 - alpha }).criticalZ;
  const beyond = (limit: number, expectedZ: number) => normalSf(limit - expectedZ) + normalSf(limit + expectedZ);
  const drift = rootOf((expectedZ) => beyond(limitAt(expectedZ), expectedZ), power);
  return {
    drift,
    powerForEffect: (times) => beyond(limitAt(drift), drift * times),
    powerWithUnits: (share) => beyond(limitAt(drift * Math.sqrt(share)), drift * Math.sqrt(share)),
  };
}

/** Where a rising function of the expected z reaches a value; z of 1e3 finds everything. */
function rootOf(rising: (z: number) => number, value: number): number {
  let low = 1e-6;
  let high = 1e3;
  for (let round = 0; round < 80; round++) {
    const middle = (low + high) / 2;
    if (rising(middle) < value) low = middle;
    else high = middle;
  }
  return high;
}
