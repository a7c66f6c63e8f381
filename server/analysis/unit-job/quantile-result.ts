import { type BucketedQuantile, bucketedQuantile, quantileBin } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { UnitEffect } from '../unit-result.ts';
import { type FoundEffects, insufficient, type NamedArm } from './found-effect.ts';
import { type BinScope, readBins, readBuckets } from './outcome-bins.ts';

/** Buckets of units with outcomes that an arm needs at least. */
export const LEAST_BUCKETS = 20;

/** Share of the outcomes that may have one value, alone in its surroundings, at the quantile. */
export const MOST_TIES = 0.1;

interface QuantileArm extends NamedArm {
  found: BucketedQuantile | { missing: string };
  /** Share of outcomes tied at the quantile, where it is too large for an error; else null. */
  tied: number | null;
}

/** A quantile of single outcomes, whose units are what is independent: ranks by the error over buckets of units. */
export async function quantileResult(
  client: Queryable,
  { measureId, quantile }: { measureId: number; quantile: number },
  arms: readonly (NamedArm & { units: number })[],
  level: number,
): Promise<FoundEffects> {
  const read: QuantileArm[] = [];
  for (const arm of arms) {
    read.push({ ...arm, ...(await quantileOf(client, quantile, { ...arm, measureId }, level)) });
  }
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
  { measureId, variantId, variant }: NamedArm & BinScope,
  level: number,
): Promise<Pick<QuantileArm, 'found' | 'tied'>> {
  const without = (missing: string) => ({ found: { missing }, tied: null });
  const bins = await readBins(client, { measureId, variantId });
  if (bins.length === 0) return without(`There are no outcomes of "${variant}" yet.`);
  const limits = bins.map((each) => each.limits);
  const place = quantileBin(limits, quantile);
  const buckets = await readBuckets(client, { measureId, variantId }, bins[place]?.bin ?? 0);
  const filled = buckets.filter(({ n }) => n > 0).length;
  if (filled < LEAST_BUCKETS) {
    return without(`Too few units of "${variant}" have outcomes: at least some ${LEAST_BUCKETS + 2} are needed.`);
  }
  const found = bucketedQuantile(limits, buckets, quantile, { level });
  if (found.status !== 'ok') return without(`Too few units of "${variant}" have outcomes.`);
  const tied = tiedAt(bins, place);
  return { found: tied === null ? found : { ...found, standardError: null }, tied };
}

/**
 * Ranks put limits on a quantile only where values lie close together. Among few distinct values the limits fall on one of
 * them, and their distance, the width of its bin, is no error.
 */
function tiedAt(bins: Awaited<ReturnType<typeof readBins>>, place: number): number | null {
  const bin = bins[place]?.bin ?? 0;
  const share = (bins[place]?.limits.n ?? 0) / bins.reduce((sum, each) => sum + each.limits.n, 0);
  const alone = bins[place - 1]?.bin !== bin - 1 && bins[place + 1]?.bin !== bin + 1;
  return alone && share > MOST_TIES ? share : null;
}

function effectOf(quantile: number, control: QuantileArm, arm: QuantileArm): UnitEffect {
  for (const each of [control, arm]) {
    if ('missing' in each.found) return insufficient(arm, each.found.missing);
    if (each.tied !== null) {
      const share = `${(100 * each.tied).toFixed(0)} %`;
      return insufficient(
        arm,
        `${share} of the outcomes of "${each.variant}" are equal, at its ${name(quantile)}, which has no error then: compare a mean or a rank.`,
      );
    }
    if (each.found.standardError === null) {
      return insufficient(arm, `Too few outcomes of "${each.variant}" to put limits on its ${name(quantile)}.`);
    }
  }
  const [a, b] = [control.found as BucketedQuantile, arm.found as BucketedQuantile];
  const [varianceOfMeanA, varianceOfMeanB] = [(a.standardError ?? 0) ** 2, (b.standardError ?? 0) ** 2];
  return {
    variantId: arm.variantId,
    status: 'ok',
    method: `difference of ${name(quantile)}s, clustered by unit, values in bins of 1 %`,
    estimate: b.quantile - a.quantile,
    standardError: Math.sqrt(varianceOfMeanA + varianceOfMeanB),
    degreesOfFreedom: null,
    pair: { meanA: a.quantile, varianceOfMeanA, meanB: b.quantile, varianceOfMeanB, covariance: 0 },
    adjustment: null,
    capped: null,
    others: [],
    warnings: [],
  };
}

const name = (quantile: number): string =>
  quantile === 0.5 ? 'median' : `p${Number((100 * quantile).toPrecision(6))}`;
