import jstat from 'jstat';
import { expect, it } from 'vitest';
import { chiSquareSf, normalCdf, normalQuantile, studentTSf } from '../../stats/index.ts';

/** jstat is an independent implementation: good in the middle, and the reason why tails are not taken from it. */
const { normal, studentt, chisquare } = jstat;
const close = (actual: number, expected: number, relative: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

it('agrees with jstat where jstat is accurate', () => {
  for (const z of [-3, -1.2, 0, 0.4, 2.5]) close(normalCdf(z), normal.cdf(z, 0, 1), 1e-9);
  for (const p of [0.01, 0.3, 0.5, 0.975]) expect(normalQuantile(p)).toBeCloseTo(normal.inv(p, 0, 1), 8);
  for (const df of [3, 12.5, 200])
    for (const t of [-2, 0.3, 1.9]) close(studentTSf(t, df), 1 - studentt.cdf(t, df), 1e-6);
  for (const df of [1, 3, 10]) for (const x of [0.5, 2, 9]) close(chiSquareSf(x, df), 1 - chisquare.cdf(x, df), 1e-6);
});

it('still has digits in the tail where jstat has none', () => {
  expect(normal.cdf(-8.5, 0, 1)).toBe(0);
  close(normalCdf(-8.5), 9.479534822203318e-18, 1e-12);
});
