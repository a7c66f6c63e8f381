import {
  alphaSpent,
  conditionalPower,
  groupSequentialBoundary,
  groupSequentialCrossing,
  groupSequentialDesign,
  meanSummary,
  mergeMoments,
  NO_VALUES,
  normalQuantile,
  pooledMeanDifference,
  repeatedTest,
  type SpendingFunction,
  stagewiseAnalysis,
  type WangTsiatis,
} from '../../stats/index.ts';
import { type Answer, type CaseInput, type Method, number, numbers, pair } from './case-input.ts';

type Shape = SpendingFunction | WangTsiatis;

export const sequentialMethods: Record<string, Method> = {
  group_sequential_boundary: (input, id) => {
    const shape = shapeOf(input, id);
    if (!shape) return {};
    const { times, ...options } = plan(input);
    const boundary = groupSequentialBoundary(shape, times, options);
    const { z, nominalP, spent } = boundary;
    return { z, nominal_p_one_sided: nominalP, cumulative_alpha_spent: spent, ...designFields(input, shape) };
  },
  group_sequential_overrun: (input, id) => {
    const shape = shapeOf(input, id);
    if (!shape) return {};
    const times = numbers(input, 'planned_fractions_at_looks');
    const boundary = groupSequentialBoundary(shape, times, { alpha: number(input, 'alpha'), sides: sides(input) });
    const last = Math.max(1, ...times);
    return {
      z: boundary.z,
      cumulative_alpha_spent: boundary.spent,
      correlation_time: times.map((time) => time / last),
    };
  },
  alpha_spending: (input) => {
    const spent = (spending: SpendingFunction): number =>
      alphaSpent(spending, number(input, 't'), number(input, 'alpha'));
    return {
      lan_demets_obrien_fleming: spent({ type: 'obrien_fleming' }),
      lan_demets_pocock: spent({ type: 'pocock' }),
      kim_demets_rho2: spent({ type: 'power', rho: 2 }),
      kim_demets_rho3: spent({ type: 'power', rho: 3 }),
      hsd_gamma_minus4: spent({ type: 'hwang_shih_decani', gamma: -4 }),
      hsd_gamma_minus2: spent({ type: 'hwang_shih_decani', gamma: -2 }),
      linear: spent({ type: 'power', rho: 1 }),
    };
  },
  group_sequential_exit: (input, id) => {
    const shape = shapeOf(input, id);
    if (!shape) return {};
    const { times, ...options } = plan(input);
    const { z } = groupSequentialBoundary(shape, times, options);
    const exit = groupSequentialCrossing(z, times, { sides: options.sides, drift: number(input, 'drift') });
    return {
      overall_power: exit.overall,
      reject_per_stage: exit.upper.map((value, k) => value + exit.lower[k]!),
      expected_information_fraction: exit.expectedTime,
    };
  },
  sequential_sample_size_inflation: (input) => {
    const alpha = number(input, 'alpha_two_sided');
    const power = number(input, 'power');
    const inflation = (shape: Shape, twoSided: boolean): number =>
      groupSequentialDesign(shape, equalTimes(number(input, 'K')), {
        alpha: twoSided ? alpha : alpha / 2,
        sides: twoSided ? 2 : 1,
        power,
      }).inflation;
    return {
      pocock: inflation({ type: 'wang_tsiatis', delta: 0.5 }, true),
      obrien_fleming: inflation({ type: 'wang_tsiatis', delta: 0 }, true),
      lan_demets_obrien_fleming: inflation({ type: 'obrien_fleming' }, false),
      lan_demets_pocock: inflation({ type: 'pocock' }, false),
    };
  },
  repeated_confidence_interval: repeatedInterval,
  conditional_power: (input) => {
    const drift = number(input, 'drift');
    const critical = number(input, 'final_critical');
    const power = conditionalPower({ z: number(input, 'z'), t: number(input, 't'), critical, drift });
    return { conditional_power: power.planned, current_trend: power.currentTrend, null: power.null };
  },
};

