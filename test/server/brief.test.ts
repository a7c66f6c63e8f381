import { expect, it } from 'vitest';
import { sparklineOf } from '../../server/analysis/brief.ts';
import { ratioAlarmSince } from '../../server/analysis/ratio-alarm-since.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { phaseToContract } from '../../server/experiments/experiment-contract.ts';
import { phaseOf, START } from './report-fixture.ts';

const HOUR = 3_600_000;
const hour = (n: number) => new Date(START.getTime() + n * HOUR).toISOString();

/** A report with so many units of both variants in each hour; null: an hour without any. */
function reportOf(hours: ([number, number] | null)[], now = hours.length): Report {
  const points = hours.flatMap((units, n) =>
    units
      ? [
          { at: hour(n), variant: 'new', units: units[0] },
          { at: hour(n), variant: 'old', units: units[1] },
        ]
      : [],
  );
  const phase = phaseToContract(phaseOf({}));
  return { exposures: { bucketSeconds: 3600, points }, computedAt: hour(now), phase, delivery: null } as never;
}

it('adds variants up, and shows hours without units as zeros up to now', () => {
  expect(sparklineOf(reportOf([[2, 3], null, [1, 0]], 4.5))).toEqual({
    from: hour(0),
    bucketSeconds: 3600,
    counts: [5, 0, 1, 0, 0],
    of: 'units',
  });
  expect(sparklineOf(reportOf([]))).toBeNull();
});

it('widens its buckets for a long phase, and loses no unit', () => {
  const line = sparklineOf(reportOf(Array.from({ length: 500 }, () => [1, 1] as [number, number])));
  expect(line?.bucketSeconds).toBe(13 * 3600);
  expect(line?.counts.length).toBeLessThanOrEqual(40);
  expect(line?.counts.reduce((sum, each) => sum + each, 0)).toBe(1000);
});

it('tells since when the units have been split unevenly, not before they were', () => {
  const even = Array.from({ length: 5 }, () => [500, 500] as [number, number]);
  const uneven = Array.from({ length: 5 }, () => [300, 700] as [number, number]);
  expect(ratioAlarmSince(reportOf(even))).toBeNull();
  expect(ratioAlarmSince(reportOf([...even, ...uneven]))).toBe(hour(5));
  // An alarm that went away is not told.
  const back = Array.from({ length: 10 }, () => [700, 300] as [number, number]);
  expect(ratioAlarmSince(reportOf([...uneven, ...back.slice(0, 5), ...even]))).toBeNull();
});
