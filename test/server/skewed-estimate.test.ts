import { describe, expect, it } from 'vitest';
import { randomStream } from '../../scripts/calibrate/random-stream.ts';
import { addPair, newPairSums, type PairSums } from '../../server/delivery/bandit/growing-sums.ts';
import { skewedEstimate } from '../../server/delivery/bandit/skewed-estimate.ts';
import { ratioOfSums, studentTQuantile } from '../../stats/index.ts';

type Pair = [number, number];

function sumsOf(pairs: Pair[]): PairSums {
  const sums = newPairSums();
  for (const pair of pairs) addPair(sums, pair);
  return sums;
}

/** Rewards that are rare and large, over decisions that differ. */
function rarePairs(count: number, offset = 0): Pair[] {
  const random = randomStream(7, 'rare pairs');
  return Array.from({ length: count }, () => [
    offset + (random.uniform() < 0.05 ? 20 + random.normal() : random.normal()),
    1 + random.below(5),
  ]);
}

/** "successes" units of `count` rewarded with 1, the others with 0, one decision each. */
const ofSuccesses = (count: number, successes: number) =>
  sumsOf(Array.from({ length: count }, (_, unit): Pair => [unit < successes ? 1 : 0, 1]));

describe('sums of pairs', () => {
  it.each([0, 1e5])('grow the products of three deviations, values near %d', (offset) => {
    const pairs = rarePairs(400, offset);
    const [a, b] = [0, 1].map((j) => pairs.reduce((sum, pair) => sum + pair[j]!, 0) / pairs.length) as Pair;
    const direct = [0, 1, 2, 3].map((ofSecond) =>
      pairs.reduce((sum, [x, y]) => sum + (x - a) ** (3 - ofSecond) * (y - b) ** ofSecond, 0),
    );
    sumsOf(pairs).cubes!.forEach((cube, k) => {
      expect(Math.abs(cube / direct[k]! - 1)).toBeLessThan(1e-7);
    });
  });
});

describe('intervals of skewed rewards', () => {
  it('end where the transformed t is the quantile, by the residuals of each unit', () => {
    const pairs = rarePairs(300);
    const found = skewedEstimate(sumsOf(pairs), 0.9)!;
    const [y, x] = [0, 1].map((j) => pairs.reduce((sum, pair) => sum + pair[j]!, 0)) as Pair;
    expect(found.estimate).toBeCloseTo(y / x, 12);
    const residuals = pairs.map(([one, other]) => one - (y / x) * other);
    const power = (k: number) => residuals.reduce((sum, each) => sum + each ** k, 0);
    const s = power(3) / power(2) ** 1.5;
    const transformed = (bound: number) => {
      const t = (found.estimate - bound) / found.standardError;
      return t + s * (t * t + 0.5) * (1 / 3) + (s * s * t ** 3) / 27;
    };
    const quantile = studentTQuantile(0.95, 299);
    expect(transformed(found.interval.lower)).toBeCloseTo(quantile, 9);
    expect(transformed(found.interval.upper)).toBeCloseTo(-quantile, 9);
    expect(found.interval.upper - found.estimate).toBeGreaterThan(found.estimate - found.interval.lower);
  });

  it('mirror when the rewards change their sign', () => {
    const pairs = rarePairs(300);
    const found = skewedEstimate(sumsOf(pairs), 0.95)!.interval;
    const mirrored = skewedEstimate(sumsOf(pairs.map(([y, x]): Pair => [-y, x])), 0.95)!.interval;
    expect(mirrored.lower).toBeCloseTo(-found.upper, 12);
    expect(mirrored.upper).toBeCloseTo(-found.lower, 12);
  });

  it('are those of Student where nothing leans, and of sums stored without third powers', () => {
    const student = (sums: PairSums) => {
      const found = ratioOfSums(sums);
      if (found.status !== 'ok') throw new Error(found.status);
      return found.ratio + studentTQuantile(0.975, sums.n - 1) * found.standardError;
    };
    const even = ofSuccesses(200, 100);
    expect(skewedEstimate(even, 0.95)!.interval.upper).toBeCloseTo(student(even), 9);
    const { cubes: _, ...stored } = ofSuccesses(200, 5);
    expect(skewedEstimate(stored, 0.95)!.interval.upper).toBeCloseTo(student(stored), 9);
  });

  it('of one value alone are that value; of no denominator there are none', () => {
    const alike = sumsOf(Array.from({ length: 10 }, (): Pair => [2, 1]));
    expect(skewedEstimate(alike, 0.95)).toEqual({ estimate: 2, standardError: 0, interval: { lower: 2, upper: 2 } });
    expect(skewedEstimate(sumsOf([[1, 0]]), 0.95)).toBeNull();
  });

  it('stay finite and in order where one unit of many has all rewards', () => {
    const { estimate, interval } = skewedEstimate(ofSuccesses(1_000, 1), 0.95)!;
    expect(interval.lower).toBeLessThan(estimate);
    expect(interval.upper).toBeGreaterThan(3 / 1_000);
    expect(interval.upper).toBeLessThan(0.02);
  });

  it('miss a rate of 4 % in 150 units from below in 2.5 %, where those of Student do in 6 % of all samples', () => {
    const [n, p] = [150, 0.04];
    const missedBy = { skewed: 0, student: 0 };
    let mass = (1 - p) ** n;
    for (let x = 0; x <= 30; x++) {
      const sums = ofSuccesses(n, x);
      const { cubes: _, ...plain } = sums;
      if (skewedEstimate(sums, 0.95)!.interval.upper < p) missedBy.skewed += mass;
      if (skewedEstimate(plain, 0.95)!.interval.upper < p) missedBy.student += mass;
      mass *= ((n - x) / (x + 1)) * (p / (1 - p));
    }
    expect(missedBy.student).toBeGreaterThan(0.05);
    expect(missedBy.skewed).toBeLessThan(0.025);
  });
});
