import {
  alwaysValidP,
  asymptoticSequence,
  bernoulliSequence,
  betaBinomialEValue,
  betaBinomialMixtureBound,
  groupSequentialBoundary,
  groupSequentialCrossing,
  normalMixtureBound,
  normalMixtureLogE,
  normalMixtureTest,
  normalQuantile,
  oneSidedAsymptoticSequence,
  quantileEvidence,
  type SpendingFunction,
  sequentialWidth,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers, pair } from './case-input.ts';
import { driftOf, equalTimes } from './sequential-methods.ts';

export const alwaysValidMethods: Record<string, Method> = {
  normal_mixture_sprt: (input) => {
    const test = normalMixtureTest({
      estimate: number(input, 'estimate'),
      variance: number(input, 'variance'),
      mixingVariance: number(input, 'mixing_variance'),
      level: 1 - number(input, 'alpha'),
    });
    return {
      log_e_value: test.logE,
      p_value: test.p,
      log10_p: test.log10P,
      half_width: test.halfWidth,
      ci: pair(test.interval),
      critical_z: test.criticalZ,
    };
  },
  asymptotic_confidence_sequence: asymptotic,
  beta_binomial_e_value: (input) => {
    const evidence = betaBinomialEValue({
      successes: number(input, 'successes'),
      failures: number(input, 'failures'),
      p0: number(input, 'p0'),
      priorA: number(input, 'prior_a'),
      priorB: number(input, 'prior_b'),
    });
    return { log_e_value: evidence.logE, p_value: evidence.p };
  },
  always_valid_p_running_minimum: (input) => {
    const looks = alwaysValidP(numbers(input, 'log_e_values'));
    return { p_now: looks.map((look) => look.p), p_running_min: looks.map((look) => look.runningP) };
  },
  sequential_width_ratio: (input) => {
    const tunedTo = number(input, 'tuning_N');
    const width = sequentialWidth({ n: number(input, 'n'), tunedTo, level: 1 - number(input, 'alpha') });
    return { ratio_to_fixed: width.ratio, sample_inflation: width.sampleInflation };
  },
  normal_mixture_bound: (input) => ({
    bound: normalMixtureBound(number(input, 'v'), number(input, 'alpha'), tuning(input)),
  }),
  normal_log_mixture: (input) => ({ log_e: normalMixtureLogE(number(input, 's'), number(input, 'v'), tuning(input)) }),
  beta_binomial_mixture_bound: (input) => {
    const range = { g: number(input, 'g'), h: number(input, 'h') };
    return {
      bound: betaBinomialMixtureBound(number(input, 'v'), number(input, 'alpha'), { ...tuning(input), ...range }),
    };
  },
  bernoulli_confidence_sequence: (input) => {
    const level = 1 - number(input, 'alpha');
    const tunedTo = number(input, 't_opt');
    return { ...bernoulliSequence(number(input, 'successes'), number(input, 'trials'), { tunedTo }, level) };
  },
  quantile_ab_always_valid_p: (input) => {
    const evidence = quantileEvidence(values(input, 'a'), values(input, 'b'), number(input, 'p'), {
      tunedTo: number(input, 't_opt'),
    });
    return { p_value: evidence.p };
  },
  sequential_power_comparison: powerComparison,
  naive_peeking_false_positive_rate: constantBoundary,
  constant_boundary_false_positive_rate: constantBoundary,
  boundary_false_positive_rate: (input) => ({ false_positive_rate: falsePositives(numbers(input, 'z')) }),
  mixture_boundary_false_positive_rate: (input) => {
    const ratio = number(input, 'n_max') / number(input, 'tuning_N');
    const z = mixtureBounds(equalTimes(number(input, 'looks')), ratio, number(input, 'alpha'));
    return { boundary_z_last: z.at(-1), false_positive_rate: falsePositives(z) };
  },
};

function asymptotic(input: CaseInput): Answer {
  const sequence = {
    estimate: number(input, 'estimate'),
    standardError: number(input, 'standard_error'),
    n: number(input, 'n_total'),
    tunedTo: number(input, 'tuning_N'),
    level: 1 - number(input, 'alpha'),
  };
  const test = asymptoticSequence(sequence);
  const oneSided = oneSidedAsymptoticSequence(sequence);
  return {
    rho: test.rho,
    half_width: test.halfWidth,
    ci: pair(test.interval),
    multiplier_on_se: test.criticalZ,
    log_e_value: test.logE,
    p_value: test.p,
    log10_p: test.log10P,
    rho_one_sided: oneSided.rho,
    half_width_one_sided: oneSided.halfWidth,
    fixed_half_width: normalQuantile(1 - number(input, 'alpha') / 2) * sequence.standardError,
  };
}

function tuning(input: CaseInput): { vOpt: number; alphaOpt: number; oneSided: boolean } {
  return { vOpt: number(input, 'v_opt'), alphaOpt: number(input, 'alpha_opt'), oneSided: input.one_sided === true };
}

/** A list of numbers, or "1..1000" for the whole numbers between. */
function values(input: CaseInput, key: string): number[] {
  const range = /^(-?\d+)\.\.(-?\d+)$/.exec(String(input[key]));
  if (!range) return numbers(input, key);
  const first = Number(range[1]);
  return Array.from({ length: Number(range[2]) - first + 1 }, (_, i) => first + i);
}

function mixtureBounds(times: readonly number[], ratio: number, alpha: number): number[] {
  return times.map(
    (time) =>
      asymptoticSequence({ estimate: 0, standardError: 1, n: time * ratio, tunedTo: 1, level: 1 - alpha }).criticalZ,
  );
}

function falsePositives(z: readonly number[]): number {
  return groupSequentialCrossing(z, equalTimes(z.length), { sides: 2 }).overall;
}

function constantBoundary(input: CaseInput): Answer {
  return { false_positive_rate: falsePositives(Array(number(input, 'looks')).fill(number(input, 'critical'))) };
}

function powerComparison(input: CaseInput): Answer {
  const looks = number(input, 'looks');
  const alpha = number(input, 'alpha');
  const times = equalTimes(looks);
  const drift = driftOf(alpha, number(input, 'fixed_horizon_power'));
  // the reference counts the side of the effect only, but both sides for the fixed test
  const power = (z: readonly number[]): number =>
    groupSequentialCrossing(z, times, { sides: 2, drift }).upper.reduce((sum, value) => sum + value, 0);
  const spending = (shape: SpendingFunction): number => power(groupSequentialBoundary(shape, times, { alpha }).z);
  const critical = normalQuantile(1 - alpha / 2);
  return {
    fixed_horizon: groupSequentialCrossing([critical], [1], { sides: 2, drift }).overall,
    lan_demets_obrien_fleming: spending({ type: 'obrien_fleming' }),
    lan_demets_pocock: spending({ type: 'pocock' }),
    mixture_tuned_at_half_nmax: power(mixtureBounds(times, 2, alpha)),
    mixture_tuned_at_nmax: power(mixtureBounds(times, 1, alpha)),
    mixture_tuned_20x_too_small: power(mixtureBounds(times, 20, alpha)),
    bonferroni_over_looks: power(times.map(() => normalQuantile(1 - alpha / looks / 2))),
  };
}
