import { requireLevel } from '../domain.ts';
import { fiellerSet, type MeanPair } from './fieller.ts';
import { asLift, type MeanLift } from './mean-lift.ts';

/**
 * By how much, relative to control, one estimate is above another: Fieller's set for ratios, adjusted means and
 * whatever else has an error and, where both share something, a covariance.
 *
 * Input: {@link MeanPair} (variances of the estimates); the critical value of the test that the lift stands beside, so
 * that both decide alike; the level that it belongs to, for display.
 * Output: {@link MeanLift}. Edges: an estimate of control of 0 gives a lift of `null`; a negative one as `meanLift`.
 * Source: Fieller 1954.
 * @throws RangeError if a number is out of its domain.
 * @example
 * liftOfEstimates({ meanA: 10, varianceOfMeanA: 0.25, meanB: 11, varianceOfMeanB: 0.3 }, 1.96, 0.95).estimate; // 0.1
 */
export function liftOfEstimates(pair: MeanPair, critical: number, level: number): MeanLift {
  requireLevel(level);
  const { set, g } = fiellerSet(pair, critical);
  const estimate = pair.meanA === 0 ? null : (pair.meanB - pair.meanA) / Math.abs(pair.meanA);
  return { status: 'ok', method: 'Fieller', estimate, level, critical, g, set: asLift(set, pair.meanA < 0) };
}
