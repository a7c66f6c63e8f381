import { hash } from '../../../sdk/index.ts';
import {
  type Moments,
  meanDifference,
  meanSummary,
  mergeMoments,
  momentsFromShiftedSums,
  normalQuantile,
  normalSf,
  proportionDifference,
} from '../../../stats/index.ts';

/** Buckets with units that chance needs to make halves of. */
const LEAST_BUCKETS = 50;
/** Units without which the sums of a bucket are not nearly normal. */
const LEAST_UNITS = 1_000;
/** Events, or units without one, below which a rate is tested exactly, in each half. */
const LEAST_EVENTS = 10;

export interface ReSplits {
  splits: number;
  /** Re-splits whose halves the test found different. */
  rejected: number;
  rate: number;
  /** Where the rate of a right test lies in 95 of 100 experiments. */
  range: { lower: number; upper: number };
}

export interface ReSplitOptions {
  kind: 'proportion' | 'mean';
  level: number;
  splits: number;
  seed: number;
}

/**
 * How often the test of a metric finds a difference where there is none: the units of one arm are put into two halves by
 * chance again and again, whole buckets at a time. A sentence says what is missing.
 */
export function reSplit(buckets: readonly Moments[], options: ReSplitOptions): ReSplits | { missing: string } {
  const filled = buckets.filter(({ n }) => n > 0);
  const all = filled.reduce(mergeMoments, { n: 0, mean: 0, m2: 0 });
  if (filled.length < LEAST_BUCKETS || all.n < LEAST_UNITS) {
    return {
      missing: `Re-splits need ${LEAST_UNITS.toLocaleString('en')} mature units of the control: it has ${all.n}.`,
    };
  }
  const events = Math.round(all.n * all.mean);
  if (options.kind === 'proportion' && Math.min(events, all.n - events) < 2 * LEAST_EVENTS) {
    return {
      missing: `Re-splits need ${2 * LEAST_EVENTS} units of the control with, and as many without, the outcome.`,
    };
  }
  if (!(all.m2 > 0)) return { missing: 'All units of the control have the same value: nothing can differ.' };
  // About the common mean, so that plain sums keep their digits.
  const sums = filled.map(({ n, mean, m2 }) => ({ n, s: n * (mean - all.mean), ss: m2 + n * (mean - all.mean) ** 2 }));
  let rejected = 0;
  for (let split = 0; split < options.splits; split++) {
    const halves = [0, 1].map(() => ({ n: 0, shift: all.mean, sum: 0, sumOfSquares: 0 }));
    let coins = 0;
    sums.forEach(({ n, s, ss }, i) => {
      if (i % 32 === 0) coins = hash(`a-a ${options.seed} ${split}`, String(i));
      const half = halves[(coins >>> (i % 32)) & 1];
      if (!half) return;
      half.n += n;
      half.sum += s;
      half.sumOfSquares += ss;
    });
    const [one, other] = halves.map(momentsFromShiftedSums);
    if (one && other && pValue(one, other, options) < 1 - options.level) rejected += 1;
  }
  const { splits, level } = options;
  return { splits, rejected, rate: rejected / splits, range: rangeOf(filled.length - 1, level, splits) };
}

/** By the test that decides the metric: Welch's, or the score test of two rates. */
function pValue(one: Moments, other: Moments, { kind, level }: ReSplitOptions): number {
  const count = ({ n, mean }: Moments) => ({ x: Math.round(n * mean), n });
  const test =
    kind === 'mean'
      ? meanDifference(meanSummary(one), meanSummary(other), { level })
      : proportionDifference(count(one), count(other), { level });
  return test.status === 'ok' ? test.p : 1;
}

/**
 * The units are those of one experiment: among its re-splits the halves' difference varies by the spread between its
 * buckets, which has so many degrees of freedom, while the test goes by the spread between units. The quotient of both is
 * chi-square over them (Wilson and Hilferty), and the number of re-splits adds its own error.
 */
function rangeOf(degreesOfFreedom: number, level: number, splits: number): ReSplits['range'] {
  const expected = 1 - level;
  const critical = -normalQuantile(expected / 2);
  const limit = (z: number) => {
    const part = 2 / (9 * degreesOfFreedom);
    const rate = 2 * normalSf(critical / (1 - part + z * Math.sqrt(part)) ** 1.5);
    return Math.hypot(rate - expected, z * Math.sqrt((expected * level) / splits));
  };
  const z = normalQuantile(0.975);
  return { lower: Math.max(0, expected - limit(-z)), upper: Math.min(1, expected + limit(z)) };
}
