import {
  ancovaDifference,
  type ClusterTest,
  type CoMoments,
  clusterDifference,
  clustersOf,
  coMomentsOf,
  cupedDifference,
  cupedSaving,
  designEffect,
  linDifference,
  meanSummary,
  momentsOf,
  postStratifiedDifference,
  type RatioOfSums,
  ratioCuped,
  ratioDifference,
  ratioOfSums,
  sampleCovariance,
  type UnitRows,
  zMeanDifference,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, level, lists, type Method, number, numbers, pair } from './case-input.ts';

/** Ratio metrics, regression adjustment and clusters. */
export const adjustmentMethods: Record<string, Method> = {
  ratio_delta: (input) => {
    const result = ratioDifference(counts(input, '_a'), counts(input, '_b'), { ...level(input), critical: 'normal' });
    const ratios = { a: ratio(ratioOfSums(counts(input, '_a'))), b: ratio(ratioOfSums(counts(input, '_b'))) };
    if (result.status === 'no_variance') return { ...ratios, diff: result.estimate, z: null, p_two_sided_z: null };
    if (result.status !== 'ok') return { ...ratios, diff: null, se_diff: null, z: null, p_two_sided_z: null };
    const { estimate, standardError, statistic, p, interval } = result;
    const test = { z: statistic, p_two_sided_z: p, log10_p_two_sided_z: result.log10P, ci: pair(interval) };
    return { ...ratios, diff: estimate, se_diff: standardError, ...test };
  },
  ratio_delta_one_arm: (input) =>
    ratio(ratioOfSums(counts(input, ''))) ?? { ratio: null, unit_variance: null, variance_of_ratio: null, se: null },
  ratio_delta_vs_cluster_robust: (input) => {
    const result = ratioOfSums(counts(input, ''));
    if (result.status !== 'ok') return { ratio: null, delta_variance: null, CR0_variance_event_level: null };
    const variances = { delta_variance: result.varianceOfRatio, CR0_variance_event_level: result.clusterVariance };
    return { ratio: result.ratio, ...variances, n: result.n };
  },
  ratio_cuped: (input) => {
    const arm = (name: string): CoMoments => coMomentsOf(PERIODS.map((key) => numbers(input[name] as CaseInput, key)));
    const result = ratioCuped(arm('a'), arm('b'), { ...level(input), critical: 'normal' });
    if (result.status !== 'ok') return { theta: null, diff_adjusted: null, se_adjusted: null, z: null };
    return {
      theta: result.theta,
      diff_adjusted: result.estimate,
      se_adjusted: result.standardError,
      z: result.statistic,
      p_two_sided_z: result.p,
      diff_unadjusted: result.unadjustedEstimate,
      se_unadjusted: result.unadjustedStandardError,
      variance_ratio: result.varianceRatio,
    };
  },
  regression_adjustment: (input) => {
    const [a, b] = [rows(input, 'a'), rows(input, 'b')];
    const { diff, se } = unadjusted(a, b);
    const corr = sampleCovariance(numbers(input, 'x_a').concat(numbers(input, 'x_b')), [...a.outcome, ...b.outcome]);
    return {
      unadjusted: { diff, se },
      corr_pooled: corr.correlation,
      cuped_theta_total: cuped(a, b, 'total'),
      cuped_theta_within: cuped(a, b, 'within'),
      ancova: ancova(a, b),
      lin_interacted: lin(a, b, input),
    };
  },
  regression_adjustment_multi: (input) => {
    const arm = (flag: number): UnitRows => {
      const units = numbers(input, 'w').flatMap((w, i) => (w === flag ? [i] : []));
      const all = lists(input, 'X');
      const covariates = (all[0] ?? []).map((_, j) => units.map((i) => all[i]![j]!));
      return { outcome: units.map((i) => numbers(input, 'y')[i]!), covariates };
    };
    const [a, b] = [arm(0), arm(1)];
    return { unadjusted_diff: unadjusted(a, b).diff, ancova: ancova(a, b), lin: lin(a, b, input) };
  },
  cuped_variance_ratio: (input) => {
    const { varianceRatio, sampleSizeRatio, widthRatio } = cupedSaving(number(input, 'rho'));
    return { variance_ratio: varianceRatio, sample_size_ratio: sampleSizeRatio, ci_width_ratio: widthRatio };
  },
  post_stratification: postStratification,
  cluster_robust: clusterRobust,
  design_effect: (input) => ({
    deff: designEffect({ clusterSize: number(input, 'cluster_size'), icc: number(input, 'icc') }),
  }),
  design_effect_unequal: (input) => ({
    deff: designEffect({
      clusterSize: number(input, 'mean_cluster_size'),
      icc: number(input, 'icc'),
      cv: number(input, 'cv'),
    }),
  }),
};

const PERIODS = ['post_num', 'post_den', 'pre_num', 'pre_den'];

function counts(input: CaseInput, arm: string): CoMoments {
  return coMomentsOf([numbers(input, `num${arm}`), numbers(input, `den${arm}`)]);
}

