import type { Distribution } from '../../contract/distribution-contract.ts';
import { binLimits } from '../unit-job/log-bins.ts';

export const MOST_BARS = 60;

/** How many values of a variant lie in a bin. */
export interface BinCount {
  variantId: number;
  bin: number;
  n: number;
}

/**
 * Bins of 1 % put together into bars of one factor, the same for all variants, as few bins to a bar as leave at most sixty.
 * Values around 0 are a bar of their own; bars without values are left out.
 */
export function mergeBins(
  counts: readonly BinCount[],
  variants: readonly { variantId: number }[],
): Distribution['bars'] {
  const bins = [...new Set(counts.map(({ bin }) => bin))];
  let width = 1;
  while (new Set(bins.map((bin) => barOf(bin, width))).size > MOST_BARS) width += 1;
  const bars = new Map<number, number[]>();
  for (const { variantId, bin, n } of counts) {
    const place = variants.findIndex((each) => each.variantId === variantId);
    if (place < 0) continue;
    const bar = barOf(bin, width);
    const values = bars.get(bar) ?? variants.map(() => 0);
    values[place] = (values[place] ?? 0) + n;
    bars.set(bar, values);
  }
  return [...bars].sort(([one], [other]) => one - other).map(([bar, values]) => ({ ...limitsOf(bar, width), values }));
}

/** Bars are numbered like bins: 0 around 0, away from it on both sides. */
function barOf(bin: number, width: number): number {
  return Math.sign(bin) * Math.ceil(Math.abs(bin) / width);
}

function limitsOf(bar: number, width: number): { lower: number; upper: number } {
  const [inner, outer] = [bar - Math.sign(bar), bar].map((each) => each * width);
  const [near, far] = [binLimits((inner ?? 0) + Math.sign(bar)), binLimits(outer ?? 0)];
  return { lower: Math.min(near.lower, far.lower), upper: Math.max(near.upper, far.upper) };
}
