import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coMomentsOf,
  type LinArmFit,
  type LinFit,
  type LinSquares,
  linDifference,
  linFit,
  linFromSums,
  type Moments,
  type UnitRows,
} from '../../stats/index.ts';
import { PROPERTY, relativeError } from './relative-error.ts';

const meanDelta = ({ mean, meanTail = 0 }: Moments, value: number): number => value - mean - meanTail;

/** The second pass as SQL makes it, over arrays. */
function squaresOf({ outcome, covariates }: UnitRows, fit: LinArmFit, kept: readonly number[]): LinSquares {
  const sums = { HC0: 0, HC2: 0, HC3: 0, largestLeverage: 0 };
  const n = outcome.length;
  outcome.forEach((value, i) => {
    const x = kept.map((j, k) => meanDelta(fit.covariates[k]!, covariates[j]![i]!));
    const along = (v: readonly number[]) =>
      x.reduce((sum, xj, j) => sum + xj * fit.inverse[j]!.reduce((inner, m, k) => inner + m * v[k]!, 0), 0);
    const h = 1 / n + along(x);
    const e = meanDelta(fit.outcome, value) - fit.slopes.reduce((sum, slope, j) => sum + slope * x[j]!, 0);
    const square = ((1 / n + along(fit.gaps)) * e) ** 2;
    sums.HC0 += square;
    sums.HC2 += square / (1 - h);
    sums.HC3 += square / (1 - h) ** 2;
    sums.largestLeverage = Math.max(sums.largestLeverage, h);
  });
  return sums;
}

function bySums(arms: readonly UnitRows[], places: { control?: number; treatment?: number } = {}) {
  const fit = linFit(arms.map((arm) => coMomentsOf([arm.outcome, ...arm.covariates])));
  if (fit.status !== 'ok') return fit;
  const squares = arms.map((arm, i) => squaresOf(arm, fit.arms[i]!, fit.kept));
  return linFromSums(fit, squares, places);
}

/** Outcomes that follow their covariates, some of them by halves, with noise and an offset. */
function armOf(p: number, offset: number): fc.Arbitrary<UnitRows> {
  const row = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: p + 1, maxLength: p + 1 });
  return fc.array(row, { minLength: 4 * p + 8, maxLength: 60 }).map((rows) => ({
    covariates: Array.from({ length: p }, (_, j) => rows.map((each) => each[j]! / 100 + offset)),
    outcome: rows.map((each) => each.slice(0, p).reduce((sum, x, j) => sum + x / (j + 2), 0) + each[p]! / 3 + offset),
  }));
}

