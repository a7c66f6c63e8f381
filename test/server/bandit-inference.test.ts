import { describe, expect, it } from 'vitest';
import { randomStream } from '../../scripts/calibrate/random-stream.ts';
import { adaptiveEstimates } from '../../server/delivery/bandit/adaptive-estimates.ts';
import { banditGate } from '../../server/delivery/bandit/bandit-gate.ts';
import type { BanditFinal } from '../../server/delivery/bandit/bandit-result.ts';
import {
  addUnitGroups,
  type BanditSums,
  type DecisionGroup,
  earlierMeans,
  FOLDS,
  startSums,
} from '../../server/delivery/bandit/bandit-sums.ts';
import { splitValue } from '../../server/delivery/bandit/split-value.ts';
import { type LoggedRound, offPolicyValue } from '../../stats/index.ts';
import { metricOf, phaseOf } from './report-fixture.ts';

const ARMS = ['b', 'c', 'a'];
const NO_PREDICTIONS = () => [0, 0, 0];

interface Round extends DecisionGroup {
  fold: number;
}

/** Units with several decisions each, in three epochs of different weights. */
function rounds(units: number): Round[] {
  const random = randomStream(1, 'inference');
  const weights = [
    [0.3, 0.3, 0.4],
    [0.6, 0.2, 0.2],
    [0.8, 0.1, 0.1],
  ];
  return Array.from({ length: units }, (_, k) =>
    Array.from({ length: 1 + (k % 3) }, (): Round => {
      const epoch = random.below(3);
      const shares = weights[epoch]!;
      const u = random.uniform();
      const arm = u < shares[0]! ? 0 : u < shares[0]! + shares[1]! ? 1 : 2;
      const reward = random.normal() + arm + epoch;
      const propensity = shares[arm]!;
      return { unit: `u${k}`, epoch, weights: shares, arm, decisions: 1, reward, propensity, fold: k % FOLDS };
    }),
  ).flat();
}

function sumsOf(all: Round[], predict: (epoch: number) => number[] = NO_PREDICTIONS): BanditSums {
  const sums = startSums(3);
  for (const unit of new Set(all.map((each) => each.unit))) {
    const own = all.filter((each) => each.unit === unit);
    addUnitGroups(sums, own, predict, own[0]!.fold);
  }
  return sums;
}

describe('values of fixed splits', () => {
  const all = rounds(900);
  const sums = sumsOf(all);

  it.each([[[1, 0, 0]], [[0.2, 0.3, 0.5]], [[0, 0, 1]]])('%j: as from the decisions one by one', (split) => {
    const log: LoggedRound[] = all.map(({ unit, arm: action, reward, propensity }) => ({
      unit,
      action,
      reward,
      propensity,
      target: split,
    }));
    const direct = offPolicyValue(log);
    const found = splitValue(sums, split, 0.95);
    if (direct.status !== 'ok') throw new Error(direct.missing);
    for (const name of ['ips', 'snips'] as const) {
      expect(found[name]!.estimate).toBeCloseTo(direct[name].estimate, 9);
      expect(found[name]!.standardError).toBeCloseTo(direct[name].standardError!, 9);
      expect(found[name]!.interval.upper).toBeCloseTo(direct[name].interval!.upper, 8);
    }
    expect(found.effectiveUnits).toBeCloseTo(direct.effectiveUnits, 6);
    expect(found.meanWeight).toBeCloseTo(direct.meanWeight, 9);
  });

  it('doubly robust predicts each fold by the others', () => {
    const split = [0.2, 0.3, 0.5];
    const log: LoggedRound[] = all.map((each) => {
      const others = all.filter(({ fold }) => fold !== each.fold);
      const predicted = [0, 1, 2].map((arm) => {
        const taken = others.filter((one) => one.arm === arm);
        const weight = taken.reduce((sum, one) => sum + 1 / one.propensity, 0);
        return taken.reduce((sum, one) => sum + one.reward / one.propensity, 0) / weight;
      });
      return {
        unit: each.unit,
        action: each.arm,
        reward: each.reward,
        propensity: each.propensity,
        target: split,
        predicted,
      };
    });
    const direct = offPolicyValue(log);
    if (direct.status !== 'ok') throw new Error(direct.missing);
    const found = splitValue(sums, split, 0.95).doublyRobust!;
    expect(found.estimate).toBeCloseTo(direct.doublyRobust.estimate, 9);
    expect(found.standardError).toBeCloseTo(direct.doublyRobust.standardError!, 9);
  });

  it('is refused below 100 effective units, also of an empty log', () => {
    expect(splitValue(sumsOf(rounds(60)), [1, 0, 0], 0.95)).toMatchObject({ status: 'insufficient', ips: null });
    expect(splitValue(startSums(3), [1, 0, 0], 0.95)).toMatchObject({ missing: '100 effective units, found 0.0' });
  });
});

