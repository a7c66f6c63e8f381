import { brunnerMunzelOfCounts, mannWhitneyOfCounts, type ValueCount } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { UnitEffect } from '../unit-result.ts';
import { firstMoments } from './additive-outcome.ts';
import { armOf, type FoundEffects, insufficient, missingUnits, type NamedArm, type OkEffect } from './found-effect.ts';
import { sumProducts } from './sum-products.ts';
import { readValueCounts, type VariantCount } from './value-counts.ts';

/** Fewer units than these in an arm are too few for Brunner and Munzel's t. */
const LEAST_UNITS = 10;

/** Which variant's units tend to have the larger totals: Brunner–Munzel decides, Mann–Whitney stands beside it. */
export async function rankResult(client: Queryable, arms: readonly NamedArm[], level: number): Promise<FoundEffects> {
  const sums = firstMoments(await sumProducts(client, ['y']));
  const { counts, binned } = await readValueCounts(client);
  const [control, ...challengers] = arms;
  const units = ({ variantId }: NamedArm) => sums.get(variantId)?.n ?? 0;
  const effects = challengers.flatMap((arm): UnitEffect[] => {
    if (!control) return [];
    const missing =
      missingUnits([control, arm].map((each) => ({ ...each, units: units(each) }))) ??
      missingUnits(
        [control, arm].map((each) => ({ ...each, units: units(each) })),
        LEAST_UNITS,
      );
    return [missing ? insufficient(arm, missing) : rankEffect(countsOf(counts, control, arm), arm, binned, level)];
  });
  return {
    effects,
    arms: arms.map((arm) => armOf(arm, sums.get(arm.variantId) ?? null)),
  };
}

function countsOf(counts: VariantCount[], control: NamedArm, arm: NamedArm): ValueCount[] {
  const found = new Map<number, ValueCount>();
  for (const { variantId, value, n } of counts) {
    const known = found.get(value) ?? { value, control: 0, treatment: 0 };
    if (variantId === control.variantId) found.set(value, { ...known, control: n });
    if (variantId === arm.variantId) found.set(value, { ...known, treatment: n });
  }
  return [...found.values()];
}

function rankEffect(counts: ValueCount[], arm: NamedArm, binned: boolean, level: number): UnitEffect {
  const test = brunnerMunzelOfCounts(counts, { level });
  if (test.status === 'insufficient') return insufficient(arm, `Too few units: ${test.missing}.`);
  if (test.status === 'no_variance') {
    return test.superiority === 0.5 ? insufficient(arm, ALL_EQUAL) : separated(counts, arm, binned, level);
  }
  return {
    variantId: arm.variantId,
    status: 'ok',
    method: `${test.method}${binned ? ', values in bins of 1 %' : ''}`,
    estimate: test.superiority - 0.5,
    standardError: test.standardError,
    degreesOfFreedom: test.degreesOfFreedom,
    pair: null,
    adjustment: null,
    capped: null,
    others: otherLines(counts, level),
    warnings: [],
  };
}

const ALL_EQUAL = 'All units have the same value: there are no ranks to compare.';

/**
 * Every unit of one arm is above every unit of the other: Brunner and Munzel's error is 0 then, and the error that U has
 * without a difference takes its place.
 */
function separated(counts: ValueCount[], arm: NamedArm, binned: boolean, level: number): UnitEffect {
  const test = mannWhitneyOfCounts(counts, { level });
  if (test.status !== 'ok') return insufficient(arm, ALL_EQUAL);
  return {
    variantId: arm.variantId,
    status: 'ok',
    method: `Mann–Whitney, as the arms do not overlap${binned ? ', values in bins of 1 %' : ''}`,
    estimate: test.superiority - 0.5,
    standardError: test.standardDeviation / (2 * test.mean),
    degreesOfFreedom: null,
    pair: null,
    adjustment: null,
    capped: null,
    others: otherLines(counts, level),
    warnings: [],
  };
}

function otherLines(counts: ValueCount[], level: number): OkEffect['others'] {
  const test = mannWhitneyOfCounts(counts, { level });
  if (test.status !== 'ok') return [];
  const { lower, upper } = test.interval ?? test.approximateInterval;
  const number = (value: number) => Number(value.toPrecision(4));
  return [
    {
      method: `${test.method}, ties corrected; Cliff's delta ${number(test.cliffsDelta)}`,
      pValue: test.p,
      interval: null,
    },
    {
      method: `Hodges–Lehmann shift ${number(test.shift)}, in the metric's unit`,
      pValue: null,
      interval: { lower, upper },
    },
  ];
}
