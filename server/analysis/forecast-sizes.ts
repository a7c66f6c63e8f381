import {
  groupSequentialDesign,
  meanDetectableEffect,
  mixingVarianceForEffect,
  normalQuantile,
  unequalSampleSize,
} from '../../stats/index.ts';
import type { Plan } from '../db/schema-types.ts';
import { alwaysValidRule, PLANNED_SHARE } from './look-bounds.ts';

/** Two arms: units of the challenger for each of the control, and the standard deviation of one unit. */
interface Arms {
  ratio: number;
  deviation: number;
}

interface Test {
  alpha: number;
  power: number;
}

/** Units of the control for a test with one look to find an absolute difference. */
export function unitsFor({ ratio, deviation }: Arms, difference: number, test: Test): number {
  return unequalSampleSize(difference, { control: deviation, treatment: deviation }, ratio, test).control;
}

/** The absolute difference that a test with one look finds with so many units of the control. */
export function effectFor({ ratio, deviation }: Arms, units: number, test: Test): number {
  return meanDetectableEffect(Math.max(2, units), { standardDeviation: deviation, ratio, ...test }).effectNormal;
}

/** A design with many looks takes a tenth of a second, and every report asks again. */
const known = new Map<string, number>();

/** The sample of a plan over that of a test with one look at `alpha`: planned looks, or an always-valid band. */
export function sampleInflation(plan: Pick<Plan, 'design' | 'looks' | 'level'>, alpha: number, power: number): number {
  const key = JSON.stringify([plan.design, plan.looks, plan.level, alpha, power]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const inflation = computeInflation(plan, alpha, power);
  known.set(key, inflation);
  return inflation;
}

function computeInflation(plan: Pick<Plan, 'design' | 'looks' | 'level'>, alpha: number, power: number): number {
  if (plan.design === 'fixed') return 1;
  const fixed = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  if (plan.design === 'always_valid') return (alwaysValidDrift(1 - plan.level, alpha, power) / fixed) ** 2;
  const looks = plan.looks ?? 1;
  const times = Array.from({ length: looks }, (_, k) => (k + 1) / looks);
  const { drift } = groupSequentialDesign({ type: 'obrien_fleming' }, times, { alpha: PLANNED_SHARE * alpha, power });
  return (drift / fixed) ** 2;
}

/** Expected z at which a look at an always-valid band, tuned to the effect itself, finds it with this power. */
function alwaysValidDrift(tunedAt: number, alpha: number, power: number): number {
  let drift = 3;
  for (let step = 0; step < 50; step++) {
    const ratio = mixingVarianceForEffect(drift, tunedAt);
    drift = alwaysValidRule(ratio).criticalZ(alpha) + normalQuantile(power);
  }
  return drift;
}