describe('adaptive estimates', () => {
  it('are √weight-stabilised AIPW, clustered by unit', () => {
    const all = rounds(900);
    const predictions = [
      [0.5, 1, 2],
      [1, 2.5, 3],
      [2, 3, 4],
    ];
    const found = adaptiveEstimates(
      sumsOf(all, (epoch) => predictions[epoch]!),
      ARMS,
      0.95,
    );
    if (found.status !== 'ok') throw new Error(found.missing);
    const score = (each: Round, arm: number) => {
      const mean = predictions[each.epoch]![arm]!;
      return mean + (each.arm === arm ? (each.reward - mean) / each.propensity : 0);
    };
    const h = (each: Round) => 1 / Math.sqrt(1 / each.weights[1]! + 1 / each.weights[2]!);
    const estimate =
      all.reduce((sum, each) => sum + h(each) * (score(each, 1) - score(each, 2)), 0) /
      all.reduce((sum, each) => sum + h(each), 0);
    expect(found.differences[1]!.estimate).toBeCloseTo(estimate, 9);
    const units = new Map<string, number>();
    for (const each of all) {
      const deviation = h(each) * (score(each, 1) - score(each, 2) - estimate);
      units.set(each.unit, (units.get(each.unit) ?? 0) + deviation);
    }
    const squares = [...units.values()].reduce((sum, value) => sum + value ** 2, 0);
    const total = all.reduce((sum, each) => sum + h(each), 0);
    const error = Math.sqrt((squares * units.size) / (units.size - 1)) / total;
    expect(found.differences[1]!.standardError).toBeCloseTo(error, 9);
    // Two challengers: each interval at 97.5 %, so that both hold with 95 %.
    const { interval, standardError } = found.differences[1]!;
    expect((interval.upper - interval.lower) / 2 / standardError).toBeCloseTo(2.2454, 2);
    const mean = all.reduce((sum, each) => sum + Math.sqrt(each.weights[0]!) * score(each, 0), 0);
    expect(found.means[0]!.estimate).toBeCloseTo(
      mean / all.reduce((sum, each) => sum + Math.sqrt(each.weights[0]!), 0),
      9,
    );
  });

  it('are refused below a floor of 1 % and below 100 effective units of an arm', () => {
    const all = rounds(900);
    const low = all.map((each) => ({ ...each, weights: [0.991, 0.004, 0.005] }));
    expect(adaptiveEstimates(sumsOf(low), ARMS, 0.95)).toMatchObject({ status: 'refused', missing: /floor of 1 %/ });
    const rare = all.map((each) => ({
      ...each,
      propensity: each.arm === 1 && each.unit.endsWith('00') ? 0.0001 : each.propensity,
    }));
    expect(adaptiveEstimates(sumsOf(rare), ARMS, 0.95)).toMatchObject({ missing: /effective units of "c"/ });
    expect(adaptiveEstimates(sumsOf(rounds(99)), ARMS, 0.95)).toMatchObject({ missing: /found 99/ });
  });

  it('are refused where very few rewards make up a mean, with the units that are missing', () => {
    const weights = [0.5, 0.5];
    const sumsWith = (units: number, rewarded: number) => {
      const sums = startSums(2);
      for (let unit = 0; unit < units; unit++) {
        const reward = unit % 2 === 0 || unit < 2 * rewarded ? unit % 3 : 0;
        const group = { unit: `u${unit}`, epoch: 1, weights, arm: unit % 2, decisions: 1, reward, propensity: 0.5 };
        addUnitGroups(sums, [group], () => [0, 0], unit % FOLDS);
      }
      return sums;
    };
    const found = (units: number, rewarded: number) => adaptiveEstimates(sumsWith(units, rewarded), ['b', 'a'], 0.95);
    expect(found(1_000, 0)).toMatchObject({
      status: 'refused',
      missing: 'rewards of "a" that differ from unit to unit',
    });
    // One reward is as skewed as √n: half of that needs four times the units.
    expect(found(1_000, 1)).toMatchObject({ status: 'refused', missing: /^about 29\d\d more units, since .* of "a"$/ });
    expect(found(1_000, 40).status).toBe('ok');
  });

  it('predict an epoch by earlier ones alone', () => {
    const arms = (...given: [number, number][]) => given.map(([decisions, reward]) => ({ decisions, reward }));
    const predict = earlierMeans(
      [
        { epoch: 1, arms: arms([10, 1], [0, 0]) },
        { epoch: 4, arms: arms([10, 3], [20, 8]) },
        { epoch: 5, arms: arms([1, 1], [1, 1]) },
      ],
      2,
    );
    expect(predict(1)).toEqual([0, 0]);
    expect(predict(4)).toEqual([0.1, 0.1]);
    expect(predict(5)).toEqual([0.2, 0.4]);
  });
});

