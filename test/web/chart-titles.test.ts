import { describe, expect, it } from 'vitest';
import type { Distribution } from '../../server/contract/distribution-contract.ts';
import type { Comparison } from '../../server/contract/report-contract.ts';
import {
  estimatesTitle,
  exposuresTitle,
  liftTitle,
  linesTitle,
  looksTitle,
  scoresTitle,
} from '../../web/charts/chart-titles.ts';
import { distributionSeries, distributionTitle } from '../../web/charts/distribution-series.ts';
import { scoreBins } from '../../web/charts/score-bins.ts';
import { sampleComparison, sampleMetric } from './report-samples.ts';

const wide = (text: string) => text.replaceAll('\u202f', ' ').replaceAll('\u2212', '-');

const lift = (estimate: number, over: Partial<Comparison> = {}) =>
  sampleComparison({
    relative: {
      estimate,
      set: { shape: 'bounded', lower: estimate - 0.02, upper: estimate + 0.02 },
      method: 'Fieller',
    },
    significant: false,
    ...over,
  });
const titleOf = (...comparisons: Comparison[]) => wide(liftTitle([sampleMetric({ comparisons })]));

describe('the sentence over the lifts', () => {
  it('says the direction, the size, and whether it is more than noise', () => {
    expect(titleOf(lift(0.021))).toBe('Clicks is up 2.1 %, still within noise');
    expect(titleOf(lift(-0.05, { significant: true }))).toBe('Clicks is down 5.0 %, more than noise');
    expect(titleOf(lift(0, { significant: false }))).toBe('Clicks is where it was, still within noise');
  });

  it('never judges what is live, or waits for the last look', () => {
    expect(titleOf(lift(0.021, { status: 'live', significant: null }))).toMatch(/live and not for decisions$/);
    expect(titleOf(lift(0.021, { status: 'look', significant: null }))).toMatch(/which the last look decides$/);
  });

  it('names the challenger where there are several, and counts what is more than noise', () => {
    expect(titleOf(lift(0.021), lift(0.05, { variant: 'newer', significant: true }))).toBe(
      'Clicks is up 2.1 % with new, still within noise; 1 of 2 lifts is more than noise',
    );
  });

  it('takes the primary metric first, and none where there is too little data', () => {
    const guardrail = sampleMetric({ role: 'guardrail', name: 'Errors', comparisons: [lift(0.5)] });
    expect(liftTitle([guardrail, sampleMetric({ comparisons: [lift(0.1)] })])).toMatch(/^Clicks is up/);
    expect(titleOf(lift(0.1, { status: 'insufficient' }))).toBe('There is too little data to tell a lift');
  });
});

describe('the sentence over other charts', () => {
  const row = (name: string, estimate: number, half: number | null) => ({
    id: name,
    name,
    estimate,
    interval: half === null ? null : { lower: estimate - half, upper: estimate + half },
    colour: 'red',
    text: `${estimate}`,
  });

  it('sorts intervals by the side of the line on which they lie', () => {
    expect(estimatesTitle([row('a', 2, 1), row('b', -3, 1), row('c', 1, 5), row('d', 9, null)], 0)).toBe(
      'Above 0: a; below 0: b; could be either side of 0: c and d',
    );
  });

  it('tells the numbers themselves where there is no line', () => {
    expect(estimatesTitle([row('a', 2, 1), row('b', 3, 1)], null)).toBe('a 2 and b 3');
    expect(
      estimatesTitle(
        ['a', 'b', 'c', 'd'].map((name, place) => row(name, place, 1)),
        null,
      ),
    ).toBe('Estimates reach from 0 (a) to 3 (d)');
  });

  it('tells the last look, of how many', () => {
    const look = (number: number, estimate: number) => ({
      variant: 'new',
      number,
      at: '2026-01-01T00:00:00Z',
      units: 100,
      estimate,
      interval: { lower: estimate - 0.01, upper: estimate + 0.01 },
      pValue: null,
    });
    const metric = sampleMetric({ kind: 'proportion', looks: [look(1, 0.5), look(2, 0.03)] });
    expect(wide(looksTitle(metric, 5))).toBe('Clicks after look 2 of 5: new +3.0 pp (2.0 to 4.0)');
    expect(wide(looksTitle(metric, null))).toMatch(/^Clicks after look 2:/);
  });

  it('tells how many units came, or how fast', () => {
    const totals = [
      { variant: 'old', units: 300 },
      { variant: 'new', units: 100 },
    ];
    expect(wide(exposuresTitle(totals, 8, 'hour', true))).toBe('400 units so far: old 300 (75 %) and new 100 (25 %)');
    expect(exposuresTitle(totals, 8, 'hour', false)).toBe('400 units came, 50 per hour on average');
  });

  it('tells where lines end, whatever the order of their points', () => {
    const point = (name: string, day: number, value: number) => ({ at: new Date(2026, 0, day), name, value });
    const points = [point('a', 3, 60), point('b', 3, 40), point('a', 1, 50)];
    expect(linesTitle(points, 'Share of units, %', (value) => `${value} %`)).toBe(
      'Share of units at the end: a 60 % and b 40 %',
    );
    const timed = points.map((one) => ({ ...one, value: one.value / 9 }));
    expect(wide(linesTitle(timed, 'Mean time of a call, ms'))).toBe(
      `Mean time of a call at the end: a ${(60 / 9).toFixed(2)} ms and b ${(40 / 9).toFixed(2)} ms`,
    );
  });

  it('tells how much of two distributions is shared, and their medians', () => {
    const bins = scoreBins({ lower: 0, upper: 1, champion: [10, 10, 0, 0], candidate: [0, 10, 10, 0] });
    expect(wide(scoresTitle(bins))).toBe(
      '50 % of the two distributions is shared; the median score is 0.250 (champion) and 0.500 (candidate)',
    );
  });
});

describe('the spread of a metric', () => {
  const bar = (lower: number, upper: number, ...values: number[]) => ({ lower, upper, values });
  const spread: Distribution = {
    ...{ metric: 'spend', phase: 0, computedAt: '2026-11-12T14:00:00Z', values: 'unit' },
    variants: [
      { variant: 'old', count: 10, shareAtZero: 0.6, min: 0, max: 8 },
      { variant: 'new', count: 10, shareAtZero: 0.2, min: 0, max: 8 },
    ],
    bars: [bar(-1e-6, 1e-6, 6, 2), bar(1, 2, 4, 0), bar(4, 8, 0, 8)],
  };

  it('says where the middles are, and how many lie at 0', () => {
    expect(distributionTitle('Spend', spread).replaceAll('\u202f', ' ')).toBe(
      'Spend: the middle unit of old 0, of new 5.50; at 0 are 60 % of old, 20 % of new',
    );
  });

  it('draws shares of each variant, with 0 between bars that the server left out', () => {
    const { steps } = distributionSeries(spread);
    expect(steps.map(({ variant, lower, upper, share }) => [variant, lower, upper, share])).toEqual([
      ['old', 1, 2, 40],
      ['old', 2, 4, 0],
      ['old', 4, 8, 0],
      ['new', 1, 2, 0],
      ['new', 2, 4, 0],
      ['new', 4, 8, 80],
    ]);
  });
});
