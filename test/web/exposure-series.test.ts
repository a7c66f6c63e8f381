import { describe, expect, it } from 'vitest';
import { bucketCount, exposureSeries } from '../../web/charts/exposure-series.ts';

const exposures = {
  bucketSeconds: 3600,
  points: [
    { at: '2026-01-01T00:00:00Z', variant: 'a', units: 3 },
    { at: '2026-01-01T02:00:00Z', variant: 'a', units: 4 },
    { at: '2026-01-01T01:00:00Z', variant: 'b', units: 5 },
  ],
};
const unitsOf = (variant: string, cumulative: boolean) =>
  exposureSeries(exposures, ['a', 'b'], cumulative)
    .filter((point) => point.variant === variant)
    .map((point) => point.units);

describe('exposures over time', () => {
  it('has a zero where the server sent no point', () => {
    expect(unitsOf('a', false)).toEqual([3, 0, 4]);
    expect(unitsOf('b', false)).toEqual([0, 5, 0]);
  });

  it('adds up when cumulative', () => {
    expect(unitsOf('a', true)).toEqual([3, 3, 7]);
    expect(unitsOf('b', true)).toEqual([0, 5, 5]);
  });

  it('is empty without points', () => {
    expect(exposureSeries({ bucketSeconds: 60, points: [] }, ['a'], false)).toEqual([]);
  });

  it('counts buckets, not points', () => {
    expect(bucketCount(exposureSeries(exposures, ['a', 'b'], false))).toBe(3);
  });
});
