import { expect, it } from 'vitest';
import type { ExperimentRow, PhaseRow } from '../../server/experiments/experiment-store.ts';
import { phaseInputs } from '../../server/experiments/phase-inputs.ts';

type Metric = ExperimentRow['metrics'][number];

const metric = (given: Partial<Metric>): Metric =>
  ({
    id: 1,
    kind: 'mean',
    measureId: 1,
    outcome: 'spend',
    windowSeconds: 3600,
    denominatorId: null,
    denominatorOutcome: null,
    proxyForId: null,
    ...given,
  }) as Metric;

function inputsOf(metrics: Metric[], covariates: PhaseRow['plan']['covariates'] = null, segments: string[] = []) {
  const experiment = { metrics, segments, timeoutMs: 60_000 } as unknown as ExperimentRow;
  return phaseInputs(experiment, { plan: { latenessSeconds: 30, covariates } } as PhaseRow);
}

it('freezes every measure once, with the longest allowance among its metrics', () => {
  const inputs = inputsOf([
    metric({ measureId: 7 }),
    metric({ id: 2, kind: 'ratio', measureId: 7, denominatorId: 5, denominatorOutcome: 'assay.ms' }),
  ]);
  // A ratio over call records waits for records that never come, in both of its measures.
  expect(inputs.measures).toEqual([
    { measureId: 7, windowSeconds: 3600, latenessSeconds: 180 },
    { measureId: 5, windowSeconds: 3600, latenessSeconds: 180 },
  ]);
});

it('pairs a ratio with its denominator and a proxy with its business metric, smaller id first', () => {
  const inputs = inputsOf([
    metric({ id: 1, kind: 'ratio', measureId: 9, denominatorId: 4 }),
    metric({ id: 2, kind: 'ratio', measureId: 4, denominatorId: 9 }),
    metric({ id: 3, kind: 'ratio', measureId: 6, denominatorId: 6 }),
    metric({ id: 4, measureId: 2, proxyForId: 1 }),
    metric({ id: 5, measureId: 3, proxyForId: 99 }),
  ]);
  expect(inputs.pairs).toEqual([
    { measureA: 4, measureB: 9 },
    { measureA: 2, measureB: 9 },
  ]);
});

it('takes as covariates what adjusted metrics measure, by id, and then attributes; call records never', () => {
  const metrics = [
    metric({ id: 1, kind: 'ratio', measureId: 9, denominatorId: 4, denominatorOutcome: 'visit' }),
    metric({ id: 2, kind: 'proportion', measureId: 2 }),
    metric({ id: 3, kind: 'proportion', measureId: 3, outcome: 'assay.error' }),
    metric({ id: 4, kind: 'quantile', measureId: 5 }),
    metric({ id: 5, kind: 'rank', measureId: 6 }),
    metric({ id: 6, kind: 'mean', measureId: 2 }),
  ];
  const measure = (measureId: number) => ({ measureId, attribute: null, days: 14 });
  const attribute = { measureId: null, attribute: 'score', days: null };
  expect(inputsOf(metrics, { days: 14, attributes: ['score', 'score'] }).covariates).toEqual([
    measure(2),
    measure(4),
    measure(9),
    attribute,
  ]);
  expect(inputsOf(metrics, { days: 0, attributes: ['score'] }).covariates).toEqual([attribute]);
  expect(inputsOf(metrics).covariates).toEqual([]);
});

it('breaks down by each declared attribute once', () => {
  expect(inputsOf([metric({})], null, ['country', 'tier', 'country']).segments).toEqual(['country', 'tier']);
});
