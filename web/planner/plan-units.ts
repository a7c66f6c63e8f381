import {
  allocationInflation,
  cupedSampleSize,
  cupedSaving,
  designEffect,
  meanDetectableEffect,
  meanSampleSize,
  nonInferiorityRateSampleSize,
  nonInferioritySampleSize,
  normalQuantile,
  proportionDetectableEffect,
  proportionSampleSize,
  typeErrors,
} from '../../stats/index.ts';
import type { NumberName } from './number-fields.ts';
import { type DesignDrift, designDrift } from './plan-drift.ts';
import type { PlanInput } from './plan-fields.ts';

/** What an experiment needs, and what its design and adjustments change about it. */
export type UnitPlan = {
  status: 'ok';
  /** Units of the control, of each other variant, and of all together; whole numbers. */
  control: number;
  challenger: number;
  total: number;
  /** Units per arm of the plain test of an equal split with one look, from which all follows. */
  plainPerArm: number;
  /** What the plain number is multiplied by, each with its reason; 1 is left out. */
  factors: { name: string; factor: number }[];
  days: number | null;
  /** With the units that can be got, where they were named. */
  achieved: Achieved | null;
  /** Relative effect (or margin) that this many units, over all variants, can find. */
  detectableAt: (total: number) => number | null;
  /** Units over all variants that this relative effect (or margin) takes, of the planned sign; null: none does. */
  unitsFor: (effect: number) => number | null;
  /** Chance of a conclusion at the planned number of units if the true relative effect is this. */
  powerAt: (effect: number) => number;
};

export type Achieved = { power: number; exaggeration: number | null; wrongSign: number; detectable: number | null };

export type PlanProblem = { status: 'problem'; field: NumberName | null; message: string };

/** The plan of one comparison of a variant with the control, for all variants of the experiment. Never throws. */
export function planUnits(input: PlanInput): UnitPlan | PlanProblem {
  try {
    return impossible(input) ?? planned(input);
  } catch (error) {
    if (error instanceof RangeError) return { status: 'problem', field: null, message: error.message };
    throw error;
  }
}

/** What the fields cannot see one by one. */
function impossible(input: PlanInput): PlanProblem | null {
  const { kind, question, rate, effect, level, power, comparisons } = input;
  if (power <= (1 - level) / comparisons || power <= 1 - level) {
    return {
      status: 'problem',
      field: 'power',
      message: 'Enter a power above the error probability, 1 minus the level.',
    };
  }
  if (kind !== 'proportion' || question !== 'difference') return null;
  const reached = rate * (1 + effect);
  if (reached > 0 && reached < 1) return null;
  const percent = Math.round(reached * 1000) / 10;
  return {
    status: 'problem',
    field: 'effect',
    message: `This would be a rate of ${percent} %. Enter an effect that leaves it between 0 and 100 %.`,
  };
}

function planned(input: PlanInput): UnitPlan {
  const alpha = (1 - input.level) / input.comparisons;
  const design = designDrift(input.design, input.looks, alpha, input.power);
  const plain = plainPerArm(input, alpha);
  const factors = factorsOf(input, alpha, design);
  const perArm = plain * factors.reduce((product, { factor }) => product * factor, 1);
  const { controlShare, challengers } = input;
  const share = (1 - controlShare) / challengers;
  const pair = controlShare + share;
  const uneven = allocationInflation(share / pair);
  // Both arms together.
  const together = 2 * perArm * uneven;
  const control = Math.ceil((together * controlShare) / pair);
  const challenger = Math.ceil((together * share) / pair);
  const total = control + challengers * challenger;
  if (Math.abs(uneven - 1) > 1e-9) factors.push({ name: 'the uneven split', factor: uneven });
  const detectableAt = detectable(input, alpha, (units) => plain * (units / total));
  const unitsFor = (effect: number) => {
    const sign = input.effect < 0 ? -1 : 1;
    const other = { ...input, effect: sign * effect, margin: effect };
    if (effect <= 0 || impossible(other)) return null;
    return (total * plainPerArm(other, alpha)) / plain;
  };
  const goal = Math.abs(input.question === 'difference' ? input.effect : input.margin);
  const powerAt = (effect: number) => design.powerForEffect(Math.abs(effect) / goal);
  return {
    status: 'ok',
    control,
    challenger,
    total,
    plainPerArm: plain,
    factors,
    days: input.perDay === null ? null : total / input.perDay,
    achieved: input.available === null ? null : achievedBy(input.available / total, design, alpha, detectableAt, input),
    detectableAt,
    unitsFor,
    powerAt,
  };
}

