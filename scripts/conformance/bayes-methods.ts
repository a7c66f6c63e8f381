import {
  type BetaPosterior,
  betaBestArm,
  betaComparison,
  betaThreshold,
  effectPosterior,
  meanPosterior,
  normalArms,
  normalBestArm,
  studentBestArm,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, lists, type Method, number, numbers, pair } from './case-input.ts';

export const bayesMethods: Record<string, Method> = {
  beta_binomial_ab: (input) => {
    const result = betaComparison(beta(input, 'a'), beta(input, 'b'));
    return {
      prob_b_beats_a: result.probabilityTreatmentBetter,
      prob_a_beats_b: result.probabilityControlBetter,
      log10_smaller: result.log10Smaller,
      expected_loss_choose_b: result.lossTreatment,
      expected_loss_choose_a: result.lossControl,
      mean_a: result.meanControl,
      mean_b: result.meanTreatment,
      credible_95_a: pair(result.intervalControl),
      credible_95_b: pair(result.intervalTreatment),
    };
  },
  beta_binomial_threshold: (input) => {
    const threshold = { difference: number(input, 'abs_threshold'), lift: number(input, 'rel_threshold') };
    const result = betaThreshold(beta(input, 'a'), beta(input, 'b'), threshold);
    return { prob_diff_exceeds: result.probabilityDifference, prob_lift_exceeds: result.probabilityLift };
  },
  prob_best_beta: (input) => {
    const arms = lists(input, 'alpha_beta').map(([alpha, beta]) => ({ alpha: alpha!, beta: beta! }));
    return bestArm(betaBestArm(arms));
  },
  prob_best_normal: (input) => bestArm(normalBestArm(normalArms(numbers(input, 'means'), numbers(input, 'sds')))),
  prob_best_student_t: (input) => {
    const arms = lists(input, 'mean_scale_df').map(([mean, scale, df]) => {
      return { mean: mean!, scale: scale!, degreesOfFreedom: df! };
    });
    return bestArm(studentBestArm(arms));
  },
  normal_posterior_ab: (input) => {
    const flat = input.prior_sd === null || input.prior_sd === undefined;
    const prior = flat
      ? undefined
      : { mean: number(input, 'prior_mean'), standardDeviation: number(input, 'prior_sd') };
    const result = effectPosterior(number(input, 'estimate'), number(input, 'se'), prior);
    return {
      posterior_mean: result.mean,
      posterior_sd: result.standardDeviation,
      prob_positive: result.probabilityPositive,
      prob_negative: result.probabilityNegative,
      expected_loss_choose_b: result.lossTreatment,
      expected_loss_choose_a: result.lossControl,
      credible_95: pair(result.interval),
    };
  },
  normal_inverse_gamma_update: (input) => {
    const sample = { n: number(input, 'n'), mean: number(input, 'mean'), m2: number(input, 'sum_sq_dev') };
    const prior = {
      mean: number(input, 'm0'),
      kappa: number(input, 'kappa0'),
      alpha: number(input, 'alpha0'),
      beta: number(input, 'beta0'),
    };
    const { mean, kappa, alpha, beta, marginal, interval } = meanPosterior(sample, prior);
    const scales = { marginal_t_df: marginal.degreesOfFreedom, marginal_t_scale: marginal.scale };
    return { m: mean, kappa, alpha, beta, ...scales, credible_95: pair(interval) };
  },
};

function beta(input: CaseInput, arm: string): BetaPosterior {
  return { alpha: number(input, `alpha_${arm}`), beta: number(input, `beta_${arm}`) };
}

function bestArm(result: { probabilityBest: readonly number[]; probabilitySmallest: readonly number[] }): Answer {
  const sum = result.probabilityBest.reduce((total, each) => total + each, 0);
  return { prob_best: result.probabilityBest, prob_smallest: result.probabilitySmallest, sum };
}
