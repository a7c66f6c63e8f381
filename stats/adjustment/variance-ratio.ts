/** What a covariate of a given correlation with the outcome saves. */
export interface CupedSaving {
  /** Variance with adjustment over variance without, 1 - rho²; also the ratio of units for the same precision. */
  readonly varianceRatio: number;
  readonly sampleSizeRatio: number;
  /** The root: the ratio of the widths of intervals. */
  readonly widthRatio: number;
}

/**
 * What adjustment by a covariate saves.
 *
 * Input: rho, the correlation of outcome and covariate within arms, from -1 to 1. Output: {@link CupedSaving}, 0 to 1.
 * Error: relative 1e-15, also next to 1. Assumes: arms of one slope, or of equal size.
 * Source: Deng, Xu, Kohavi and Walker 2013.
 * @throws RangeError if rho is not from -1 to 1.
 * @example
 * cupedSaving(0.7).varianceRatio; // 0.51
 */
export function cupedSaving(rho: number): CupedSaving {
  if (!(Math.abs(rho) <= 1)) throw new RangeError(`rho must be from -1 to 1, got ${String(rho)}`);
  const ratio = (1 - rho) * (1 + rho);
  return { varianceRatio: ratio, sampleSizeRatio: ratio, widthRatio: Math.sqrt(ratio) };
}
