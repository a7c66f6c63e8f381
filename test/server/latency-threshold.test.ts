import { expect, it } from 'vitest';
import { upperQuantile } from '../../server/experiments/latency-threshold.ts';

const binOf = (ms: number) => Math.ceil(Math.log(ms / 1e-6) / 0.01);

it('is the upper edge of the bin of the quantile, at most 1 % above the call itself', () => {
  const calls = Array.from({ length: 1000 }, (_, i) => ({ bin: binOf(i + 1), calls: 1 }));
  for (const [quantile, ms] of [
    [0.5, 500],
    [0.95, 950],
    [0.999, 999],
  ] as const) {
    const threshold = upperQuantile(calls, quantile);
    expect(threshold).toBeGreaterThanOrEqual(ms * 0.995);
    expect(threshold).toBeLessThanOrEqual(ms * 1.015);
  }
});

it('weighs bins by their calls', () => {
  const times = [
    { bin: binOf(10), calls: 950 },
    { bin: binOf(300), calls: 50 },
  ];
  expect(upperQuantile(times, 0.95)).toBeCloseTo(10, 0);
  expect(upperQuantile(times, 0.951)).toBeGreaterThan(299);
  expect(() => upperQuantile([], 0.95)).toThrow(RangeError);
});