/** The parameter of a family stands in the case's input or, where that leaves it out, in its id ("hsd-gamma-2-K4"). */
function shapeOf(input: CaseInput, id = ''): Shape | undefined {
  const type = String(input.type);
  const parameter = (key: string): number | undefined => {
    if (input[key] !== undefined) return number(input, key);
    const named = new RegExp(`${key}(-?[0-9.]+)`).exec(`${type} ${id}`)?.[1];
    return named === undefined ? undefined : Number(named);
  };
  if (type.startsWith('lan_demets_obrien_fleming')) return { type: 'obrien_fleming' };
  if (type.startsWith('lan_demets_pocock')) return { type: 'pocock' };
  if (type.startsWith('kim_demets_power')) return { type: 'power', rho: parameter('rho') ?? 2 };
  if (type === 'linear') return { type: 'power', rho: 1 };
  if (type === 'pocock') return { type: 'wang_tsiatis', delta: 0.5 };
  if (type === 'obrien_fleming') return { type: 'wang_tsiatis', delta: 0 };
  const gamma = parameter('gamma');
  if (type === 'hwang_shih_decani' && gamma !== undefined) return { type, gamma };
  const delta = parameter('delta');
  return type === 'wang_tsiatis' && delta !== undefined ? { type, delta } : undefined;
}

function sides(input: CaseInput): 1 | 2 {
  return input.sided === 2 ? 2 : 1;
}

function plan(input: CaseInput): { times: number[]; alpha: number; sides: 1 | 2 } {
  return { times: numbers(input, 'information_rates'), alpha: number(input, 'alpha'), sides: sides(input) };
}

export function equalTimes(looks: number): number[] {
  return Array.from({ length: looks }, (_, k) => (k + 1) / looks);
}

function designFields(input: CaseInput, shape: Shape): Answer {
  if (input.beta === undefined) return {};
  const { times, ...options } = plan(input);
  const design = groupSequentialDesign(shape, times, { ...options, power: 1 - number(input, 'beta') });
  return { inflation_factor_power80: design.inflation, average_sample_fraction_under_H1: design.meanSample };
}

function repeatedInterval(input: CaseInput, id?: string): Answer {
  const shape = shapeOf(input, id);
  if (!shape) return {};
  const { times: allTimes, ...options } = plan(input);
  const counts = numbers(input, 'n_per_arm_per_stage');
  const arm = (key: string) => {
    const sd = number(input, 'sd_per_stage');
    const stages = numbers(input, key).map((mean, k) => ({ n: counts[k]!, mean, m2: (counts[k]! - 1) * sd * sd }));
    return meanSummary(stages.reduce((sum, stage) => mergeMoments(sum, stage), NO_VALUES));
  };
  const difference = pooledMeanDifference(arm('mean_a_per_stage'), arm('mean_b_per_stage'));
  if (difference.status !== 'ok') return {};
  const times = allTimes.slice(0, counts.length);
  const test = repeatedTest(shape, times, difference, options);
  const ended = test.rejects || times.length === allTimes.length;
  const final = ended
    ? stagewiseAnalysis({
        ...difference,
        times,
        bounds: test.boundary.z.slice(0, -1),
        sides: options.sides,
        level: 1 - (options.sides === 1 ? 2 : 1) * options.alpha,
      })
    : undefined;
  return {
    overall_z: test.z,
    critical_values: groupSequentialBoundary(shape, allTimes, options).z,
    repeated_ci: pair(test.interval),
    repeated_p: test.p,
    final_stage: ended ? times.length : null,
    median_unbiased: final?.medianUnbiased ?? null,
    final_ci: final ? pair(final.interval) : null,
    final_p: finalP(final, options.sides),
  };
}

function finalP(final: { pGreater: number; pLess: number } | undefined, side: 1 | 2): number | null {
  if (!final) return null;
  return side === 1 ? final.pGreater : Math.min(1, 2 * Math.min(final.pGreater, final.pLess));
}

/** The drift that gives a two-sided test with one look the power, counting the side of the effect. */
export function driftOf(alpha: number, power: number): number {
  return normalQuantile(1 - alpha / 2) + normalQuantile(power);
}