/** Units per arm with one look, an equal split, independent units and nothing known before. */
function plainPerArm(input: PlanInput, alpha: number): number {
  const { kind, question, rate, mean, deviation, effect, margin, power } = input;
  if (question === 'not_worse') {
    const plan = { alpha: alpha / 2, power };
    const answer =
      kind === 'proportion'
        ? nonInferiorityRateSampleSize(rate, margin * rate, plan)
        : nonInferioritySampleSize(margin * Math.abs(mean), 0, deviation, plan);
    if (answer.status !== 'ok') throw new RangeError(answer.reason);
    return answer.perArm;
  }
  const plan = { alpha, power };
  if (kind === 'proportion') return proportionSampleSize(rate, rate * (1 + effect), plan).perArm;
  if (kind === 'mean') return meanSampleSize(mean * effect, { ...plan, standardDeviation: deviation }).perArm;
  return cupedSampleSize(mean * effect, deviation, 0, plan);
}

/** What each factor adds to the units of all variants, or saves, one after the other in their order. */
export function costsOf({
  factors,
  total,
}: Pick<UnitPlan, 'factors' | 'total'>): { name: string; factor: number; units: number }[] {
  let before = factors.reduce((units, { factor }) => units / factor, total);
  return factors.map(({ name, factor }) => {
    const units = before * factor - before;
    before += units;
    return { name, factor, units };
  });
}

function factorsOf(input: PlanInput, alpha: number, { drift }: DesignDrift): UnitPlan['factors'] {
  const { correlation, clusterSize, icc, design, looks, power } = input;
  const plainDrift = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  const names = {
    fixed: 'one look',
    group_sequential: `${looks} looks`,
    always_valid: 'looking at any time',
  };
  return [
    { name: names[design], factor: design === 'fixed' ? 1 : (drift / plainDrift) ** 2 },
    { name: 'adjustment for the time before', factor: cupedSaving(correlation).sampleSizeRatio },
    { name: 'units assigned together', factor: designEffect({ clusterSize, icc }) },
  ].filter(({ factor }) => factor !== 1);
}

/** The smallest effect at a number of units, given how many plain units per arm they are worth. */
function detectable(input: PlanInput, alpha: number, worth: (units: number) => number): UnitPlan['detectableAt'] {
  const { kind, question, rate, mean, deviation, effect, margin, power } = input;
  return (units) => {
    const perArm = worth(units);
    if (perArm < 2) return null;
    if (question === 'not_worse') return margin * Math.sqrt(plainPerArm(input, alpha) / perArm);
    if (kind === 'ratio') return Math.abs(effect) * Math.sqrt(plainPerArm(input, alpha) / perArm);
    if (kind === 'mean') {
      return meanDetectableEffect(perArm, { alpha, power, standardDeviation: deviation }).effect / Math.abs(mean);
    }
    const found = proportionDetectableEffect(perArm, rate, { alpha, power, direction: effect < 0 ? 'fall' : 'rise' });
    return found.status === 'ok' ? Math.abs(found.relative) : null;
  };
}

function achievedBy(
  share: number,
  design: DesignDrift,
  alpha: number,
  detectableAt: UnitPlan['detectableAt'],
  { available }: PlanInput,
): Achieved {
  const power = design.powerWithUnits(share);
  // As with one look at the end; stopping early overstates more.
  const { exaggeration, wrongSign } = typeErrors(design.drift * Math.sqrt(share), { alpha });
  return { power, exaggeration, wrongSign, detectable: available === null ? null : detectableAt(available) };
}
