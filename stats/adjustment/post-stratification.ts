import { requireLevel } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import { type MeanSummary, requireArms } from '../means/mean-summary.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';

/** A stratum by what was known before exposure (country, platform, step of a ramp), with its two arms. */
export interface Stratum {
  readonly control: MeanSummary;
  readonly treatment: MeanSummary;
}

/** A test on the mean of the strata's differences, weighted by their units. */
export interface StratifiedTest extends MeanTest {
  readonly weights: readonly number[];
  readonly differences: readonly number[];
}

/**
 * The difference of two means, compared within strata and then averaged by the strata's shares of all units.
 *
 * Input: per stratum the two arms' {@link MeanSummary}. Moments are enough. Output: {@link StratifiedTest}; its error is
 * that given the counts of the strata; Satterthwaite's degrees of freedom, so that one stratum is `meanDifference`.
 * Error: relative 1e-12 against R.
 * Assumes: independent units; strata fixed before exposure.
 * Edges: an arm of a stratum below two units: `insufficient`, naming it (merge strata then, never drop them).
 * Source: Miratrix, Sekhon and Yu 2013; Satterthwaite 1946.
 * @throws RangeError if a count, mean, variance or the level is out of its domain, or no stratum is given.
 * @example
 * const a = { n: 4, mean: 2, variance: 0.6667 };
 * postStratifiedDifference([{ control: a, treatment: { n: 3, mean: 3, variance: 1 } }]).estimate; // 1
 */
export function postStratifiedDifference(
  strata: readonly Stratum[],
  options: { readonly level?: number } = {},
): StratifiedTest | NoVariance | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  if (strata.length === 0) throw new RangeError('strata must not be empty, got a length of 0');
  const results = strata.map(({ control, treatment }) => requireArms(control, treatment, level));
  const missing = results.flatMap((result, k) =>
    result.status === 'insufficient' ? [`stratum ${k + 1}: ${result.missing}`] : [],
  );
  if (missing.length > 0) return { status: 'insufficient', missing: missing.join('; ') };
  const units = strata.reduce((sum, { control, treatment }) => sum + control.n + treatment.n, 0);
  const weights = strata.map(({ control, treatment }) => (control.n + treatment.n) / units);
  const differences = results.map((result) => ('estimate' in result ? result.estimate : 0));
  const estimate = differences.reduce((sum, difference, k) => sum + weights[k]! * difference, 0);
  const parts = strata.flatMap(({ control, treatment }, k) =>
    [control, treatment].map((arm) => ({ square: (weights[k]! ** 2 * (arm.variance ?? 0)) / arm.n, df: arm.n - 1 })),
  );
  const squaredError = parts.reduce((sum, { square }) => sum + square, 0);
  const inverseDf = parts.reduce((sum, { square, df }) => sum + (square / squaredError) ** 2 / df, 0);
  const test = finiteTest('post-stratified difference', estimate, squaredError, 1 / inverseDf, level);
  return test.status === 'ok' ? { ...test, weights, differences } : test;
}
