import { type LoggedRound, offPolicyValue, type PolicyValue } from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers, pair } from './case-input.ts';

export const offPolicyMethods: Record<string, Method> = {
  off_policy_evaluation: (input) => {
    // the cases are of a few rounds; the limit by which the library refuses is a setting
    const result = offPolicyValue(rounds(input), { minEffectiveUnits: 0 });
    const overlap = { mean_weight: result.meanWeight, max_weight: result.maxWeight };
    if (result.status !== 'ok') return { ...overlap, snips: null, sndr: null };
    const { snips } = result;
    return {
      ...overlap,
      ess_kish: result.effectiveUnits,
      ips: value(result.ips),
      dm: value(result.direct),
      dr: value(result.doublyRobust),
      snips: { estimate: snips.estimate, se_delta: snips.standardError, ci95_normal: ends(snips.intervalNormal) },
      sndr: { estimate: result.selfNormalisedDoublyRobust },
    };
  },
};

function rounds(input: CaseInput): LoggedRound[] {
  if (!Array.isArray(input.log)) throw new TypeError('input.log is not a list');
  return input.log.map((row: CaseInput) => ({
    action: number(row, 'action'),
    reward: number(row, 'reward'),
    propensity: number(row, 'p_behaviour'),
    target: numbers(row, 'pi'),
    ...(row.q_hat === undefined ? {} : { predicted: numbers(row, 'q_hat') }),
  }));
}

function value(result: PolicyValue): Answer {
  return {
    estimate: result.estimate,
    se: result.standardError,
    ci95_normal: ends(result.intervalNormal),
    ci95_t: ends(result.interval),
  };
}

function ends(interval: PolicyValue['interval']): [number, number] | null {
  return interval && pair(interval);
}
