import { requireNonNegative } from '../domain.ts';

export interface ClusterShape {
  /** Mean number of units in a cluster, at least 1. */
  readonly clusterSize: number;
  /** Intraclass correlation, from -1 to 1. */
  readonly icc: number;
  /** Coefficient of variation of the sizes: sd over mean; 0 (default) for equal sizes. */
  readonly cv?: number;
}

/**
 * By how much clusters inflate the variance of a mean: units needed are multiplied by it, the error by its root.
 *
 * Input: {@link ClusterShape}. Output: 1 for no effect; 4 means that 1000 units are worth 250. Error: relative 1e-15.
 * Edges: a negative correlation gives less than 1; one too negative for the cluster size, which would give a variance
 * below 0, is refused.
 * Source: Kish 1965; unequal sizes Eldridge, Ashby and Kerry 2006: 1 + ((cv² + 1) m - 1) icc.
 * @throws RangeError if a size is below 1, icc outside [-1, 1], cv negative or the effect below 0.
 * @example
 * designEffect({ clusterSize: 20, icc: 0.05, cv: 0.5 }); // 2.2
 */
export function designEffect(shape: ClusterShape): number {
  const { clusterSize, icc, cv = 0 } = shape;
  if (!(Number.isFinite(clusterSize) && clusterSize >= 1)) {
    throw new RangeError(`clusterSize must be a finite number of at least 1, got ${String(clusterSize)}`);
  }
  if (!(Math.abs(icc) <= 1)) throw new RangeError(`icc must be from -1 to 1, got ${String(icc)}`);
  requireNonNegative('cv', cv);
  const effect = 1 + ((cv * cv + 1) * clusterSize - 1) * icc;
  if (!(effect >= 0)) throw new RangeError(`icc must allow a variance of at least 0, got ${icc}`);
  return effect;
}
