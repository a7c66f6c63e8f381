import { requireCount, requireFinite, requireNonNegative, requireSameLength } from '../domain.ts';
import { type Moments, momentsOf } from '../moments.ts';

/**
 * A cluster (team, shop, user with several requests) by the moments of its units in each arm; an arm it has no units
 * in is left out. Where clusters were randomised, each has one arm.
 */
export interface Cluster {
  readonly control?: Moments;
  readonly treatment?: Moments;
}

/**
 * Clusters from unit rows.
 *
 * Input: per unit its outcome, whether it is in treatment, and the name of its cluster; lists of one length.
 * Output: one {@link Cluster} a name, in order of first appearance.
 * @throws RangeError if lengths differ or an outcome is not finite.
 * @example
 * clustersOf([1, 2, 4], [false, false, true], ['x', 'x', 'y']).length; // 2
 */
export function clustersOf(
  outcome: readonly number[],
  treated: readonly boolean[],
  cluster: readonly (string | number)[],
): Cluster[] {
  requireSameLength('outcome', outcome, 'treated', treated);
  requireSameLength('outcome', outcome, 'cluster', cluster);
  const rows = new Map<string | number, { control: number[]; treatment: number[] }>();
  cluster.forEach((name, i) => {
    requireFinite(`outcome[${i}]`, outcome[i]!);
    const row = rows.get(name) ?? { control: [], treatment: [] };
    row[treated[i] ? 'treatment' : 'control'].push(outcome[i]!);
    rows.set(name, row);
  });
  return [...rows.values()].map(({ control, treatment }) => ({
    ...(control.length > 0 ? { control: momentsOf(control) } : {}),
    ...(treatment.length > 0 ? { treatment: momentsOf(treatment) } : {}),
  }));
}

export function requireClusters(clusters: readonly Cluster[]): void {
  clusters.forEach((cluster, g) => {
    for (const arm of ['control', 'treatment'] as const) {
      const part = cluster[arm];
      if (part === undefined) continue;
      requireCount(`clusters[${g}].${arm}.n`, part.n);
      requireFinite(`clusters[${g}].${arm}.mean`, part.mean);
      requireNonNegative(`clusters[${g}].${arm}.m2`, part.m2);
    }
  });
}
