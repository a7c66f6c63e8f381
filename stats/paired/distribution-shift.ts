import { requireCount, requireNotEmpty } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';

/** Groups that the control's values are put into, about equally many in each. */
const GROUPS = 10;
/** What is added to each group, so that an empty one does not make the index infinite. */
const PRIOR = 0.5;

export interface DistributionShift {
  readonly status: 'ok';
  /** Σ (b - a) ln(b/a) over groups of the control's tenths: 0 for equal distributions. */
  readonly stabilityIndex: number;
  /** Largest distance of the two distribution functions at the ends of bins, 0-1. */
  readonly distance: number;
}

/**
 * How far two histograms over the same bins lie apart: population stability index and Kolmogorov–Smirnov distance.
 *
 * Input: counts of both samples by bin, bins in order. Output: {@link DistributionShift}, a description: by custom an index
 * below 0.1 is called stable and above 0.25 a shift, which no theory supports, and there is no p-value.
 * Error: relative 1e-14 of the formulas. Assumes nothing about independence, as nothing is inferred.
 * Edges: a bin with more than a tenth of the control is a group of its own; half a value is added to each group; an empty
 * sample: `insufficient`.
 * Source: Siddiqi 2006 (index); Smirnov 1939 (distance, here at the ends of bins and so at most that of the values).
 * @throws RangeError if there are no bins or a count is not whole.
 * @example
 * distributionShift([{ control: 8, treatment: 2 }, { control: 2, treatment: 8 }]).distance; // 0.6
 */
export function distributionShift(
  bins: readonly { readonly control: number; readonly treatment: number }[],
): DistributionShift | NotEnough {
  requireNotEmpty('bins', bins);
  bins.forEach(({ control, treatment }, i) => {
    requireCount(`bins[${i}].control`, control);
    requireCount(`bins[${i}].treatment`, treatment);
  });
  const nA = bins.reduce((sum, each) => sum + each.control, 0);
  const nB = bins.reduce((sum, each) => sum + each.treatment, 0);
  if (nA === 0 || nB === 0) {
    return { status: 'insufficient', missing: `${nA === 0 ? 'control' : 'treatment'} has 0 of at least 1 value` };
  }
  const groups = groupsOf(bins, nA);
  const [allA, allB] = [nA + PRIOR * groups.length, nB + PRIOR * groups.length];
  const stabilityIndex = groups.reduce((sum, { control, treatment }) => {
    const [a, b] = [(control + PRIOR) / allA, (treatment + PRIOR) / allB];
    return sum + (b - a) * Math.log(b / a);
  }, 0);
  return { status: 'ok', stabilityIndex: Math.max(0, stabilityIndex), distance: distanceOf(bins, nA, nB) };
}

interface Group {
  control: number;
  treatment: number;
}

/** Neighbouring bins together, until a group holds its tenth of the control. */
function groupsOf(bins: readonly Group[], nA: number): Group[] {
  const groups: Group[] = [{ control: 0, treatment: 0 }];
  let upTo = 0;
  for (const { control, treatment } of bins) {
    const last = groups.at(-1)!;
    last.control += control;
    last.treatment += treatment;
    upTo += control;
    if (upTo < nA && upTo * GROUPS >= groups.length * nA) groups.push({ control: 0, treatment: 0 });
  }
  return groups;
}

function distanceOf(bins: readonly Group[], nA: number, nB: number): number {
  let [a, b, largest] = [0, 0, 0];
  for (const { control, treatment } of bins) {
    a += control;
    b += treatment;
    largest = Math.max(largest, Math.abs(a / nA - b / nB));
  }
  return largest;
}
