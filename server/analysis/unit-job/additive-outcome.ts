import { type Moments, proportionDifference } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { Queryable } from '../../db/queryable.ts';
import { type Cap, readCap } from './cap-quantile.ts';
import type { NamedArm } from './found-effect.ts';
import { sumProducts } from './sum-products.ts';
import { float, type UnitMetric } from './unit-values.ts';

/** The outcome of a unit as an expression whose mean over an arm is the arm's value. */
export interface AdditiveOutcome {
  text: string;
  /** Units of each variant. */
  units: Map<number, number>;
  cap: Cap | null;
  /** Moments without the cap; null where there is none. */
  uncapped: Map<number, Moments> | null;
  /** Variants whose denominator sums to 0: they have no ratio. */
  undefined: Set<number>;
}

/**
 * A proportion's or mean's unit value as it is, or capped; a ratio's linearised within its arm, R + (y - R d) / mean d,
 * so that what is true of means is true of it too.
 */
export async function outcomeOf(client: Queryable, metric: UnitMetric): Promise<AdditiveOutcome> {
  const sums = await sumProducts(client, ['y', 'd']);
  const units = new Map([...sums].map(([variantId, { n }]) => [variantId, n]));
  if (metric.kind === 'ratio') {
    const without = [...sums].filter(([, { means }]) => means[1] === 0).map(([variantId]) => variantId);
    const cases = [...sums].map(
      ([
        variantId,
        {
          means: [y = 0, d = 0],
        },
      ]) => (d === 0 ? '' : `when ${variantId} then ${float(y / d)} + (y - ${float(y / d)} * d) / ${float(d)}`),
    );
    const text = cases.some((each) => each !== '') ? `case variant_id ${cases.join(' ')} else 0 end` : '0::float8';
    return { text, units, cap: null, uncapped: null, undefined: new Set(without) };
  }
  const cap = metric.capQuantile === null ? null : await readCap(client, metric.capQuantile);
  const plain = new Map(
    [...sums].map(([variantId, { n, means, products }]): [number, Moments] => [
      variantId,
      { n, mean: means[0] ?? 0, m2: products[0]?.[0] ?? 0 },
    ]),
  );
  return {
    text: cap ? `least(y, ${float(cap.upper)})` : 'y',
    units,
    cap,
    uncapped: cap && plain,
    undefined: new Set(),
  };
}

/** Beyond this p the shares of capped units are said to differ. */
const DIFFERENT = 0.01;

/** The cap of a comparison with the shares beyond it, and what is to be said about them. */
export function cappedIn(
  { cap, units }: AdditiveOutcome,
  control: NamedArm,
  arm: NamedArm,
): { capped: Comparison['capped']; warnings: string[] } {
  if (!cap) return { capped: null, warnings: [] };
  const count = ({ variantId }: NamedArm) => ({ x: cap.above.get(variantId) ?? 0, n: units.get(variantId) ?? 0 });
  const [a, b] = [count(control), count(arm)];
  const [shareControl, shareVariant] = [a.x / (a.n || 1), b.x / (b.n || 1)];
  const capped = { lower: null, upper: cap.upper, shareControl, shareVariant };
  if (cap.upper === 0) {
    return {
      capped,
      warnings: ['The cap is 0, as almost all units have 0: choose a higher quantile for this metric.'],
    };
  }
  const difference = proportionDifference(a, b);
  if (difference.status !== 'ok' || difference.p >= DIFFERENT) return { capped, warnings: [] };
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return {
    capped,
    warnings: [
      `${share(shareControl)} of the units of "${control.variant}" and ${share(shareVariant)} of "${arm.variant}" lie beyond the cap: what differs there is cut off.`,
    ],
  };
}
