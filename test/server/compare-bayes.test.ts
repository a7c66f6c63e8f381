import { expect, it } from 'vitest';
import { type BayesInput, bayesView } from '../../server/analysis/compare/bayes-view.ts';
import { probabilitiesBest } from '../../server/analysis/compare/probabilities-best.ts';
import { compareArms } from '../../server/analysis/compare-arms.ts';
import { groupSequentialCrossing, normalSf } from '../../stats/index.ts';
import { inputOf, means, metricOf, NO_ROWS, rates, rowsWithEffect, units } from './sample-arms.ts';

const mean = metricOf('mean');
const rate = metricOf('proportion');

function viewOf(compared: BayesInput['compared'], more: Partial<BayesInput> = {}) {
  return bayesView({ compared, prior: null, direction: 'increase', level: 0.95, information: [1], ...more });
}

it('states what stopping at "95 % likely better" costs at equal looks: 10, 38 and 46 % for 1, 14 and 28', () => {
  const compared = compareArms(inputOf(mean, means('old', 500, 10, 3), means('new', 500, 10.2, 3)));
  const cost = (looks: number) => {
    const information = Array.from({ length: looks }, (_, k) => k + 1);
    return viewOf(compared, { information })?.peekingCost;
  };
  expect(cost(1)).toBeCloseTo(0.1, 10);
  expect(cost(14)).toBeCloseTo(0.382, 3);
  expect(cost(28)).toBeCloseTo(0.461, 3);
  expect(cost(0)).toBe(null);
  expect(viewOf(compared, { information: [5, 5, 5 * (1 + 1e-9)] })?.peekingCost).toBeCloseTo(0.1, 10);
});

it('a prior around 0 makes the rule cheaper: with the weight of all data at one look, z must reach 1.645 √2', () => {
  const compared = compareArms(inputOf(mean, means('old', 500, 10, 3), means('new', 500, 10, 3)));
  const error = (0.3 / Math.sqrt(500)) * Math.sqrt(2);
  const cost = (information: number[], standardDeviation: number) =>
    viewOf(compared, { information, prior: { mean: 0, standardDeviation, experiments: 12 } })?.peekingCost;
  expect(cost([7], error)).toBeCloseTo(2 * normalSf(1.6448536 * Math.SQRT2), 8);
  const bounds = [4, 2.5, 2].map((square) => 1.6448536269514722 * Math.sqrt(square));
  const exact = groupSequentialCrossing(bounds, [10, 20, 30], { sides: 2 }).overall;
  expect(cost([10, 20, 30], error)).toBeCloseTo(exact, 10);
  expect(cost([10, 20, 30], 1000)).toBeCloseTo(viewOf(compared, { information: [10, 20, 30] })?.peekingCost ?? 0, 6);
});

it('draws a mean towards what past experiments found, and says from how many', () => {
  const compared = compareArms(inputOf(mean, means('old', 500, 10, 3), means('new', 500, 10.5, 3)));
  const flat = viewOf(compared);
  const drawn = viewOf(compared, { prior: { mean: 0, standardDeviation: 0.02, experiments: 12 } });
  // relative error by the delta method: 3 / sqrt(500) sqrt(1 + 1.05²) / 10
  const error = (0.3 / Math.sqrt(500)) * Math.sqrt(1 + 1.05 ** 2);
  expect(flat?.interval.upper).toBeCloseTo(0.05 + 1.959964 * error, 8);
  const trust = 0.02 ** 2 / (0.02 ** 2 + error ** 2);
  const centre = ((drawn?.interval.lower ?? 0) + (drawn?.interval.upper ?? 0)) / 2;
  expect(centre).toBeCloseTo(0.05 * trust, 8);
  expect(drawn?.probabilityBetter).toBeLessThan(flat?.probabilityBetter ?? 0);
  expect(drawn?.prior).toContain('From 12 past experiments');
});

it('rates under a flat prior: exact beta beliefs, also with no events in the control', () => {
  const compared = compareArms(inputOf(rate, rates('old', 10, 100), rates('new', 14, 100)));
  const view = viewOf(compared);
  expect(view?.probabilityBetter).toBeCloseTo(0.8034, 4);
  const none = viewOf(compareArms(inputOf(rate, rates('old', 0, 10_000), rates('new', 50, 10_000))));
  expect(none?.probabilityBetter).toBeCloseTo(1, 10);
  expect(none?.interval.lower).toBeGreaterThan(5);
  // closed form: under uniform rates P(B / A <= r) = r / 2 for r <= 1, so that the 2.5 % quantile of the ratio is 0.05
  const uniform = viewOf({ pair: null, counts: { control: { x: 0, n: 0 }, arm: { x: 0, n: 0 } } });
  expect(uniform?.interval.lower).toBeCloseTo(0.05 - 1, 6);
  expect(uniform?.interval.upper).toBeCloseTo(20 - 1, 3);
  expect(uniform?.expectedLoss.ifShipped).toBeCloseTo(1 / 6 / 0.5, 9);
});

