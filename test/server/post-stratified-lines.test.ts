import { expect, it } from 'vitest';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import type { SegmentSums } from '../../server/analysis/report-store.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import { momentsOf } from '../../stats/index.ts';
import { metricOf, NO_ROWS, units } from './sample-arms.ts';

const phase = { assignment: 'hash', plan: { level: 0.95, covariates: null } } as PhaseRow;
const segmentValues = [
  { id: 1, attribute: 'country', value: 'GB' },
  { id: 2, attribute: 'country', value: null },
];
/** Two countries far apart, more of the low one among the new: without strata the new looks worse. */
const data: Record<1 | 2, number[][]> = {
  1: [
    [1, 2, 3],
    [11, 12, 13, 12],
  ],
  2: [
    [2, 3, 4, 3],
    [12, 13, 14],
  ],
};

function segmentsOf(values: typeof data): SegmentSums[] {
  return ([1, 2] as const).flatMap((variantId) =>
    values[variantId].map((list, k) => {
      const { n, mean, m2 } = momentsOf(list);
      return { segmentId: k + 1, measureId: 1, variantId, units: n, sum: n * mean, mean, m2 };
    }),
  );
}

function linesOf(values: typeof data) {
  const rows = { ...NO_ROWS, segmentValues, segments: segmentsOf(values) };
  const [control, arm] = [units('old', values[1].flat()), units('new', values[2].flat())];
  const metric = metricOf('mean');
  return compareArms({ metric, control, arm, rows, phase, level: 0.95, occasion: 'look' }).comparison;
}

it('compares within the values of an attribute, which takes away what they explain', () => {
  const { difference, others } = linesOf(data);
  expect(difference?.estimate).toBeLessThan(0);
  const [line] = others;
  expect(line?.method).toMatch(/^post-stratified by country \(variance −9\d\.\d %\)$/);
  expect(((line?.interval?.lower ?? 0) + (line?.interval?.upper ?? 0)) / 2).toBeCloseTo(1, 12);
  expect(line?.pValue).toBeLessThan(0.2);
});

it('leaves an attribute out of which a value has fewer than two units in an arm', () => {
  expect(linesOf({ ...data, 2: [[2], data[2][1] ?? []] }).others).toEqual([]);
});
