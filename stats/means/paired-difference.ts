import { requireFinite, requireLevel, requireSameLength } from '../domain.ts';
import { momentsOf, variance } from '../moments.ts';
import type { MeanDifference, MeanDifferenceOptions } from './mean-difference.ts';
import { meanTest } from './mean-test.ts';

/**
 * Whether and by how much b differs from a on the same units: the paired t-test.
 *
 * Input: a and b of the same length, one pair a unit. Output: {@link MeanDifference} of b minus a.
 * Error: relative 1e-13 on Student's sleep data (R).
 * Assumes: independent pairs; a mean difference close to normal.
 * Edges: below two pairs `insufficient`; all differences equal: `no_variance`.
 * Source: Student 1908.
 * @throws RangeError if lengths differ, a value is not finite or the level is out of its domain.
 * @example
 * pairedDifference([1, 2, 3, 4], [2, 2, 5, 5]).estimate; // 1
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  options: MeanDifferenceOptions = {},
): MeanDifference {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireSameLength('a', a, 'b', b);
  const differences = a.map((value, index) => {
    requireFinite(`a[${index}]`, value);
    requireFinite(`b[${index}]`, b[index]!);
    return b[index]! - value;
  });
  const moments = momentsOf(differences);
  const spread = variance(moments);
  if (spread === null) return { status: 'insufficient', missing: `${moments.n} of at least 2 pairs` };
  // differences that vary by the rounding of the values alone do not vary
  const rounding = 10 * Number.EPSILON * largest(a, b);
  if (Math.sqrt(spread) <= rounding) return { status: 'no_variance', estimate: moments.mean };
  return meanTest('paired t', moments.mean, spread / moments.n, moments.n - 1, level);
}

function largest(...lists: readonly (readonly number[])[]): number {
  return lists.flat().reduce((size, value) => Math.max(size, Math.abs(value)), 0);
}
