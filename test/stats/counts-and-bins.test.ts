import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Bin,
  brunnerMunzel,
  brunnerMunzelOfCounts,
  bucketedQuantile,
  clusteredQuantile,
  mannWhitney,
  mannWhitneyOfCounts,
  quantileBin,
  sampleQuantile,
  type ValueCount,
} from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

const sample = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 });

/** Counts made without the library, in an order of their own, with a value that never occurs. */
function countsOf(control: readonly number[], treatment: readonly number[]): ValueCount[] {
  const times = (values: readonly number[], value: number) => values.filter((each) => each === value).length;
  return [3, -5, 0, 5, 1, -1, 2, 99, -2, -3, 4, -4].map((value) => ({
    value,
    control: times(control, value),
    treatment: times(treatment, value),
  }));
}

describe('rank tests of counts', () => {
  it('are those of the values counted', () => {
    fc.assert(
      fc.property(sample, sample, (control, treatment) => {
        const counts = countsOf(control, treatment);
        expect(mannWhitneyOfCounts(counts)).toEqual(mannWhitney(control, treatment));
        expect(brunnerMunzelOfCounts(counts)).toEqual(brunnerMunzel(control, treatment));
      }),
      PROPERTY,
    );
  });

  it('turn their sign with the arms, and take a million values', () => {
    const counts = [0, 1, 2, 3, 4].map((value) => ({ value, control: 100_000, treatment: 90_000 + 5_000 * value }));
    const swapped = counts.map(({ value, control, treatment }) => ({ value, control: treatment, treatment: control }));
    const [one, other] = [brunnerMunzelOfCounts(counts), brunnerMunzelOfCounts(swapped)];
    const shift = mannWhitneyOfCounts(counts);
    if (one.status !== 'ok' || other.status !== 'ok' || shift.status !== 'ok') throw new Error('expected ok');
    expect(one.superiority - 0.5).toBeCloseTo(0.5 - other.superiority, 14);
    expect(one.superiority).toBeCloseTo(0.52, 10);
    expect(one.standardError).toBeGreaterThan(0);
    expect(shift.exact).toBeNull();
    expect(shift.shift).toBe(0);
  });

  it('the interval by the normal approximation is close to the exact one, and holds the shift', () => {
    const control = Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) * 1.01);
    const treatment = Array.from({ length: 50 }, (_, i) => ((i * 29) % 53) * 1.3 + 7);
    const test = mannWhitney(control, treatment);
    if (test.status !== 'ok' || test.interval === null) throw new Error('expected an exact interval');
    const { approximateInterval: got, interval, shift } = test;
    expect(Math.abs(got.lower - interval.lower)).toBeLessThan(0.5);
    expect(Math.abs(got.upper - interval.upper)).toBeLessThan(0.5);
    expect(got.lower).toBeLessThan(shift);
    expect(got.upper).toBeGreaterThan(shift);
  });

  it('refuse counts that are none', () => {
    const counts = [{ value: 1, control: 2, treatment: 2 }];
    expect(() => mannWhitneyOfCounts([...counts, ...counts])).toThrow('got 1 twice');
    expect(() => brunnerMunzelOfCounts([{ value: Number.NaN, control: 1, treatment: 1 }])).toThrow('values[0].value');
    expect(() => brunnerMunzelOfCounts([{ value: 1, control: -1, treatment: 1 }])).toThrow('values[0].control');
    expect(() => mannWhitneyOfCounts([{ value: 1, control: 1, treatment: 0.5 }])).toThrow('values[0].treatment');
    expect(brunnerMunzelOfCounts([]).status).toBe('insufficient');
    expect(mannWhitneyOfCounts(counts).status).toBe('no_variance');
  });
});

/** Bins of one value each, and buckets counted up to the quantile. */
function binned(buckets: readonly (readonly number[])[], p: number) {
  const all = buckets.flat();
  const values = [...new Set(all)].sort((a, b) => a - b);
  const bins: Bin[] = values.map((value) => ({
    lower: value,
    middle: value,
    upper: value,
    n: all.filter((each) => each === value).length,
  }));
  const limit = bins[quantileBin(bins, p)]!.upper;
  return { bins, buckets: buckets.map((b) => ({ n: b.length, within: b.filter((each) => each <= limit).length })) };
}

describe('a quantile from bins and buckets', () => {
  const buckets = fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }), {
    minLength: 3,
    maxLength: 40,
  });

  it('is the clustered quantile where a bin is one value', () => {
    fc.assert(
      fc.property(buckets, fc.constantFrom(0.1, 0.5, 0.9, 0.95), (given, p) => {
        fc.pre(given.flat().length > 0);
        const made = binned(given, p);
        const expected = clusteredQuantile(given, p);
        const got = bucketedQuantile(made.bins, made.buckets, p);
        expect(got.status).toBe(expected.status);
        if (got.status !== 'ok' || expected.status !== 'ok') return;
        expect(got.quantile).toBe(sampleQuantile(given.flat(), p, 1));
        expect(got.quantile).toBe(expected.quantile);
        expect(got.shareError).toBeCloseTo(expected.shareError, 14);
        expect(got.lower).toBe(expected.cut.lower ? null : expected.interval.lower);
        expect(got.upper).toBe(expected.cut.upper ? null : expected.interval.upper);
        if (got.standardError !== null) expect(got.standardError).toBeCloseTo(expected.standardError, 12);
      }),
      PROPERTY,
    );
  });

  it('refuses bins and buckets that do not add up', () => {
    const bins = [
      { lower: 0, upper: 1, middle: 0.5, n: 3 },
      { lower: 1, upper: 2, middle: 1.5, n: 1 },
    ];
    const pair = [
      { n: 2, within: 2 },
      { n: 2, within: 1 },
    ];
    expect(bucketedQuantile(bins, pair, 0.5).status).toBe('ok');
    expect(() => bucketedQuantile(bins, [{ n: 4, within: 4 }], 0.5)).toThrow('got 4, 4');
    expect(() => bucketedQuantile(bins, [{ n: 2, within: 3 }], 0.5)).toThrow('buckets[0].within');
    expect(() => bucketedQuantile([...bins].reverse(), pair, 0.5)).toThrow('bins[1]');
    expect(() => bucketedQuantile([], [], 0.5)).toThrow('bins');
    expect(() => bucketedQuantile(bins, pair, 1)).toThrow(RangeError);
    expect(() => bucketedQuantile(bins, pair, 0.5, { level: 0 })).toThrow('level');
    expect(() => quantileBin([{ lower: 0, upper: 1, middle: 0.5, n: 0 }], 0.5)).toThrow('must hold values');
  });
});
