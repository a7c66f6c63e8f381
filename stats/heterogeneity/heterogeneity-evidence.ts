import { requireFinite, requireNotEmpty, requirePositive, requireSameLength } from '../domain.ts';

/**
 * The evidence so far that effects differ between segments, as the natural logarithm of an e-value, which may be looked at
 * all the time: if all segments share one effect, whatever it is, it ever reaches 1/α with a probability of at most α.
 *
 * Input: per segment the effect and its standard error, as for `effectHeterogeneity`; `spreads`, the standard deviations
 * of true effects that are looked for, fixed before the first look and in the unit of the effects; the answer is the
 * mean of their e-values. Output: log e; 0 for one segment, which cannot differ from itself.
 * Error: relative 1e-12 where it is not near 0 (mpmath). Assumes: as `effectHeterogeneity`; from about 50 units a segment and arm on.
 * Source: mixture of normal effects N(δ, τ²) against one δ, δ integrated out on both sides: a likelihood ratio of the
 * differences between segments (Robbins 1970; Pérez-Ortiz et al. 2022 for the invariance).
 * @throws RangeError if lengths differ, a list is empty, an effect is not finite, or an error or spread not above 0.
 * @example
 * heterogeneityLogE([0.05, -0.02], [0.01, 0.01], [0.05]); // 10.1497...
 */
export function heterogeneityLogE(
  effects: readonly number[],
  standardErrors: readonly number[],
  spreads: readonly number[],
): number {
  requireSameLength('effects', effects, 'standardErrors', standardErrors);
  requireNotEmpty('effects', effects);
  requireNotEmpty('spreads', spreads);
  effects.forEach((effect, k) => {
    requireFinite(`effects[${k}]`, effect);
    requirePositive(`standardErrors[${k}]`, standardErrors[k]!);
  });
  spreads.forEach((spread, k) => {
    requirePositive(`spreads[${k}]`, spread);
  });
  // in units of the largest error, in which no square overflows
  const unit = Math.max(...standardErrors);
  const scaled = effects.map((effect) => (effect - effects[0]!) / unit);
  const errors = standardErrors.map((error) => error / unit);
  const alone = logMarginal(scaled, errors, 0);
  const logs = spreads.map((spread) => logMarginal(scaled, errors, spread / unit) - alone);
  const most = Math.max(...logs);
  const logE = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
  requireFinite('effects in units of their errors', logE);
  return logE;
}

/** log ∫ Π N(effect; δ, error² + spread²) dδ, less a constant. */
function logMarginal(effects: readonly number[], errors: readonly number[], spread: number): number {
  let [logs, weights, weighted] = [0, 0, 0];
  errors.forEach((error, k) => {
    const variance = error * error + spread * spread;
    logs += Math.log(variance);
    weights += 1 / variance;
    weighted += effects[k]! / variance;
  });
  const mean = weighted / weights;
  const square = effects.reduce(
    (sum, effect, k) => sum + (effect - mean) ** 2 / (errors[k]! * errors[k]! + spread * spread),
    0,
  );
  return -0.5 * (logs + Math.log(weights) + square);
}
