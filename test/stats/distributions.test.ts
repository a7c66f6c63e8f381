import { describe, expect, it } from 'vitest';
import {
  betaQuantile,
  betaUpperQuantile,
  chiSquareLogSf,
  chiSquareSf,
  incompleteBeta,
  incompleteGamma,
  logBeta,
  logGamma,
  normalCdf,
  normalLogSf,
  normalQuantile,
  normalSf,
  normalTwoSidedP,
  studentTLogSf,
  studentTQuantile,
  studentTSf,
  studentTTwoSidedP,
} from '../../stats/index.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { relativeError } from './relative-error.ts';

describe('distributions', () => {
  it.each(reference.normal)('normal log tail at z = $z is right to 14 digits', ({ z, logSf }) => {
    expect(relativeError(normalLogSf(z), logSf)).toBeLessThan(1e-14);
  });

  it.each(reference.student)('Student log p at t = $t, df = $df is right to 13 digits', ({ t, df, logTwoSided }) => {
    const { p, log10P } = studentTTwoSidedP(t, df);
    expect(relativeError(log10P * Math.LN10, logTwoSided)).toBeLessThan(1e-13);
    expect(relativeError(p, Math.exp(logTwoSided))).toBeLessThan(1e-11);
    expect(relativeError(studentTLogSf(t, df), logTwoSided - Math.LN2)).toBeLessThan(1e-13);
  });

  it.each(reference.chiSquare)('chi-square log tail at x = $x, df = $df is right to 13 digits', ({ x, df, logSf }) => {
    expect(relativeError(chiSquareLogSf(x, df), logSf)).toBeLessThan(1e-13);
  });

  it.each(reference.betaQuantile)('beta quantile $p of ($a, $b) is right to 12 digits', ({ p, a, b, x }) => {
    expect(relativeError(betaQuantile(p, a, b), x)).toBeLessThan(1e-12);
    expect(relativeError(1 - betaUpperQuantile(p, b, a), x)).toBeLessThan(1e-9);
  });

  it('quantiles of the tables: normal 1.959964, Student 12.70620 and 2.228139, far tails too', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(studentTQuantile(0.975, 1)).toBeCloseTo(12.706204736174705, 12);
    expect(studentTQuantile(0.975, 10)).toBeCloseTo(2.2281388519862744, 13);
    expect(relativeError(normalQuantile(1e-300), -37.0470962993612)).toBeLessThan(1e-14);
  });

  it.each([1e-300, 1e-40, 1e-9, 0.01, 0.2, 0.26, 0.4999])('quantile and tail undo each other at %d', (q) => {
    expect(relativeError(normalSf(-normalQuantile(q)), q)).toBeLessThan(1e-12);
    for (const df of [1, 1.47, 4, 30, 1e3, 1e7]) {
      expect(relativeError(studentTSf(-studentTQuantile(q, df), df), q)).toBeLessThan(1e-11);
    }
  });

  it('tails at the ends of the line are 0 and 1, not NaN', () => {
    expect([normalSf(Number.POSITIVE_INFINITY), normalCdf(Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
    expect([studentTSf(Number.POSITIVE_INFINITY, 3), studentTSf(Number.NEGATIVE_INFINITY, 3)]).toEqual([0, 1]);
    expect(chiSquareSf(Number.POSITIVE_INFINITY, 2)).toBe(0);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect([studentTQuantile(0.5, 3), normalQuantile(0.5)]).toEqual([0, 0]);
    expect(normalTwoSidedP(0)).toEqual({ p: 1, log10P: 0 });
    expect([incompleteBeta(0, 2, 3).lower, incompleteBeta(1, 2, 3).lower]).toEqual([0, 1]);
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
  });

  it('examples of the docstrings hold', () => {
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300946, 17);
    expect(normalSf(8)).toBeCloseTo(6.220960574271784e-16, 28);
    expect(normalLogSf(1000)).toBeCloseTo(-500007.82669481216, 8);
    expect(normalTwoSidedP(-40).log10P).toBeCloseTo(-349.13597646368186, 9);
    expect(studentTSf(2.5, 2)).toBeCloseTo(0.0648058601107554, 15);
    expect(studentTLogSf(30, 500)).toBeCloseTo(-261.2117841546752, 10);
    expect(chiSquareSf(10.827566170662733, 1)).toBeCloseTo(0.001, 15);
    expect(chiSquareLogSf(60, 2)).toBeCloseTo(-30, 12);
    expect(betaQuantile(0.025, 11, 91)).toBeCloseTo(0.055637223835302986, 14);
    expect(incompleteBeta(0.5, 2, 3).lower).toBeCloseTo(0.6875, 14);
    expect(incompleteGamma(5, 2).upper).toBeCloseTo(0.9473469826562889, 14);
    expect(logGamma(10)).toBeCloseTo(12.801827480081469, 13);
    expect(logBeta(2, 3)).toBeCloseTo(-Math.log(12), 14);
  });

  it.each<[string, () => unknown]>([
    ['z must be a number, got NaN', () => normalSf(Number.NaN)],
    ['p must be from 0 to 1, got 1.5', () => normalQuantile(1.5)],
    ['t must be a number, got NaN', () => studentTSf(Number.NaN, 3)],
    ['df must be a finite number above 0, got 0', () => studentTSf(1, 0)],
    ['df must be a finite number above 0, got -1', () => studentTQuantile(0.5, -1)],
    ['x must be a number of at least 0, got -1', () => chiSquareSf(-1, 1)],
    ['x must be from 0 to 1, got 2', () => incompleteBeta(2, 1, 1)],
    ['a must be above 0 and at most 1000000000000, got 0', () => incompleteGamma(0, 1)],
    ['b must be a finite number above 0, got NaN', () => logBeta(1, Number.NaN)],
    ['x must be a finite number above 0, got 0', () => logGamma(0)],
  ])('refuses by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});