it('falls back on a flat prior where the control has no events, as no relative effect is defined', () => {
  const compared = compareArms(inputOf(rate, rates('old', 0, 10_000), rates('new', 50, 10_000)));
  const view = viewOf(compared, { prior: { mean: 0, standardDeviation: 0.1, experiments: 12 } });
  expect(view).toEqual(viewOf(compared));
  expect(view?.prior).toContain('Flat');
});

it('turns with the direction of the metric, and sums to one with the other arm', () => {
  for (const compared of [
    compareArms(inputOf(rate, rates('old', 100, 1000), rates('new', 120, 1000))),
    compareArms(inputOf(mean, means('old', 500, -10, 3), means('new', 500, -9.5, 3))),
  ]) {
    const [up, down] = [viewOf(compared), viewOf(compared, { direction: 'decrease' })];
    expect(up?.probabilityBetter).toBeGreaterThan(0.9);
    expect((up?.probabilityBetter ?? 0) + (down?.probabilityBetter ?? 0)).toBeCloseTo(1, 9);
    expect(up?.expectedLoss.ifShipped).toBeLessThan(up?.expectedLoss.ifKept ?? 0);
    expect(down?.expectedLoss).toEqual({ ifShipped: up?.expectedLoss.ifKept, ifKept: up?.expectedLoss.ifShipped });
  }
});

it('counts the covariance of both values, and the error of both rates under a prior', () => {
  const pair = { meanA: 2, varianceOfMeanA: 0.5, meanB: 4, varianceOfMeanB: 0.7, covariance: 0.3 };
  const view = viewOf({ pair, counts: null });
  const error = Math.sqrt(0.7 + 4 * 0.5 - 2 * 2 * 0.3) / 2;
  expect(view?.interval.upper).toBeCloseTo(1 + 1.959963984540054 * error, 10);
  const compared = compareArms(inputOf(rate, rates('old', 100, 1000), rates('new', 120, 1000)));
  expect(compared.pair?.varianceOfMeanA).toBeCloseTo((0.1 * 0.9) / 1000, 15);
  expect(compared.pair?.varianceOfMeanB).toBeCloseTo((0.12 * 0.88) / 1000, 15);
});

it('has no view of a control of 0, of ranks and of what could not be compared', () => {
  expect(viewOf(compareArms(inputOf(mean, means('old', 50, 0, 1), means('new', 50, 1, 1))))).toBe(null);
  expect(viewOf({ pair: null, counts: null })).toBe(null);
});

it('gives every arm its probability to be the best, by the direction; the sum is one', () => {
  const arms = [rates('old', 10, 100), rates('new', 14, 100)];
  const up = probabilitiesBest(rate, arms, NO_ROWS);
  expect(up[1]).toBeCloseTo(0.8034, 4);
  expect((up[0] ?? 0) + (up[1] ?? 0)).toBeCloseTo(1, 9);
  const down = probabilitiesBest({ ...rate, direction: 'decrease' }, arms, NO_ROWS);
  expect(down[0]).toBeCloseTo(up[1] ?? 0, 9);
  const values = probabilitiesBest(mean, [means('old', 50, 1, 2), means('new', 50, 1.4, 2)], NO_ROWS);
  expect(values[1]).toBeCloseTo(0.837633, 6);
  expect(probabilitiesBest(mean, [means('old', 1, 1, 0), means('new', 50, 1.4, 2)], NO_ROWS)).toEqual([null, null]);
});

it('ranks adjusted arms by their adjusted values', () => {
  // of several challengers each pair has its own control; the effect is what places the arms on one line
  const pair = { meanA: 2, meanB: 3.5, varianceOfMeanA: 0.5, varianceOfMeanB: 0.5, covariance: 0 };
  const rows = rowsWithEffect({ estimate: 1, standardError: 1, pair });
  const best = probabilitiesBest(mean, [units('old', [1, 2]), units('new', [1, 2])], rows);
  // 100 units an arm in these rows: close to the normal answer Φ(1)
  expect(best[1]).toBeCloseTo(0.8413, 2);
  expect(probabilitiesBest(metricOf('rank'), [units('old', [1, 2]), units('new', [1, 2])], rows)).toEqual([null, null]);
});
