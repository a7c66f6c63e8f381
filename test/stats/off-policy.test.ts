import { describe, expect, it } from 'vitest';
import { type LoggedRound, type OffPolicy, offPolicyValue } from '../../stats/index.ts';

const round = (action: number, reward: number, extra: Partial<LoggedRound> = {}): LoggedRound => ({
  action,
  reward,
  propensity: [0.5, 0.25, 0.25][action]!,
  target: [0.2, 0.6, 0.2],
  predicted: [0.5, 0.3, 0.9],
  ...extra,
});
const LOG = [round(0, 1), round(1, 0), round(2, 1), round(0, 0), round(1, 1), round(0, 1), round(2, 0), round(1, 1)];

function answered(log: readonly LoggedRound[]): OffPolicy {
  const result = offPolicyValue(log, { minEffectiveUnits: 0 });
  if (result.status !== 'ok') throw new Error(result.missing);
  return result;
}

describe('the value of a policy that was not served', () => {
  it('is refused below 100 effective units, and always without overlap', () => {
    expect(offPolicyValue(LOG)).toMatchObject({ status: 'insufficient', rounds: 8, units: 8 });
    const apart = [0, 1, 0].map((reward) => round(0, reward, { target: [0, 1, 0] }));
    expect(offPolicyValue(apart, { minEffectiveUnits: 0 })).toMatchObject({
      status: 'insufficient',
      effectiveUnits: 0,
    });
    const many = Array.from({ length: 400 }, (_, k) => round(k % 3, k % 2));
    expect(offPolicyValue(many).status).toBe('ok');
  });

  it('on the policy that was served is the mean reward, however it is estimated', () => {
    const served = LOG.map((each) => ({ ...each, target: [0.5, 0.25, 0.25] }));
    const { ips, snips, effectiveUnits, meanWeight } = answered(served);
    expect(ips.estimate).toBeCloseTo(5 / 8, 14);
    expect(snips.estimate).toBeCloseTo(5 / 8, 14);
    expect(snips.standardError).toBeCloseTo(ips.standardError!, 14);
    expect([effectiveUnits, meanWeight]).toEqual([8, 1]);
  });

  it('agrees with exact rationals', () => {
    // weights 1 and 2 on rewards 1 and 3: terms 1 and 6, their mean 3.5, sd / √2 = 2.5
    const log = [round(0, 1, { target: [0.5, 0.5, 0] }), round(1, 3, { target: [0.5, 0.5, 0] })];
    const { ips, snips, doublyRobust, selfNormalisedDoublyRobust, direct, effectiveUnits } = answered(log);
    expect([ips.estimate, ips.standardError]).toEqual([3.5, 2.5]);
    expect(ips.interval!.upper).toBeCloseTo(3.5 + 2.5 * 12.706204736, 8);
    expect(snips.estimate).toBeCloseTo(7 / 3, 14);
    // deviations w (r - 7/3) / 1.5 are -8/9 and 8/9
    expect(snips.standardError).toBeCloseTo(8 / 9, 14);
    expect(direct.estimate).toBeCloseTo(0.4, 14);
    // residuals 0.5 and 2.7 with weights 1 and 2
    expect(doublyRobust.estimate).toBeCloseTo(0.4 + 5.9 / 2, 14);
    expect(selfNormalisedDoublyRobust).toBeCloseTo(0.4 + 5.9 / 3, 14);
    expect(effectiveUnits).toBeCloseTo(9 / 5, 14);
  });

  it('self-normalised and doubly robust move with a shift of all rewards, inverse propensity does not', () => {
    const shifted = LOG.map((each) => ({
      ...each,
      reward: each.reward + 10,
      predicted: each.predicted!.map((value) => value + 10),
    }));
    const [before, after] = [answered(LOG), answered(shifted)];
    for (const key of ['snips', 'doublyRobust', 'direct'] as const) {
      expect(after[key].estimate - before[key].estimate).toBeCloseTo(10, 12);
      expect(after[key].standardError).toBeCloseTo(before[key].standardError!, 10);
    }
    expect(after.selfNormalisedDoublyRobust - before.selfNormalisedDoublyRobust).toBeCloseTo(10, 12);
    expect(after.ips.estimate - before.ips.estimate).toBeCloseTo(10 * before.meanWeight, 12);
  });

  it('has the expectation of the policy over every action and reward that could have been logged', () => {
    const [behaviour, target, means] = [
      [0.5, 0.25, 0.25],
      [0.2, 0.6, 0.2],
      [0.5, 0.3, 0.9],
    ];
    let [ips, robust] = [0, 0];
    for (let action = 0; action < 3; action++) {
      for (const reward of [0, 1]) {
        const probability = behaviour[action]! * (reward === 1 ? means[action]! : 1 - means[action]!);
        // one more round of weight 1 and value 0 keeps the overlap from being empty
        const result = answered([round(action, reward, { predicted: [0, 1, 0.4] })]);
        ips += probability * result.ips.estimate;
        robust += probability * result.doublyRobust.estimate;
      }
    }
    const value = target.reduce((sum, share, k) => sum + share * means[k]!, 0);
    expect(ips).toBeCloseTo(value, 14);
    expect(robust).toBeCloseTo(value, 14);
  });

  it('repeating every round within its unit changes neither errors nor effective units', () => {
    const named = LOG.map((each, k) => ({ ...each, unit: `u${k}` }));
    const [once, twice] = [answered(named), answered([...named, ...named])];
    expect(once).toEqual(answered(LOG));
    for (const key of ['ips', 'snips', 'doublyRobust'] as const) {
      expect(twice[key].standardError).toBeCloseTo(once[key].standardError!, 14);
      expect(twice[key].interval!.lower).toBeCloseTo(once[key].interval!.lower, 13);
    }
    expect(twice.effectiveUnits).toBeCloseTo(once.effectiveUnits, 12);
    expect(twice).toMatchObject({ rounds: 16, units: 8 });
    expect(answered([round(0, 1)]).ips).toMatchObject({ standardError: null, interval: null });
  });

  it.each([
    ['log must', []],
    ['log[0].propensity', [round(0, 1, { propensity: 0 })]],
    ['log[1].action', [round(0, 1), round(0, 1, { action: 3 })]],
    ['log[0].reward', [round(0, Number.NaN)]],
    ['log[0].target must sum', [round(0, 1, { target: [0.2, 0.2, 0.2] })]],
    ['log[0].predicted', [round(0, 1, { predicted: [1] })]],
  ])('refuses %s', (name, log) => {
    expect(() => offPolicyValue(log)).toThrow(RangeError);
    expect(() => offPolicyValue(log)).toThrow(name);
  });
});
