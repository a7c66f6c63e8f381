import { requireFinite, requirePositive, requireSameLength } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { logIntegral } from '../special/integrate.ts';
import type { NormalPosterior } from './normal-posterior.ts';

export interface EffectPrior extends NormalPosterior {
  readonly status: 'ok';
  readonly mean: 0;
  readonly experiments: number;
}

/** With fewer, the prior would say more of these few than of experiments. */
const LEAST_EXPERIMENTS = 10;
/** The size of true effects is looked for up to this many times the observed ones; beyond it lies less than 1e-9. */
const FAR = 50;
/** And down to this many powers of ten below. */
const POWERS = 8;

/**
 * How large true effects tend to be, from past experiments: a normal prior with mean 0.
 *
 * Input: effects of independent experiments in one unit (relative lifts), and their standard errors. Output:
 * {@link EffectPrior}; pass it to `effectPosterior`. The standard deviation is the root of the mean of τ² given the
 * data, τ the spread of true effects about 0, so that it is above 0 also where noise alone could explain the past.
 * Error: relative 1e-9 (finer integration).
 * Assumes: independent, nearly normal estimates with known errors; the next experiment is one like those.
 * Edges: below ten experiments `insufficient`. The mean is 0 whatever the past: a prior that leaned to one side would
 * give each new variant credit for its predecessors, and estimates of experiments that stopped early lean upwards.
 * Source: Gelman et al. 2013, 5.4 and 5.7 (normal model, flat prior of τ).
 * @throws RangeError if lengths differ, an effect is not finite or an error not above 0.
 * @example
 * effectPrior([0.01, -0.02, 0.03], [0.01, 0.01, 0.01]).status; // 'insufficient'
 */
export function effectPrior(effects: readonly number[], standardErrors: readonly number[]): EffectPrior | NotEnough {
  requireSameLength('effects', effects, 'standardErrors', standardErrors);
  effects.forEach((effect, k) => {
    requireFinite(`effects[${k}]`, effect);
    requirePositive(`standardErrors[${k}]`, standardErrors[k]!);
  });
  const experiments = effects.length;
  if (experiments < LEAST_EXPERIMENTS) {
    return { status: 'insufficient', missing: `${experiments} of at least ${LEAST_EXPERIMENTS} experiments` };
  }
  // in units of the largest number, in which no square overflows
  const unit = Math.max(...effects.map(Math.abs), ...standardErrors);
  const squares = effects.map((effect) => (effect / unit) ** 2);
  const variances = standardErrors.map((error) => Math.max((error / unit) ** 2, Number.MIN_VALUE));
  const logDensity = (tau: number): number =>
    squares.reduce((sum, square, k) => {
      const variance = variances[k]! + tau * tau;
      return sum - 0.5 * (Math.log(variance) + square / variance);
    }, 0);
  const points = [0, ...Array.from({ length: 2 * POWERS + 1 }, (_, k) => FAR * 10 ** (k / 2 - POWERS))];
  const weight = logIntegral(logDensity, points);
  const square = logIntegral(
    (tau) => (tau > 0 ? logDensity(tau) + 2 * Math.log(tau) : Number.NEGATIVE_INFINITY),
    points,
  );
  return { status: 'ok', mean: 0, standardDeviation: unit * Math.exp((square - weight) / 2), experiments };
}
