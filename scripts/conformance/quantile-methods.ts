import {
  clusteredQuantile,
  momentsOf,
  type QuantileType,
  quantileRanks,
  sampleQuantile,
  variance,
  winsorise,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, level, lists, type Method, number, numbers, pair } from './case-input.ts';

const TYPES: Readonly<Record<string, QuantileType>> = {
  type1_inverted_cdf: 1,
  type2_averaged: 2,
  type4: 4,
  type5_hazen: 5,
  type6_weibull: 6,
  type7_linear_default: 7,
  type8_median_unbiased: 8,
  type9_normal_unbiased: 9,
};

export const quantileMethods: Record<string, Method> = {
  quantile_definition: (input) => {
    const [x, p] = [numbers(input, 'x'), number(input, 'p')];
    return Object.fromEntries(Object.entries(TYPES).map(([name, type]) => [name, sampleQuantile(x, p, type)]));
  },
  quantile_order_statistic_ci: (input) => {
    const ranks = quantileRanks(number(input, 'n'), number(input, 'p'), level(input));
    return {
      lower_rank: ranks.lowerRank,
      upper_rank: ranks.upperRank,
      exact_coverage: ranks.coverage,
      normal_approx_ranks: pair(ranks.approximate),
    };
  },
  clustered_quantile: (input) => {
    const result = clusteredQuantile(lists(input, 'clusters'), number(input, 'p'), level(input));
    if (result.status !== 'ok') return { quantile_inverted_cdf: null };
    return {
      quantile_inverted_cdf: result.quantile,
      F_at_q: result.share,
      sd_of_F_clustered: result.shareError,
      sd_of_F_iid: result.independentShareError,
      design_effect: result.designEffect,
      outer_ci_rank_probabilities: pair(result.probabilities),
      outer_ci: pair(result.interval),
      se_of_quantile: result.standardError,
    };
  },
  winsorise: winsoriseFields,
  winsorise_pooled_vs_per_arm: (input) => {
    const [a, b, upper] = [numbers(input, 'a'), numbers(input, 'b'), number(input, 'upper')];
    const pooled = winsorise([a, b], { upper });
    const [onlyA, onlyB] = [winsorise([a], { upper }), winsorise([b], { upper })];
    return {
      pooled_cap: pooled.limits.cap,
      diff_pooled: pooled.arms[1]!.moments.mean - pooled.arms[0]!.moments.mean,
      cap_a: onlyA.limits.cap,
      cap_b: onlyB.limits.cap,
      diff_per_arm: onlyB.arms[0]!.moments.mean - onlyA.arms[0]!.moments.mean,
    };
  },
};

function winsoriseFields(input: CaseInput): Answer {
  const x = numbers(input, 'x');
  const options = { lower: number(input, 'lower'), upper: number(input, 'upper') };
  const all = winsorise([x], options);
  const nonZero = winsorise([x], { ...options, ignoreZeros: true });
  const moments = all.arms[0]?.moments ?? momentsOf(x);
  return {
    // a cap at the largest value caps nothing and is `null` here
    cap_type7_all_values: options.upper === 1 ? sampleQuantile(x, 1) : all.limits.cap,
    floor_type7_all_values: all.limits.floor,
    mean: moments.mean,
    var: variance(moments),
    cap_type7_nonzero_only: nonZero.limits.cap,
    mean_nonzero_cap: nonZero.arms[0]?.moments.mean,
  };
}
