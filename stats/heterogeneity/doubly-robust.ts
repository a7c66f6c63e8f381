import { requireFinite, requireLevel, requireSameLength } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';
import { momentsOf, variance } from '../moments.ts';

/** Units with predictions of their outcome under either arm, made without the unit itself (cross-fitted). */
export interface PredictedUnits {
  readonly outcome: readonly number[];
  readonly treated: readonly boolean[];
  readonly predictedControl: readonly number[];
  readonly predictedTreatment: readonly number[];
  /** Probability of treatment, above 0 and below 1: one for all, or one a unit. */
  readonly propensity: number | readonly number[];
}

/** The average effect with the pseudo-outcome of each unit, whose mean over a segment is that segment's effect. */
export interface DoublyRobustTest extends MeanTest {
  readonly pseudoOutcomes: readonly number[];
}

/**
 * The average effect of treatment, with predictions to lower its variance: augmented inverse propensity weighting.
 *
 * Input: {@link PredictedUnits}; unit rows are needed. Output: {@link DoublyRobustTest} with the normal critical value;
 * unbiased where propensities are right, however wrong the predictions. Error: relative 1e-12 against closed form.
 * Assumes: independent units; predictions made on other units than those they are used for.
 * Edges: below two units: `insufficient`; pseudo-outcomes that do not vary: `no_variance`.
 * Source: Robins, Rotnitzky and Zhao 1994; Kennedy 2023 (DR-learner).
 * @throws RangeError if lengths differ, a number is not finite or a propensity not above 0 and below 1.
 * @example
 * doublyRobustEffect({
 *   outcome: [1, 0, 1, 1], treated: [true, true, false, false],
 *   predictedControl: [0.6, 0.2, 0.7, 0.1], predictedTreatment: [0.8, 0.3, 0.9, 0.2], propensity: 0.5,
 * }).status; // 'ok'
 */
export function doublyRobustEffect(
  units: PredictedUnits,
  options: { readonly level?: number } = {},
): DoublyRobustTest | NoVariance | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  const pseudoOutcomes = pseudoOutcomesOf(units);
  const moments = momentsOf(pseudoOutcomes);
  const spread = variance(moments);
  if (spread === null) return { status: 'insufficient', missing: `${moments.n} of at least 2 units` };
  const test = finiteTest('AIPW', moments.mean, spread / moments.n, Number.POSITIVE_INFINITY, level);
  return test.status === 'ok' ? { ...test, pseudoOutcomes } : test;
}

function pseudoOutcomesOf(units: PredictedUnits): number[] {
  const { outcome, treated, predictedControl, predictedTreatment, propensity } = units;
  requireSameLength('outcome', outcome, 'treated', treated);
  requireSameLength('outcome', outcome, 'predictedControl', predictedControl);
  requireSameLength('outcome', outcome, 'predictedTreatment', predictedTreatment);
  if (typeof propensity !== 'number') requireSameLength('outcome', outcome, 'propensity', propensity);
  return outcome.map((y, i) => {
    const control = predictedControl[i]!;
    const treatment = predictedTreatment[i]!;
    const share = typeof propensity === 'number' ? propensity : propensity[i]!;
    requireFinite(`outcome[${i}]`, y);
    requireFinite(`predictedControl[${i}]`, control);
    requireFinite(`predictedTreatment[${i}]`, treatment);
    if (!(share > 0 && share < 1)) throw new RangeError(`propensity must be above 0 and below 1, got ${String(share)}`);
    const correction = treated[i] ? (y - treatment) / share : (control - y) / (1 - share);
    return treatment - control + correction;
  });
}