function ratio(result: RatioOfSums | { status: 'undefined' | 'insufficient' }): Answer | null {
  if (result.status !== 'ok') return null;
  return {
    n: result.n,
    ratio: result.ratio,
    unit_variance: result.unitVariance,
    variance_of_ratio: result.varianceOfRatio,
    se: result.standardError,
    cov: result.covariance,
  };
}

function rows(input: CaseInput, arm: string): UnitRows {
  return { outcome: numbers(input, `y_${arm}`), covariates: [numbers(input, `x_${arm}`)] };
}

function unadjusted(a: UnitRows, b: UnitRows): { diff: number | null; se: number | null } {
  const result = zMeanDifference(meanSummary(momentsOf(a.outcome)), meanSummary(momentsOf(b.outcome)));
  const diff = 'estimate' in result ? result.estimate : null;
  return { diff, se: result.status === 'ok' ? result.standardError : null };
}

function cuped(a: UnitRows, b: UnitRows, theta: 'within' | 'total'): Answer | null {
  const moments = [a, b].map((arm) => coMomentsOf([arm.outcome, ...arm.covariates]));
  const result = cupedDifference(moments[0]!, moments[1]!, { theta });
  if (result.status !== 'ok') return null;
  return {
    theta: result.theta[0],
    diff: result.estimate,
    var_a: result.control.variance,
    var_b: result.treatment.variance,
    se: result.standardError,
    mean_a_adj: result.control.mean,
    mean_b_adj: result.treatment.mean,
  };
}

function ancova(a: UnitRows, b: UnitRows): Answer | null {
  const result = ancovaDifference(a, b, { errors: 'classical' });
  if (result.status !== 'ok') return null;
  const { HC0, HC1, HC2, HC3, classical } = result.standardErrors;
  return {
    diff: result.estimate,
    slope: result.slopes[0]!,
    se_classical: classical,
    se_HC0: HC0,
    se_HC1: HC1,
    se_HC2: HC2,
    se_HC3: HC3,
    df: result.degreesOfFreedom,
    p_classical: result.p,
  };
}

/** The truth takes the mean of the covariates as fixed. */
function lin(a: UnitRows, b: UnitRows, input: CaseInput): Answer | null {
  const result = linDifference(a, b, { ...level(input), covariateMean: 'fixed' });
  if (result.status !== 'ok') return null;
  const errors = result.regressionErrors;
  return {
    diff: result.estimate,
    se_HC0: errors.HC0,
    se_HC1: errors.HC1,
    se_HC2: errors.HC2,
    se_HC3: errors.HC3,
    df: result.degreesOfFreedom,
    p: result.p,
    ci: pair(result.interval),
    theta_a: result.controlSlopes[0]!,
    theta_b: result.treatmentSlopes[0]!,
  };
}

function postStratification(input: CaseInput): Answer {
  const [strataA, strataB] = [numbers(input, 'stratum_a'), numbers(input, 'stratum_b')];
  const names = [...new Set([...strataA, ...strataB])].sort((one, other) => one - other);
  const arm = (key: string, strata: readonly number[], name: number) =>
    meanSummary(momentsOf(numbers(input, key).filter((_, i) => strata[i] === name)));
  const strata = names.map((name) => ({ control: arm('y_a', strataA, name), treatment: arm('y_b', strataB, name) }));
  const result = postStratifiedDifference(strata);
  const all = { outcome: numbers(input, 'y_a'), covariates: [] };
  const { diff } = unadjusted(all, { outcome: numbers(input, 'y_b'), covariates: [] });
  if (result.status !== 'ok') return { diff: null, se: null, unadjusted_diff: diff };
  return {
    weights: result.weights,
    stratum_diffs: result.differences,
    diff: result.estimate,
    var_conditional_on_counts: result.standardError ** 2,
    se: result.standardError,
    unadjusted_diff: diff,
  };
}

function clusterRobust(input: CaseInput): Answer {
  const treated = numbers(input, 'w').map((w) => w === 1);
  const names = (input.cluster as (string | number)[]) ?? [];
  const result = clusterDifference(clustersOf(numbers(input, 'y'), treated, names), level(input));
  if (result.status !== 'ok') return { diff: 'estimate' in result ? result.estimate : null, se_CR2: null, p_CR2: null };
  return { ...clusterFields(result), cluster_means_welch: clusterMeans(result) };
}

function clusterFields(result: ClusterTest): Answer {
  return {
    diff: result.estimate,
    se_iid: result.standardErrors.iid,
    se_CR0: result.standardErrors.CR0,
    se_CR1_stata: result.standardErrors.CR1,
    se_CR2: result.standardErrors.CR2,
    df_satterthwaite: result.degreesOfFreedom,
    p_CR2: result.p,
    ci_CR2: pair(result.interval),
    icc_anova_pooled: result.intraclassCorrelation,
    clusters: result.clusters,
    n: result.n,
  };
}

function clusterMeans({ clusterMeans: means }: ClusterTest): Answer | null {
  if (means?.status !== 'ok') return null;
  return { diff: means.estimate, t: means.statistic, df: means.degreesOfFreedom, p: means.p };
}
