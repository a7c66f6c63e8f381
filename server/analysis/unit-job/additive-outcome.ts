import type { CoMoments, Moments } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { Queryable } from '../../db/queryable.ts';
import { cappedShares } from '../compare/capped-shares.ts';
import { type Cap, readCap } from './cap-quantile.ts';
import { missingUnits, type NamedArm } from './found-effect.ts';
import { sumProducts } from './sum-products.ts';
import { float, type UnitMetric } from './unit-values.ts';

/** The outcome of a unit as an expression whose mean over an arm is the arm's value. */
export interface AdditiveOutcome {
  text: string;
  cap: Cap | null;
  /** Moments without the cap, by variant; empty where there is none. */
  uncapped: Map<number, Moments>;
  /** Variants whose denominator sums to 0: they have no ratio. */
  undefined: Set<number>;
}

/**
 * A proportion's or mean's unit value as it is, or capped; a ratio's linearised within its arm, R + (y - R d) / mean d,
 * so that what is true of means is true of it too.
 */
export async function outcomeOf(client: Queryable, metric: UnitMetric): Promise<AdditiveOutcome> {
  if (metric.kind === 'ratio') return linearised(client);
  const plain = { text: 'y', cap: null, uncapped: new Map<number, Moments>(), undefined: new Set<number>() };
  const cap = metric.capQuantile === null ? null : await readCap(client, metric.capQuantile);
  if (!cap) return plain;
  const sums = await sumProducts(client, ['y']);
  return { ...plain, text: `least(y, ${float(cap.upper)})`, cap, uncapped: firstMoments(sums) };
}

async function linearised(client: Queryable): Promise<AdditiveOutcome> {
  const sums = [...(await sumProducts(client, ['y', 'd']))];
  const cases = sums.flatMap(
    ([
      variantId,
      {
        means: [y = 0, d = 0],
      },
    ]) => (d === 0 ? [] : [`when ${variantId} then ${float(y / d)} + (y - ${float(y / d)} * d) / ${float(d)}`]),
  );
  return {
    text: cases.length === 0 ? '0::float8' : `case variant_id ${cases.join(' ')} else 0 end`,
    cap: null,
    uncapped: new Map(),
    undefined: new Set(sums.flatMap(([variantId, { means }]) => (means[1] === 0 ? [variantId] : []))),
  };
}

/** Of the first measure, by variant. */
export function firstMoments(sums: ReadonlyMap<number, CoMoments>): Map<number, Moments> {
  return new Map(
    [...sums].map(([variantId, { n, means, products }]): [number, Moments] => [
      variantId,
      { n, mean: means[0] ?? 0, m2: products[0]?.[0] ?? 0 },
    ]),
  );
}

/** Why two arms have no values to compare, as a sentence; `units`: anything that counts them by variant. */
export function noValue(
  outcome: AdditiveOutcome,
  units: ReadonlyMap<number, { readonly n: number }>,
  arms: readonly NamedArm[],
): string | null {
  const zero = arms.find(({ variantId }) => outcome.undefined.has(variantId));
  if (zero) return `The denominator of "${zero.variant}" sums to 0: there is no ratio yet.`;
  return missingUnits(arms.map((arm) => ({ ...arm, units: units.get(arm.variantId)?.n ?? 0 })));
}

/** The cap of a comparison with the shares beyond it, and what is to be said about them. */
export function cappedIn(
  { cap, uncapped }: AdditiveOutcome,
  control: NamedArm,
  arm: NamedArm,
): { capped: Comparison['capped']; warnings: string[] } {
  if (!cap) return { capped: null, warnings: [] };
  const count = ({ variant, variantId }: NamedArm) => ({
    variant,
    units: uncapped.get(variantId)?.n ?? 0,
    capped: cap.above.get(variantId) ?? 0,
  });
  const shares = cappedShares({ lower: null, upper: cap.upper }, count(control), count(arm));
  if (cap.upper !== 0) return shares;
  const zero = 'The cap is 0, as almost all units have 0: choose a higher quantile for this metric.';
  return { ...shares, warnings: [zero] };
}