describe('gate', () => {
  const phase = (plan = {}) => phaseOf({ units: 1_000, durationSeconds: null, ...plan }, { mode: 'bandit' });
  const settings = {
    reward: 'metric-1',
    epochSeconds: 600,
    posterior: 'period_contrasts' as const,
    floor: 0.01,
    warmUpCells: 100,
    topTwoShare: null,
    context: null,
  };
  const bandit = (plan = {}, direction: 'increase' | 'decrease' = 'increase') => ({
    phase: phase(plan),
    settings,
    reward: metricOf({ direction }),
  });
  const value = (lower: number, upper: number) => ({
    estimate: (lower + upper) / 2,
    standardError: 1,
    interval: { lower, upper },
  });
  const final = (probabilityBest: number[], lower: number, upper: number): BanditFinal => ({
    at: '2026-01-01T00:00:00.000Z',
    units: 1_000,
    decisions: 2_000,
    probabilityBest,
    estimates: { status: 'ok', means: [null, null], differences: [value(lower, upper)] },
  });

  it('waits for the end of the plan, and never ends without one', () => {
    expect(banditGate(bandit(), null)).toMatchObject({ state: 'inconclusive', sentence: /1000 units/ });
    expect(banditGate(bandit({ units: null }), null)).toMatchObject({ state: 'inconclusive', sentence: /no end/ });
  });

  it('passes only when best with 95 % and the interval excludes 0 on the better side', () => {
    const state = (given: BanditFinal, direction: 'increase' | 'decrease' = 'increase') =>
      banditGate(bandit({}, direction), given).state;
    expect(state(final([0.96, 0.04], 0.01, 0.03))).toBe('pass');
    expect(state(final([0.94, 0.06], 0.01, 0.03))).toBe('inconclusive');
    expect(state(final([0.96, 0.04], -0.01, 0.03))).toBe('inconclusive');
    expect(state(final([0.96, 0.04], -0.03, -0.01))).toBe('inconclusive');
    expect(state(final([0.96, 0.04], -0.03, -0.01), 'decrease')).toBe('pass');
    expect(state(final([0.03, 0.97], -0.03, -0.01))).toBe('fail');
    expect(state(final([0.1, 0.9], -0.03, -0.01))).toBe('inconclusive');
    const refused = { ...final([0.97, 0.03], 0, 0), estimates: { status: 'refused' as const, missing: 'more units' } };
    expect(banditGate(bandit(), refused)).toMatchObject({ state: 'no_data', sentence: /needs more units/ });
  });
});
