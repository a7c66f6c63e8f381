import { expect, it } from 'vitest';
import { calibrationPage } from '../../scripts/calibrate/calibration-page.ts';
import { atLeast, atMost, average, equal, exactly, isMet, share } from '../../scripts/calibrate/check.ts';
import { withError } from '../../scripts/calibrate/line-text.ts';
import { nextWordOf, randomStream } from '../../scripts/calibrate/random-stream.ts';
import { themes } from '../../scripts/calibrate/themes.ts';
import { chiSquareSf } from '../../stats/index.ts';

/** p of the chi-square test that counts come from these probabilities; cells of few are put together. */
function fitP(counts: number[], probabilities: number[], draws: number): number {
  let [sum, cells, restCount, restExpected] = [0, 0, 0, 0];
  probabilities.forEach((p, k) => {
    const [count, expected] = [counts[k] ?? 0, p * draws];
    if (expected < 10) [restCount, restExpected] = [restCount + count, restExpected + expected];
    else [sum, cells] = [sum + (count - expected) ** 2 / expected, cells + 1];
  });
  if (restExpected > 1) [sum, cells] = [sum + (restCount - restExpected) ** 2 / restExpected, cells + 1];
  return chiSquareSf(sum, cells - 1);
}

function binomial(n: number, p: number): number[] {
  const masses = [(1 - p) ** n];
  for (let x = 0; x < n; x++) masses.push(((masses[x] ?? 0) * (n - x) * p) / ((x + 1) * (1 - p)));
  return masses;
}

it('draws the words of xoshiro128** of its authors', () => {
  const next = nextWordOf(Uint32Array.of(1, 2, 3, 4));
  expect([next(), next(), next(), next()]).toEqual([11520, 0, 5927040, 70819200]);
});

it('repeats itself by seed and name, and differs by either', () => {
  const first = (seed: number, name: string) => randomStream(seed, name).uniform();
  expect(first(1, 'a')).toBe(first(1, 'a'));
  expect(new Set([first(1, 'a'), first(2, 'a'), first(1, 'b')]).size).toBe(3);
});

it('draws binomial numbers by inversion and by rejection as often as it should', () => {
  const random = randomStream(1, 'binomial');
  for (const [n, p] of [
    [30, 0.1],
    [100, 0.3],
    [100, 0.85],
  ] as const) {
    const counts = Array<number>(n + 1).fill(0);
    for (let k = 0; k < 100_000; k++) counts[random.binomial(n, p)]! += 1;
    expect(fitP(counts, binomial(n, p), 100_000)).toBeGreaterThan(1e-4);
    expect(fitP(counts, binomial(n, p + 0.01), 100_000)).toBeLessThan(1e-4);
  }
});

it('draws normal, chi-square and beta numbers with the right moments', () => {
  const random = randomStream(1, 'moments');
  const many = (draw: () => number) => Float64Array.from({ length: 100_000 }, draw);
  for (const [draw, mean] of [
    [random.normal, 0],
    [() => random.normal() ** 2, 1],
    [() => random.normal() ** 4, 3],
    [() => random.chiSquare(0.5), 0.5],
    [() => random.chiSquare(9) ** 2, 99],
    [() => random.beta(2, 6), 0.25],
    [() => random.beta(0.2, 0.8) ** 2, 0.12],
  ] as const) {
    const values = many(draw);
    expect(isMet(average('', values, equal(mean, '')))).toBe(true);
    expect(isMet(average('', values, equal(1.2 * mean + 0.1, '')))).toBe(false);
  }
});

it('accepts four combined standard errors and no more', () => {
  const line = (observed: number) => ({
    label: '',
    observed,
    standardError: 0.003,
    target: equal(0.05, '', { standardError: 0.004, rounding: 0.001 }),
  });
  expect([0.0291, 0.0289, 0.0709, 0.0711].map((each) => isMet(line(each)))).toEqual([true, false, true, false]);
  expect(isMet(exactly('', 0.0500001, equal(0.05, '')))).toBe(false);
});

it('holds limits on one side only', () => {
  expect([30, 90].map((hits) => isMet(share('', hits, 1000, atMost(0.05, ''))))).toEqual([true, false]);
  expect([30, 90].map((hits) => isMet(share('', hits, 1000, atLeast(0.07, ''))))).toEqual([false, true]);
});

it('does not take no hits in few runs for certainty', () => {
  expect(isMet(share('', 0, 100, equal(0.01, '')))).toBe(true);
  expect(isMet(share('', 0, 10_000, equal(0.01, '')))).toBe(false);
});

it('shows as many digits as the error allows', () => {
  expect(withError(0.050123, 0.00154)).toBe('0.0501 ± 0.0015');
  expect(withError(354.4, 18.2)).toBe('354 ± 18');
  expect(withError(0.2196459983611256, 0)).toBe('0.219646');
});

it('has a name of its own for each check, and says in the page what failed', () => {
  const names = themes.flatMap(({ checks }) => checks.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  const check = { name: 'a-check', world: 'A world.', runs: { quick: 1, full: 1 }, measure: () => [] };
  const lines = [exactly('good', 0.05, equal(0.05, 'a book')), exactly('bad', 0.07, atMost(0.05, 'a book'))];
  const page = calibrationPage([{ title: 'A theme', checks: [{ check, runs: 2000, lines }] }], {
    seed: 7,
    date: new Date('2026-01-02T03:04:05Z'),
  });
  expect(page).toContain('--seed 7` on 2026-01-02: **1 ok, 1 failed**');
  expect(page).toContain('| good | 0.05 | 0.05 | a book | ok |');
  expect(page).toContain('| bad | 0.07 | ≤ 0.05 | a book | **FAILED** |');
  expect(page).toContain('A world. 2 000 runs.');
});
