import { type BucketedQuantile, bucketedQuantile, quantileBin } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { UnitEffect } from '../unit-result.ts';
import { type FoundEffects, insufficient, type NamedArm } from './found-effect.ts';
import { readBins, readBuckets } from './outcome-bins.ts';

/** Buckets of units with outcomes that an arm needs at least. */
const LEAST_BUCKETS = 20;

interface QuantileArm extends NamedArm {
  found: BucketedQuantile | { missing: string };
}

/** A quantile of single outcomes, whose units are what is independent: ranks by the error over buckets of units. */
export async function quantileResult(
  client: Queryable,
  quantile: number,
  arms: readonly (NamedArm & { units: number })[],
  level: number,
): Promise<FoundEffects> {
  const read: QuantileArm[] = [];
  for (const arm of arms) read.push({ ...arm, found: await quantileOf(client, quantile, arm, level) });
  const [control, ...challengers] = read;
  return {
    arms: read.map(({ variantId, found }, i) => {
      const ok = 'missing' in found ? null : found;
      const interval = ok && ok.lower !== null && ok.upper !== null ? { lower: ok.lower, upper: ok.upper } : null;
      const units = arms[i]?.units ?? 0;
      return { variantId, units, value: ok?.quantile ?? null, standardError: ok?.standardError ?? null, interval };
    }),
    effects: challengers.flatMap((arm) => (control ? [effectOf(quantile, control, arm)] : [])),
  };
}

async function quantileOf(
  client: Queryable,
  quantile: number,
  { variantId, variant }: NamedArm,
  level: number,
): Promise<QuantileArm['found']> {
  const bins = await readBins(client, variantId);
  if (bins.length === 0) return { missing: `There are no outcomes of "${variant}" yet.` };
  const limits = bins.map((each) => each.limits);
  const place = bins[quantileBin(limits, quantile)];
  const buckets = await readBuckets(client, variantId, place?.bin ?? 0);
  const filled = buckets.filter(({ n }) => n > 0).length;
  if (filled < LEAST_BUCKETS) {
    return { missing: `Too few units of "${variant}" have outcomes: at least some ${LEAST_BUCKETS + 2} are needed.` };
  }
  const found = bucketedQuantile(limits, buckets, quantile, { level });
  return found.status === 'ok' ? found : { missing: `Too few units of "${variant}" have outcomes.` };
}

function effectOf(quantile: number, control: QuantileArm, arm: QuantileArm): UnitEffect {
  for (const each of [control, arm]) {
    if ('missing' in each.found) return insufficient(arm, each.found.missing);
    if (each.found.standardError === null) {
      return insufficient(arm, `Too few outcomes of "${each.variant}" to put limits on its ${name(quantile)}.`);
    }
  }
  const [a, b] = [control.found as BucketedQuantile, arm.found as BucketedQuantile];
  const [varianceControl, varianceVariant] = [(a.standardError ?? 0) ** 2, (b.standardError ?? 0) ** 2];
  return {
    variantId: arm.variantId,
    status: 'ok',
    method: `difference of ${name(quantile)}s, clustered by unit, values in bins of 1 %`,
    estimate: b.quantile - a.quantile,
    standardError: Math.sqrt(varianceControl + varianceVariant),
    degreesOfFreedom: null,
    pair: { control: a.quantile, variant: b.quantile, varianceControl, varianceVariant, covariance: 0 },
    adjustment: null,
    capped: null,
    others: [],
    warnings: [],
  };
}

const name = (quantile: number): string =>
  quantile === 0.5 ? 'median' : `p${Number((100 * quantile).toPrecision(6))}`;
