import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ancovaDifference,
  clusterDifference,
  clustersOf,
  coMomentsOf,
  cupedDifference,
  doublyRobustEffect,
  effectHeterogeneity,
  interactionContrast,
  linDifference,
  type MeanSummary,
  meanEquivalence,
  meanNonInferiority,
  proportionNonInferiority,
  ratioCuped,
  ratioDifference,
  relativeNonInferiority,
} from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

const wild = fc.constantFrom(0, -0, 1, -1, 2, 0.5, 1e-300, 1e300, -1e300, 1e-160, 1e155, 1e9, 1e9 + 1, 3, 7, -4);
const broken = fc.oneof(
  { weight: 12, arbitrary: wild },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
);
const list = fc.array(broken, { minLength: 6, maxLength: 6 });
const lists = fc.tuple(list, list, list, list, list, list, list, list);
const summary: fc.Arbitrary<MeanSummary> = fc.record({
  n: fc.constantFrom(0, 1, 2, 3, 100, 1e12, 1.5, -1),
  mean: broken,
  variance: fc.oneof(broken, fc.constant(null)),
});

/** Every number of an answer, by its path. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, `${path}.${key}`));
}

/** An answer without a NaN, or a RangeError. */
function check(run: () => { status: string }): void {
  let answer: { status: string };
  try {
    answer = run();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return;
  }
  expect(['ok', 'insufficient', 'no_variance', 'undefined']).toContain(answer.status);
  expect(numbersOf(answer).filter(([, value]) => Number.isNaN(value))).toEqual([]);
}

describe('whatever comes in', () => {
  it('ratios, adjustments and clusters answer with a status or a RangeError, never with NaN', () => {
    fc.assert(
      fc.property(lists, fc.constantFrom(0.95, 0.5, 0, Number.NaN), ([a, b, c, d, e, f, g, h], level) => {
        const [control, treatment] = [
          { outcome: a, covariates: [b] },
          { outcome: e, covariates: [f] },
        ];
        check(() => linDifference(control, treatment, { level }));
        check(() => ancovaDifference(control, treatment, { level, errors: 'HC3' }));
        check(() => cupedDifference(coMomentsOf([a, b, c]), coMomentsOf([e, f, g]), { level }));
        check(() => ratioDifference(coMomentsOf([a, b]), coMomentsOf([e, f]), { level }));
        check(() => ratioCuped(coMomentsOf([a, b, c, d]), coMomentsOf([e, f, g, h]), { level }));
        const treated = [...a.map(() => false), ...e.map(() => true)];
        check(() =>
          clusterDifference(clustersOf([...a, ...e], treated, [1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 1]), { level }),
        );
      }),
      { ...PROPERTY, numRuns: 500 },
    );
  });

  it('so do margins and heterogeneity', () => {
    fc.assert(
      fc.property(summary, summary, list, list, broken, (a, b, effects, errors, margin) => {
        check(() => meanNonInferiority(a, b, margin));
        check(() => relativeNonInferiority(a, b, margin));
        check(() => meanEquivalence(a, b, { lower: -1, upper: margin }));
        check(() => proportionNonInferiority({ x: a.mean, n: a.n }, { x: b.mean, n: b.n }, margin));
        check(() => effectHeterogeneity(effects, errors.map(Math.abs)));
        check(() => interactionContrast({ neither: a, first: b, second: a, both: b }));
        const units = { outcome: effects, treated: effects.map((_, i) => i % 2 === 0), propensity: 0.5 };
        check(() => doublyRobustEffect({ ...units, predictedControl: errors, predictedTreatment: effects }));
      }),
      { ...PROPERTY, numRuns: 500 },
    );
  });
});
