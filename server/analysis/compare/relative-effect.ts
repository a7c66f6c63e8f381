import type { MeanPair } from '../../../stats/index.ts';

/** (B - A) / |A| with its error by the delta method, that of the control included; null where the control may be 0. */
export function relativeEffect(pair: Required<MeanPair>): { estimate: number; standardError: number } | null {
  const { meanA, meanB, varianceOfMeanA, varianceOfMeanB, covariance } = pair;
  const ratio = meanB / meanA;
  const variance = varianceOfMeanB + ratio * ratio * varianceOfMeanA - 2 * ratio * covariance;
  const standardError = Math.sqrt(Math.max(0, variance)) / Math.abs(meanA);
  const estimate = (meanB - meanA) / Math.abs(meanA);
  const finite = Number.isFinite(standardError) && Number.isFinite(estimate);
  return finite && standardError > 0 ? { estimate, standardError } : null;
}
