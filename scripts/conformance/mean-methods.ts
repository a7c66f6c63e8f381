import {
  deltaLift,
  fiellerSet,
  logDeltaLift,
  type MeanDifference,
  type MeanSummary,
  type Moments,
  meanDifference,
  meanLift,
  meanSummary,
  mergeMoments,
  momentsOf,
  NO_VALUES,
  normalQuantile,
  pairedDifference,
  pooledMeanDifference,
  type RatioSet,
  sampleCovariance,
  standardDeviation,
  variance,
  zMeanDifference,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, level, lists, type Method, number, numbers, pair } from './case-input.ts';

export const meanMethods: Record<string, Method> = {
  welch_t_from_summary: (input) => {
    const [a, b] = arms(input);
    const z = zMeanDifference(a, b, level(input));
    return { ...studentTests(a, b, input), z: test(z, 'z') };
  },
  welch_t_from_raw: (input) => {
    const a = meanSummary(momentsOf(numbers(input, 'a')));
    const b = meanSummary(momentsOf(numbers(input, 'b')));
    const summaries = { mean_a: a.mean, var_a: a.variance, mean_b: b.mean, var_b: b.variance };
    return { ...summaries, ...studentTests(a, b, input) };
  },
  paired_t: (input) => {
    const paired = pairedDifference(numbers(input, 'a'), numbers(input, 'b'), level(input));
    const fields = test(paired, 't');
    return { ...(fields ?? { t: null, df: null, p_two_sided: null, ci: null }), mean_diff: fields?.diff ?? null };
  },
  mean_and_sd: (input) => {
    const moments = momentsOf(input.values === undefined ? alternating(input) : numbers(input, 'values'));
    return { n: moments.n, mean: moments.mean, sd: standardDeviation(moments) };
  },
  merge_moments: mergeInEveryOrder,
  sample_covariance: (input) => {
    const { covariance, correlation } = sampleCovariance(numbers(input, 'x'), numbers(input, 'y'));
    return { cov: covariance, corr: correlation };
  },
  relative_lift: relativeLift,
  fieller_with_covariance: (input) => {
    const means = {
      meanA: number(input, 'mean_a'),
      varianceOfMeanA: number(input, 'var_mean_a'),
      meanB: number(input, 'mean_b'),
      varianceOfMeanB: number(input, 'var_mean_b'),
      covariance: number(input, 'cov_means'),
    };
    const { set, g } = fiellerSet(means, normalQuantile(0.5 + (level(input).level ?? 0.95) / 2));
    return { type: SET_NAMES[set.kind], theta: setEnds(set), g };
  },
};

function arms(input: CaseInput): [MeanSummary, MeanSummary] {
  const arm = (name: string): MeanSummary => {
    const given = input[`var_${name}`];
    const spread = given === null || given === undefined ? null : number(input, `var_${name}`);
    return { n: number(input, `n_${name}`), mean: number(input, `mean_${name}`), variance: spread };
  };
  return [arm('a'), arm('b')];
}

function studentTests(a: MeanSummary, b: MeanSummary, input: CaseInput): Answer {
  return {
    welch: test(meanDifference(a, b, level(input)), 't'),
    student_pooled: test(pooledMeanDifference(a, b, level(input)), 't'),
  };
}

/** The fields of a test under the ground truth's names; null for every other status. */
function test(result: MeanDifference, statistic: 't' | 'z'): Record<string, unknown> | null {
  if (result.status !== 'ok') return null;
  return {
    diff: result.estimate,
    se: result.standardError,
    [statistic]: result.statistic,
    df: result.degreesOfFreedom,
    p_two_sided: result.p,
    log10_p_two_sided: result.log10P,
    p_greater: result.pGreater,
    p_less: result.pLess,
    ci: pair(result.interval),
    ci_lower_one_sided: result.lowerLimit,
    ci_upper_one_sided: result.upperLimit,
  };
}

function alternating(input: CaseInput): number[] {
  const pattern = numbers(input, 'then_alternating');
  const rest = Array.from({ length: number(input, 'n') - 1 }, (_, index) => pattern[index % pattern.length]!);
  return [number(input, 'first'), ...rest];
}

function mergeInEveryOrder(input: CaseInput): Answer {
  const parts = lists(input, 'parts').map(momentsOf);
  const merge = (list: readonly Moments[]): Moments => list.reduce(mergeMoments, NO_VALUES);
  const merged = merge(parts);
  const spread = variance(merged);
  const deviations = parts.map((_, turn) => {
    const other = merge([...parts.slice(turn), ...parts.slice(0, turn)].reverse());
    return Math.max(Math.abs(other.mean / merged.mean - 1), Math.abs(other.m2 / merged.m2 - 1));
  });
  return { n: merged.n, mean: merged.mean, var: spread, merge_any_order_equal_within: Math.max(...deviations) };
}

const SET_NAMES = { bounded: 'bounded', outside: 'complement', whole_line: 'whole_line' } as const;

function setEnds(set: RatioSet): [number, number] | undefined {
  if (set.kind === 'whole_line') return undefined;
  return set.kind === 'bounded' ? pair(set) : [set.below, set.above];
}

function relativeLift(input: CaseInput): Answer {
  const [a, b] = arms(input);
  const critical = input.critical === 'normal' ? 'normal' : 'welch';
  const fieller = meanLift(a, b, { ...level(input), critical });
  const delta = deltaLift(a, b, level(input));
  const log = logDeltaLift(a, b, level(input));
  const z = zMeanDifference(a, b, level(input));
  return {
    delta: delta.status === 'ok' ? { lift: delta.estimate, se: delta.standardError, ci: pair(delta.interval) } : null,
    log_delta:
      log.status === 'ok'
        ? { log_ratio: log.logRatio, se_log: log.standardError, ci_lift: pair(log.ratioMinusOne) }
        : null,
    fieller:
      fieller.status === 'ok'
        ? { type: SET_NAMES[fieller.set.kind], g: fieller.g, ci_lift: setEnds(fieller.set) }
        : null,
    absolute_diff_z: z.status === 'ok' ? z.statistic : null,
  };
}
