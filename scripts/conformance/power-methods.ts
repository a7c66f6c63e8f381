import {
  allocationInflation,
  bonferroniSampleSize,
  clusterSampleSize,
  cupedSampleSize,
  equivalenceSampleSize,
  liftSampleSize,
  type MarginSampleSize,
  type MeanPlan,
  meanDetectableEffect,
  meanPower,
  meanSampleSize,
  type NoPlan,
  nonInferiorityRateSampleSize,
  nonInferioritySampleSize,
  type PowerPlan,
  proportionDetectableEffect,
  proportionPower,
  proportionSampleSize,
  ratioSampleSize,
  signTestSampleSize,
  typeErrors,
  unequalSampleSize,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number } from './case-input.ts';

const meanMethods: Record<string, Method> = {
  sample_size_mean: (input) => {
    const size = meanSampleSize(number(input, 'delta'), meanPlan(input));
    return {
      n_per_arm_exact_t: size.perArm,
      n_per_arm_normal: size.perArmNormal,
      n_per_arm_ceiling: size.control,
      power_at_ceiling_t: size.power,
    };
  },
  power_mean: (input) => {
    const result = meanPower(number(input, 'n_per_arm'), number(input, 'delta'), meanPlan(input));
    return { power_t_strict: result.power, power_normal: result.powerNormal };
  },
  mde_mean: (input) => {
    const result = meanDetectableEffect(number(input, 'n_per_arm'), meanPlan(input));
    return { mde_t: result.effect, mde_normal: result.effectNormal };
  },
  sample_size_mean_unequal: (input) => {
    const spread = { control: number(input, 'sd_a'), treatment: number(input, 'sd_b') };
    const ratio = number(input, 'ratio_b_over_a');
    const { control, treatment, bestRatio } = unequalSampleSize(number(input, 'delta'), spread, ratio, plan(input));
    return { n_a: control, n_b: treatment, optimal_ratio_b_over_a: bestRatio };
  },
};

const proportionMethods: Record<string, Method> = {
  sample_size_proportion: (input) => {
    const size = proportionSampleSize(number(input, 'p_a'), number(input, 'p_b'), plan(input));
    return {
      n_per_arm_pooled_null: size.perArm,
      n_per_arm_pooled_null_closed: size.perArm,
      n_per_arm_unpooled: size.perArmUnpooled,
      n_per_arm_arcsine: size.perArmArcsine,
      n_per_arm_fleiss_continuity: size.perArmContinuity,
      cohen_h: size.effectSize,
    };
  },
  power_proportion: (input) => {
    const rates = [number(input, 'p_a'), number(input, 'p_b')] as const;
    const { power, powerArcsine } = proportionPower(number(input, 'n_per_arm'), ...rates, plan(input));
    return { power_pooled: power, power_arcsine: powerArcsine };
  },
  mde_proportion: (input) => {
    const effect = proportionDetectableEffect(number(input, 'n_per_arm'), number(input, 'p_a'), plan(input));
    if (effect.status !== 'ok') return { p_b: null, mde_abs: null, mde_rel: null };
    return { p_b: effect.rate, mde_abs: effect.absolute, mde_rel: effect.relative };
  },
};

const designMethods: Record<string, Method> = {
  allocation_inflation: (input) => ({ total_n_inflation: allocationInflation(number(input, 'treatment_share')) }),
  sample_size_relative_lift: (input) => {
    const mean = number(input, 'mean_a');
    const { perArm, perArmAbsolute } = liftSampleSize(mean, number(input, 'sd'), number(input, 'lift'), plan(input));
    return { n_per_arm_delta: perArm, n_per_arm_absolute: perArmAbsolute };
  },
  sample_size_ratio_metric: (input) => {
    const unit = {
      ratio: number(input, 'ratio'),
      meanDenominator: number(input, 'mean_den'),
      varianceNumerator: number(input, 'var_num'),
      varianceDenominator: number(input, 'var_den'),
      covariance: number(input, 'cov'),
    };
    const { perArm, unitVariance } = ratioSampleSize(unit, number(input, 'lift'), plan(input));
    return { unit_variance: unitVariance, n_per_arm: perArm };
  },
  sample_size_cuped: (input) => ({
    n_per_arm: cupedSampleSize(number(input, 'delta'), number(input, 'sd'), number(input, 'rho'), plan(input)),
  }),
  sample_size_cluster: (input) => {
    const cluster = { size: number(input, 'cluster_size'), correlation: number(input, 'icc') };
    const size = clusterSampleSize(number(input, 'delta'), number(input, 'sd'), cluster, plan(input));
    return { n_per_arm: size.perArm, clusters_per_arm: size.clusters };
  },
  sample_size_bonferroni: (input) => {
    const comparisons = number(input, 'comparisons');
    const perArm = bonferroniSampleSize(comparisons, number(input, 'delta'), number(input, 'sd'), plan(input));
    return { n_per_arm: perArm };
  },
};

const marginMethods: Record<string, Method> = {
  sample_size_noninferiority_mean: (input) => {
    const options = marginPlan(input, 'alpha_one_sided');
    const [margin, difference] = [number(input, 'margin'), number(input, 'true_diff')];
    return marginAnswer(nonInferioritySampleSize(margin, difference, number(input, 'sd'), options));
  },
  sample_size_noninferiority_proportion: (input) => {
    const options = marginPlan(input, 'alpha_one_sided');
    return marginAnswer(nonInferiorityRateSampleSize(number(input, 'p'), number(input, 'margin'), options));
  },
  sample_size_equivalence_mean: (input) => {
    const options = marginPlan(input, 'alpha_each');
    const [margin, difference] = [number(input, 'margin'), number(input, 'true_diff')];
    return marginAnswer(equivalenceSampleSize(margin, difference, number(input, 'sd'), options));
  },
  sample_size_sign_test: (input) => ({
    n_normal: signTestSampleSize(number(input, 'win_probability'), plan(input)),
  }),
  type_m_type_s: (input) => {
    const errors = typeErrors(number(input, 'true_effect_over_se'), { alpha: number(input, 'alpha') });
    return { power: errors.power, type_s: errors.wrongSign, exaggeration: errors.exaggeration };
  },
};

export const powerMethods: Record<string, Method> = {
  ...meanMethods,
  ...proportionMethods,
  ...designMethods,
  ...marginMethods,
};

function plan(input: CaseInput): PowerPlan {
  const { alpha, power, sides } = input;
  return {
    ...(alpha === undefined ? {} : { alpha: number(input, 'alpha') }),
    ...(power === undefined ? {} : { power: number(input, 'power') }),
    ...(sides === undefined ? {} : { sides: number(input, 'sides') as 1 | 2 }),
  };
}

function meanPlan(input: CaseInput): MeanPlan {
  const ratio = input.ratio === undefined ? {} : { ratio: number(input, 'ratio') };
  return { ...plan(input), ...ratio, standardDeviation: number(input, 'sd') };
}

function marginPlan(input: CaseInput, alpha: string): PowerPlan {
  return { alpha: number(input, alpha), power: number(input, 'power') };
}

function marginAnswer(size: MarginSampleSize | NoPlan): Answer {
  return { n_per_arm: size.status === 'ok' ? size.perArm : null };
}