describe('Lin from sums over units', () => {
  for (const p of [1, 2, 3, 4]) {
    for (const offset of [0, 1e9]) {
      it(`is the regression on unit rows with ${p} covariates, ${offset} from 0`, () => {
        fc.assert(
          fc.property(armOf(p, offset), armOf(p, offset), (control, treatment) => {
            const expected = linDifference(control, treatment);
            const got = bySums([control, treatment]);
            // covariates that depend on each other within an arm: one way refuses, the other leaves one out
            fc.pre(expected.status === 'ok');
            if (expected.status !== 'ok' || got.status !== 'ok') throw new Error(got.status);
            const scale = expected.standardError;
            expect(Math.abs(got.estimate - expected.estimate)).toBeLessThan(
              1e-9 * scale + 1e-9 * Math.abs(expected.estimate),
            );
            expect(relativeError(got.standardError, expected.standardError)).toBeLessThan(1e-9);
            expect(got.degreesOfFreedom).toBe(expected.degreesOfFreedom);
            expect(relativeError(got.regressionErrors.HC3, expected.regressionErrors.HC3)).toBeLessThan(1e-9);
            expect(relativeError(got.pair.varianceOfMeanA, expected.pair.varianceOfMeanA)).toBeLessThan(1e-9);
            expect(relativeError(got.pair.varianceOfMeanB, expected.pair.varianceOfMeanB)).toBeLessThan(1e-9);
            expect(Math.abs(got.pair.meanB - expected.pair.meanB)).toBeLessThan(1e-9 * scale + 1e-15 * offset);
            const { varianceOfMeanA, varianceOfMeanB, covariance } = got.pair;
            expect(
              relativeError(varianceOfMeanA + varianceOfMeanB - 2 * covariance, got.standardError ** 2),
            ).toBeLessThan(1e-9);
          }),
          { ...PROPERTY, numRuns: 40 },
        );
      });
    }
  }

  const rows = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));
  const noise = (i: number) => ((i * 7919) % 101) / 10;
  const control = { outcome: rows(40, (i) => noise(i) + noise(3 * i + 1)), covariates: [rows(40, noise)] };
  const treatment = {
    outcome: rows(50, (i) => 2 * noise(i + 5) + noise(5 * i)),
    covariates: [rows(50, (i) => noise(i + 5))],
  };

  it('leaves out a covariate that does not vary, or repeats another', () => {
    const plain = bySums([control, treatment]);
    const more = (arm: UnitRows): UnitRows => ({
      ...arm,
      covariates: [arm.outcome.map(() => 0.1), ...arm.covariates, arm.covariates[0]!.map((x) => 3 * x + 7)],
    });
    const arms = [more(control), more(treatment)];
    expect((linFit(arms.map((arm) => coMomentsOf([arm.outcome, ...arm.covariates]))) as LinFit).kept).toEqual([1]);
    const got = bySums(arms);
    if (plain.status !== 'ok' || got.status !== 'ok') throw new Error('expected ok');
    expect(relativeError(got.standardError, plain.standardError)).toBeLessThan(1e-12);
    const constant = { outcome: control.outcome, covariates: [control.outcome.map(() => 0.1)] };
    expect(bySums([constant, constant]).status).toBe('undefined');
  });

  it('adjusts several challengers to the same covariate means, so that their contrasts add up', () => {
    const third = { outcome: rows(30, (i) => noise(i) - 1), covariates: [rows(30, (i) => noise(i + 2))] };
    const arms = [control, treatment, third];
    const estimate = (from: number, to: number) => {
      const got = bySums(arms, { control: from, treatment: to });
      if (got.status !== 'ok') throw new Error(got.status);
      return got.estimate;
    };
    expect(estimate(0, 1) + estimate(1, 2)).toBeCloseTo(estimate(0, 2), 10);
    expect(estimate(0, 1)).toBeCloseTo(-estimate(1, 0), 12);
  });

  it('says when nothing is left to vary, or one unit decides a slope', () => {
    const exact = (arm: UnitRows): UnitRows => ({
      outcome: arm.covariates[0]!.map((x) => 0.1 * x + 0.7),
      covariates: arm.covariates,
    });
    expect(bySums([exact(control), exact(treatment)]).status).toBe('no_variance');
    const single = (arm: UnitRows): UnitRows => ({
      ...arm,
      covariates: [arm.outcome.map((_, i) => (i === 0 ? 1 : 0))],
    });
    expect(bySums([single(control), single(treatment)]).status).toBe('undefined');
    expect(bySums([{ outcome: [1, 2], covariates: [[1, 2]] }, treatment]).status).toBe('insufficient');
  });

  it('refuses sums that no units have', () => {
    const fit = linFit([control, treatment].map((arm) => coMomentsOf([arm.outcome, ...arm.covariates]))) as LinFit;
    const squares = { HC0: 1, HC2: 1, HC3: 1, largestLeverage: 0.1 };
    expect(() => linFromSums(fit, [squares])).toThrow(RangeError);
    expect(() => linFromSums(fit, [squares, { ...squares, HC2: -1 }])).toThrow('squares[1].HC2');
    expect(() => linFromSums(fit, [squares, { ...squares, HC0: Number.NaN }])).toThrow('squares[1].HC0');
    expect(() => linFromSums(fit, [squares, squares], { treatment: 2 })).toThrow('got 2');
    expect(() => linFromSums(fit, [squares, squares], { level: 1 })).toThrow('level');
    expect(() => linFit([])).toThrow(RangeError);
  });
});
