import {
  doublyRobustEffect,
  type Equivalence,
  effectHeterogeneity,
  interactionContrast,
  type MarginOptions,
  type MeanSummary,
  meanEquivalence,
  meanNonInferiority,
  meanSummary,
  momentsOf,
  proportionNonInferiority,
  relativeNonInferiority,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers, pair } from './case-input.ts';

/** Non-inferiority, equivalence and heterogeneous effects. */
export const marginMethods: Record<string, Method> = {
  noninferiority_mean: (input) => {
    const result = meanNonInferiority(arm(input, 'a'), arm(input, 'b'), number(input, 'margin'), margin(input));
    if (result.status !== 'ok') return { t_ni: null, p_noninferior: null, noninferior: null };
    const bound = input.higher_is_better === false ? 'upper_bound_one_sided_975' : 'lower_bound_one_sided_975';
    return {
      diff: result.estimate,
      se: result.standardError,
      df: result.degreesOfFreedom,
      t_ni: result.statistic,
      p_noninferior: result.p,
      log10_p: result.log10P,
      ...(result.alpha === 0.025 ? { [bound]: result.limit } : {}),
      noninferior: result.nonInferior,
      superior: result.superior,
      p_superior: result.pSuperior,
    };
  },
  tost_mean: (input) => {
    const result = equivalence(input, arm(input, 'a'), arm(input, 'b'));
    if (result === null) return { p_lower: null, p_upper: null, p_tost: null, ci90: null, equivalent: null };
    return {
      diff: result.estimate,
      p_lower: result.againstLower.p,
      p_upper: result.againstUpper.p,
      p_tost: result.p,
      ...(result.alpha === 0.05 ? { ci90: pair(result.interval) } : {}),
      equivalent: result.equivalent,
      p_difference: result.difference.p,
      significantly_different: result.different,
    };
  },
  tost_raw: (input) => {
    const sample = (key: string): MeanSummary => meanSummary(momentsOf(numbers(input, key)));
    const result = equivalence(input, sample('a'), sample('b'));
    if (result === null) return { p_tost: null, t_lower: null, p_lower: null, t_upper: null, p_upper: null };
    return {
      p_tost: result.p,
      t_lower: result.againstLower.statistic,
      p_lower: result.againstLower.p,
      t_upper: result.againstUpper.statistic,
      p_upper: result.againstUpper.p,
    };
  },
  noninferiority_proportion_farrington_manning: (input) => {
    const control = { x: number(input, 'xa'), n: number(input, 'na') };
    const treatment = { x: number(input, 'xb'), n: number(input, 'nb') };
    const result = proportionNonInferiority(control, treatment, number(input, 'margin'), margin(input));
    if (result.status !== 'ok') return { z: null, p_noninferior: null };
    return { z: result.z, p_noninferior: result.p, log10_p: result.log10P };
  },
  noninferiority_relative: (input) => {
    const options = { ...margin(input), critical: 'normal' } as const;
    const result = relativeNonInferiority(arm(input, 'a'), arm(input, 'b'), number(input, 'relative_margin'), options);
    if (result.status !== 'ok') return { z: null, p_noninferior: null };
    return { z: result.statistic, p_noninferior: result.p, log10_p: result.log10P };
  },
  heterogeneity,
  interaction_contrast: (input) => {
    const cells = input.cells as Record<string, CaseInput>;
    const cell = (name: string): MeanSummary => ({
      n: number(cells[name]!, 'n'),
      mean: number(cells[name]!, 'mean'),
      variance: number(cells[name]!, 'var'),
    });
    const result = interactionContrast(
      { neither: cell('00'), second: cell('01'), first: cell('10'), both: cell('11') },
      { critical: 'normal' },
    );
    if (result.status !== 'ok') return { interaction: null, se: null, z: null, p_two_sided: null };
    const { estimate, standardError, statistic, p } = result;
    return { interaction: estimate, se: standardError, z: statistic, p_two_sided: p };
  },
  aipw_ate: (input) => {
    const result = doublyRobustEffect({
      outcome: numbers(input, 'y'),
      treated: numbers(input, 't').map((t) => t === 1),
      predictedControl: numbers(input, 'mu0'),
      predictedTreatment: numbers(input, 'mu1'),
      propensity: Array.isArray(input.propensity) ? numbers(input, 'propensity') : number(input, 'propensity'),
    });
    if (result.status !== 'ok') return { pseudo_outcomes: undefined, ate: null, se: null };
    return { pseudo_outcomes: result.pseudoOutcomes, ate: result.estimate, se: result.standardError };
  },
};

function arm(input: CaseInput, name: string): MeanSummary {
  return {
    n: number(input, `n_${name}`),
    mean: number(input, `mean_${name}`),
    variance: number(input, `var_${name}`),
  };
}

function margin(input: CaseInput): MarginOptions {
  return {
    ...(input.alpha_one_sided === undefined ? {} : { alpha: number(input, 'alpha_one_sided') }),
    higherIsBetter: input.higher_is_better !== false,
  };
}

function equivalence(input: CaseInput, a: MeanSummary, b: MeanSummary): Equivalence | null {
  const bounds = { lower: number(input, 'low'), upper: number(input, 'high') };
  const result = meanEquivalence(a, b, bounds, input.alpha === undefined ? {} : { alpha: number(input, 'alpha') });
  return result.status === 'ok' ? result : null;
}

function heterogeneity(input: CaseInput): Answer {
  const result = effectHeterogeneity(numbers(input, 'effects'), numbers(input, 'standard_errors'));
  if (result.status !== 'ok') return { cochran_Q: null, p_interaction: null };
  return {
    fixed_effect: result.common.estimate,
    fixed_effect_se: result.common.standardError,
    cochran_Q: result.q,
    df: result.degreesOfFreedom,
    p_interaction: result.p,
    log10_p_interaction: result.log10P,
    I2: result.iSquared,
    tau2_dersimonian_laird: result.tauSquared,
    random_effect: result.random.estimate,
    random_effect_se: result.random.standardError,
    empirical_bayes_shrunk: result.shrunken,
    gail_simon_qualitative_statistic: result.qualitative.statistic,
    gail_simon_p: result.qualitative.p,
  };
}
