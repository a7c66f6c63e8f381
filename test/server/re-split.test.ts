import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { mergeBins } from '../../server/analysis/distribution/merge-bins.ts';
import { type ReSplits, reSplit } from '../../server/analysis/distribution/re-split.ts';
import { binLimits } from '../../server/analysis/unit-job/log-bins.ts';
import { momentsOf } from '../../stats/index.ts';

function ok(found: ReturnType<typeof reSplit>): ReSplits {
  if ('missing' in found) throw new Error(found.missing);
  return found;
}

/** Units in 100 buckets; `shared` is what those of a bucket have in common. */
function bucketsOf(seed: number, units: number, value: (random: () => number, shared: number) => number) {
  const random = randomFrom(seed);
  const shared = Array.from({ length: 100 }, () => random());
  const buckets: number[][] = Array.from({ length: 100 }, () => []);
  for (let i = 0; i < units; i++) {
    const bucket = Math.floor(random() * 100);
    buckets[bucket]?.push(value(random, shared[bucket] ?? 0));
  }
  return buckets.map((each) => momentsOf(each));
}

describe('re-splits of one arm', () => {
  it.each([
    ['mean', (random: () => number) => 1e6 - 20 * Math.log(1 - random())],
    ['proportion', (random: () => number) => (random() < 0.1 ? 1 : 0)],
  ] as const)('find a %s different as rarely as promised, within the range in 95 of 100 experiments', (kind, value) => {
    const found = Array.from({ length: 150 }, (_, seed) =>
      ok(reSplit(bucketsOf(seed, 3_000, value), { kind, level: 0.95, splits: 300, seed })),
    );
    const inside = found.filter(({ rate, range }) => rate >= range.lower && rate <= range.upper).length;
    expect(inside).toBeGreaterThanOrEqual(134);
    expect(inside).toBeLessThan(150);
    const mean = found.reduce((sum, { rate }) => sum + rate, 0) / found.length;
    expect(mean).toBeGreaterThan(0.044);
    expect(mean).toBeLessThan(0.057);
  });

  it('show a test that takes units for independent which are not', () => {
    const buckets = bucketsOf(1, 20_000, (random, shared) => shared + random());
    const { rate, range } = ok(reSplit(buckets, { kind: 'mean', level: 0.95, splits: 1_000, seed: 1 }));
    expect(range.lower).toBeGreaterThan(0.01);
    expect(range.upper).toBeLessThan(0.1);
    expect(rate).toBeGreaterThan(0.5);
  });

  it('are the same for the same seed, others for another', () => {
    const buckets = bucketsOf(2, 5_000, (random) => random());
    const by = (seed: number) => ok(reSplit(buckets, { kind: 'mean', level: 0.8, splits: 1_000, seed }));
    expect(by(1)).toEqual(by(1));
    expect(by(1).rejected).not.toBe(by(2).rejected);
  });

  it('say what is missing', () => {
    const options = { level: 0.95, splits: 10, seed: 1 };
    const of = (kind: 'mean' | 'proportion', units: number, value: (random: () => number) => number) =>
      reSplit(bucketsOf(3, units, value), { kind, ...options });
    expect(of('mean', 900, (random) => random())).toEqual({
      missing: 'Re-splits need 1,000 mature units of the control: it has 900.',
    });
    expect(of('mean', 2_000, () => 7)).toEqual({ missing: expect.stringContaining('the same value') });
    expect(of('proportion', 2_000, () => 1)).toEqual({ missing: expect.stringContaining('without, the outcome') });
  });
});

describe('bars of a distribution', () => {
  const variants = [{ variantId: 4 }, { variantId: 9 }];

  it('hold every value once, at most sixty of them, side by side', () => {
    const counts = Array.from({ length: 4_000 }, (_, i) => ({
      variantId: i % 2 ? 4 : 9,
      bin: i - 1_000,
      n: 1 + (i % 3),
    }));
    const bars = mergeBins(counts, variants);
    expect(bars.length).toBeLessThanOrEqual(60);
    expect(bars.length).toBeGreaterThan(50);
    for (const [place, { variantId }] of variants.entries()) {
      const total = counts.reduce((sum, each) => sum + (each.variantId === variantId ? each.n : 0), 0);
      expect(bars.reduce((sum, { values }) => sum + (values[place] ?? 0), 0)).toBe(total);
    }
    bars.slice(1).forEach(({ lower }, i) => {
      expect(Math.abs(lower / (bars[i]?.upper ?? 0) - 1)).toBeLessThan(1e-9);
    });
    const zero = bars.find(({ lower, upper }) => lower < 0 && upper > 0);
    expect(zero).toEqual({ lower: -1e-6, upper: 1e-6, values: [0, 2] });
    for (const { bin, variantId } of counts) {
      const { middle } = binLimits(bin);
      const bar = bars.find(({ lower, upper }) => middle >= lower && middle <= upper);
      expect(bar?.values[variantId === 4 ? 0 : 1]).toBeGreaterThan(0);
    }
  });

  it('are the bins themselves where there are few', () => {
    const bars = mergeBins(
      [
        { variantId: 9, bin: 1500, n: 5 },
        { variantId: 4, bin: -7, n: 2 },
      ],
      variants,
    );
    expect(bars).toEqual([
      { lower: binLimits(-7).lower, upper: binLimits(-7).upper, values: [2, 0] },
      { lower: binLimits(1500).lower, upper: binLimits(1500).upper, values: [0, 5] },
    ]);
    expect(mergeBins([], variants)).toEqual([]);
  });
});
