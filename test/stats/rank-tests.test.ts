import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brunnerMunzel, kolmogorovSmirnov, mannWhitney } from '../../stats/index.ts';
import reference from './fixtures/rank-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${result.status}`);
  return result as Extract<T, { status: 'ok' }>;
}

/** All ways to choose which of the values are treatment's. */
function* arrangements(values: readonly number[], nB: number): Generator<{ a: number[]; b: number[] }> {
  for (let mask = 0; mask < 2 ** values.length; mask++) {
    const b = values.filter((_, index) => (mask >> index) % 2 === 1);
    if (b.length === nB) yield { a: values.filter((_, index) => (mask >> index) % 2 === 0), b };
  }
}

const pairsAbove = (a: readonly number[], b: readonly number[]): number =>
  a.flatMap((x) => b.map((y): number => (y > x ? 1 : y === x ? 0.5 : 0))).reduce((sum, value) => sum + value, 0);

function gap(a: readonly number[], b: readonly number[]): number {
  const share = (values: readonly number[], t: number): number => values.filter((v) => v <= t).length / values.length;
  return Math.max(...[...a, ...b].map((t) => Math.abs(share(a, t) - share(b, t))));
}

const few = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });
const many = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 2, maxLength: 40 });

describe('Mann and Whitney, Brunner and Munzel, Kolmogorov and Smirnov', () => {
  it('exact p counts all arrangements of the values, with ties and without', () => {
    fc.assert(
      fc.property(few, few, (control, treatment) => {
        const test = mannWhitney(control, treatment);
        const values = [...control, ...treatment];
        expect(test.status === 'no_variance').toBe(new Set(values).size === 1);
        if (test.status === 'no_variance') return;
        const { exact, mean, u } = ok(test);
        const all = [...arrangements(values, treatment.length)].map(({ a, b }) => pairsAbove(a, b));
        const share = (counts: (other: number) => boolean): number => all.filter(counts).length / all.length;
        expect(u).toBe(pairsAbove(control, treatment));
        expect(exact!.p).toBeCloseTo(
          share((other) => Math.abs(other - mean) >= Math.abs(u - mean)),
          12,
        );
        expect(exact!.pGreater).toBeCloseTo(
          share((other) => other >= u),
          12,
        );
        expect(exact!.pLess).toBeCloseTo(
          share((other) => other <= u),
          12,
        );
      }),
      { ...PROPERTY, numRuns: 100 },
    );
  });

  it('one value against many equal ones loses no arrangement', () => {
    const { exact } = ok(mannWhitney([1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]));
    expect(exact!.pGreater).toBeCloseTo(13 / 14, 12);
    expect(exact!.pLess).toBeCloseTo(1, 12);
  });

  it.each(reference.pairs)('agrees with scipy to 12 digits', (pair) => {
    const { exact } = ok(mannWhitney(pair.cleanA, pair.cleanB));
    expect(relativeError(exact!.p, pair.exact[0]!)).toBeLessThan(1e-12);
    expect(relativeError(exact!.pGreater, pair.exact[1]!)).toBeLessThan(1e-12);
    expect(relativeError(exact!.pLess, pair.exact[2]!)).toBeLessThan(1e-12);
    expect(relativeError(ok(mannWhitney(pair.a, pair.b)).corrected.p, pair.corrected)).toBeLessThan(1e-12);
    const bm = ok(brunnerMunzel(pair.a, pair.b));
    expect(relativeError(Math.abs(bm.statistic), Math.abs(pair.statistic))).toBeLessThan(1e-12);
    expect(relativeError(bm.p, pair.p)).toBeLessThan(1e-12);
    expect(relativeError(ok(kolmogorovSmirnov(pair.cleanA, pair.cleanB)).exactP!, pair.ks)).toBeLessThan(1e-12);
  });

  it('far out: the only arrangement of 400 with all above has p = 2 / C(400, 200)', () => {
    const control = Array.from({ length: 200 }, (_, k) => k);
    const { p, log10P } = ok(
      mannWhitney(
        control,
        control.map((value) => value + 200),
      ),
    );
    // log10 C(400, 200) = 119.01271...
    let log = 0;
    for (let k = 1; k <= 200; k++) log += Math.log10((200 + k) / k);
    expect(relativeError(log10P, Math.log10(2) - log)).toBeLessThan(1e-13);
    expect(p).toBeGreaterThan(0);
  });

  it('the shift is the median of all differences, and its interval holds the achieved level', () => {
    fc.assert(
      fc.property(many, many, (control, treatment) => {
        const test = mannWhitney(control, treatment);
        if (test.status !== 'ok') return;
        const differences = control.flatMap((a) => treatment.map((b) => b - a)).sort((one, two) => one - two);
        const n = differences.length;
        expect(test.shift).toBe((differences[Math.floor((n - 1) / 2)]! + differences[Math.floor(n / 2)]!) / 2);
      }),
      PROPERTY,
    );
    const small = ok(mannWhitney([1, 2, 3], [4, 5, 6])).interval!;
    expect(small).toMatchObject({ lower: 1, upper: 5 });
    expect(small.achievedLevel).toBeCloseTo(0.9, 12);
  });

  it('where the level is reached, p is at most 1 - level exactly when the interval excludes 0', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: -300, max: 300 }), { minLength: 10, maxLength: 24 });
    fc.assert(
      fc.property(distinct, fc.integer({ min: -150, max: 150 }), (values, move) => {
        const half = Math.floor(values.length / 2);
        const [a, b] = [values.slice(0, half), values.slice(half).map((value) => value + move + 0.5)];
        const { exact, interval } = ok(mannWhitney(a, b));
        expect(interval!.achievedLevel).toBeGreaterThanOrEqual(0.95);
        expect(interval!.lower > 0 || interval!.upper < 0).toBe(exact!.p <= 0.05);
      }),
      PROPERTY,
    );
  });

  it('swapping the samples mirrors, and a rising change of all values changes no p', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        const one = mannWhitney(a, b);
        const two = mannWhitney(b, a);
        const cubed = mannWhitney(
          a.map((v) => v ** 3),
          b.map((v) => v ** 3),
        );
        if (one.status !== 'ok') return;
        expect(ok(two).cliffsDelta).toBeCloseTo(-one.cliffsDelta, 14);
        expect(ok(two).shift).toBe(0 - one.shift);
        expect(relativeError(ok(two).p, one.p)).toBeLessThan(1e-11);
        expect(ok(cubed).p).toBe(one.p);
        expect(ok(kolmogorovSmirnov(a, b)).distance).toBeCloseTo(ok(kolmogorovSmirnov(b, a)).distance, 14);
      }),
      { ...PROPERTY, numRuns: 60 },
    );
  }, 30_000);

  it('Brunner and Munzel: p is below 1 - level exactly when the interval excludes a half', () => {
    fc.assert(
      fc.property(many, many, fc.constantFrom(0.5, 0.9, 0.99), (a, b, level) => {
        const test = brunnerMunzel(a, b, { level });
        if (test.status !== 'ok') return;
        expect(test.interval.lower > 0.5 || test.interval.upper < 0.5).toBe(test.p < 1 - level);
        expect(test.superiority).toBeCloseTo(pairsAbove(a, b) / (a.length * b.length), 13);
      }),
      PROPERTY,
    );
  });

  it('exact p of the largest gap counts all arrangements, looked at after ties only', () => {
    fc.assert(
      fc.property(few, few, (control, treatment) => {
        const { distance, exactP } = ok(kolmogorovSmirnov(control, treatment));
        expect(distance).toBeCloseTo(gap(control, treatment), 13);
        const all = [...arrangements([...control, ...treatment], treatment.length)];
        const share = all.filter(({ a, b }) => gap(a, b) >= distance - 1e-12).length / all.length;
        expect(exactP).toBeCloseTo(share, 12);
      }),
      { ...PROPERTY, numRuns: 100 },
    );
  });

  it("Kolmogorov's limit: 0.05 at 1.3581, both series meet, 1 for no distance", () => {
    const grid = (n: number, move: number) => Array.from({ length: n }, (_, k) => k + move);
    // two samples of 20000 moved against each other by d have the distance d / 20000
    const at = (lambda: number) =>
      ok(kolmogorovSmirnov(grid(20000, 0), grid(20000, Math.round(lambda * 200) - 0.5))).asymptoticP;
    expect(at(1.36)).toBeCloseTo(0.0495, 3);
    expect(at(0.305) - at(0.295)).toBeLessThan(1e-4);
    expect(ok(kolmogorovSmirnov([1, 2], [1, 2])).asymptoticP).toBe(1);
  });

  it('says what it cannot answer', () => {
    expect(mannWhitney([], [1])).toEqual({ status: 'insufficient', missing: 'control has 0 of at least 1 values' });
    expect(kolmogorovSmirnov([1], [])).toMatchObject({ status: 'insufficient' });
    expect(brunnerMunzel([1], [1, 2])).toMatchObject({ status: 'insufficient' });
    expect(brunnerMunzel([1, 2], [3, 4])).toEqual({ status: 'no_variance', superiority: 1 });
    expect(mannWhitney([3, 3], [3])).toMatchObject({ status: 'no_variance', superiority: 0.5, u: 1 });
    const tied = Array.from({ length: 300 }, (_, k) => k % 7);
    expect(ok(mannWhitney(tied, [...tied, 9]))).toMatchObject({ method: 'Mann–Whitney, normal', exact: null });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const test of [mannWhitney, brunnerMunzel, kolmogorovSmirnov]) {
        expect(() => test([1, bad], [2, 3])).toThrow(RangeError);
        expect(() => test([1, 2], [bad])).toThrow(RangeError);
      }
    }
    for (const level of [0, 1, Number.NaN]) {
      expect(() => mannWhitney([1], [2], { level })).toThrow(RangeError);
      expect(() => brunnerMunzel([1], [2], { level })).toThrow(RangeError);
    }
  });

  it('examples of the docstrings hold', () => {
    expect(ok(mannWhitney([1, 2, 3], [4, 5, 6])).exact!.p).toBeCloseTo(0.1, 12);
    expect(ok(brunnerMunzel([1, 2, 3, 4], [3, 4, 5, 6])).superiority).toBe(0.875);
    expect(ok(kolmogorovSmirnov([1, 2, 3], [4, 5, 6])).exactP).toBeCloseTo(0.1, 12);
  });
});
