import { describe, expect, it } from 'vitest';
import {
  type EffectPair,
  effectHeterogeneity,
  effectPrior,
  heterogeneityLogE,
  studentTTwoSidedP,
  surrogateCheck,
} from '../../stats/index.ts';

/** A seeded stream of standard normal numbers (mulberry32, Box and Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform() || 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

function experiments(z: () => number, n: number, rho: number, noise: number): EffectPair[] {
  return Array.from({ length: n }, () => {
    const [a, b] = [z(), z()];
    const error = noise * Math.exp(0.5 * z());
    const [e, f] = [z(), z()];
    return {
      proxy: a + 0.3 + error * e,
      business: rho * a + Math.sqrt(1 - rho * rho) * b + error * (0.3 * e + Math.sqrt(0.91) * f),
      proxyVariance: error * error,
      businessVariance: error * error,
      covariance: 0.3 * error * error,
    };
  });
}

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: 'ok' }>;
}

describe('surrogate check', () => {
  it('without errors is the correlation of the effects, and its interval excludes 0 exactly when t does', () => {
    const z = normals(3);
    for (const rho of [-0.9, -0.3, 0, 0.2, 0.55, 0.6, 0.95]) {
      const pairs = experiments(z, 12, rho, 1e-6);
      const mean = (of: (pair: EffectPair) => number) => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
      const [x, y] = [mean((pair) => pair.proxy), mean((pair) => pair.business)];
      const product = mean((pair) => (pair.proxy - x) * (pair.business - y));
      const r = product / Math.sqrt(mean((pair) => (pair.proxy - x) ** 2) * mean((pair) => (pair.business - y) ** 2));
      const { correlation, interval } = ok(surrogateCheck(pairs));
      expect(Math.abs((correlation ?? 9) - r)).toBeLessThan(1e-3);
      const { p } = studentTTwoSidedP(r * Math.sqrt(10 / (1 - r * r)), 10);
      if (Math.abs(p - 0.05) > 0.005) expect(interval.lower > 0 || interval.upper < 0).toBe(p < 0.05);
    }
  });

  it('covers the true correlation, where that of observed effects is too low too often', () => {
    const z = normals(11);
    let [covered, observed] = [0, 0];
    const runs = 60;
    for (let run = 0; run < runs; run++) {
      const pairs = experiments(z, 14, 0.8, 0.7);
      const { interval } = ok(surrogateCheck(pairs));
      if (interval.lower <= 0.8 && 0.8 <= interval.upper) covered += 1;
      const plain = ok(
        surrogateCheck(pairs.map((pair) => ({ ...pair, proxyVariance: 1e-9, businessVariance: 1e-9, covariance: 0 }))),
      );
      if (plain.interval.upper >= 0.8) observed += 1;
    }
    expect(covered / runs).toBeGreaterThan(0.9);
    expect(observed / runs).toBeLessThan(0.9);
  }, 60_000);

  it('says that it does not know: too few, or effects that vary no more than their errors', () => {
    const z = normals(5);
    expect(surrogateCheck(experiments(z, 9, 0.5, 0.3))).toEqual({
      status: 'insufficient',
      missing: '9 of at least 10 experiments',
    });
    const alike = experiments(z, 12, 0.5, 0.3).map((pair) => ({
      ...pair,
      proxy: 0.01 * z(),
      proxyVariance: 1,
      covariance: 0,
    }));
    expect(ok(surrogateCheck(alike))).toMatchObject({
      correlation: null,
      atLimit: false,
      interval: { lower: -1, upper: 1 },
    });
  });

  it('swaps with its metrics, turns with their signs and does not depend on their units', () => {
    const pairs = experiments(normals(21), 15, 0.6, 0.4);
    const base = ok(surrogateCheck(pairs));
    const swapped = ok(
      surrogateCheck(
        pairs.map((pair) => ({
          proxy: 1000 * pair.business,
          business: -pair.proxy,
          proxyVariance: 1e6 * pair.businessVariance,
          businessVariance: pair.proxyVariance,
          covariance: -1000 * pair.covariance,
        })),
      ),
    );
    expect(swapped.correlation).toBeCloseTo(-(base.correlation ?? 9), 2);
    expect(swapped.interval.lower).toBeCloseTo(-base.interval.upper, 2);
    expect(base.signAgreement?.of).toBe(15);
    expect(swapped.signAgreement?.same).toBe(15 - (base.signAgreement?.same ?? 0));
  });

  it('refuses a covariance that the variances do not allow', () => {
    const [first, ...rest] = experiments(normals(1), 10, 0.5, 0.3);
    const wrong = [{ ...first!, covariance: 2 * first!.proxyVariance }, ...rest];
    expect(() => surrogateCheck(wrong)).toThrow(/pairs\[0\]\.covariance must be within/);
  });
});

describe('prior of effect sizes', () => {
  it('finds the spread of true effects, noise removed, and predicts the next one', () => {
    const z = normals(8);
    let [inside, size] = [0, 0];
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const errors = Array.from({ length: 20 }, () => 0.02 * Math.exp(0.7 * z()));
      const prior = ok(
        effectPrior(
          errors.map((error) => 0.03 * z() + error * z()),
          errors,
        ),
      );
      size += prior.standardDeviation / runs;
      if (Math.abs(0.03 * z()) < 1.96 * prior.standardDeviation) inside += 1;
    }
    expect(size).toBeGreaterThan(0.028);
    expect(size).toBeLessThan(0.036);
    expect(inside / runs).toBeGreaterThan(0.9);
  });

  it('has a closed form with negligible errors, scales with the unit, and needs ten', () => {
    const effects = [1, -1, 2, -2, 3, -3, 1, -1, 2, -2, 1, -1];
    const exact = ok(
      effectPrior(
        effects,
        effects.map(() => 1e-7),
      ),
    );
    // The mean of τ² where τ has the density τ^-n exp(-S / 2 τ²): S / (n - 3).
    const sum = effects.reduce((total, effect) => total + effect * effect, 0);
    expect(exact.standardDeviation).toBeCloseTo(Math.sqrt(sum / 9), 6);
    const scaled = ok(
      effectPrior(
        effects.map((effect) => effect * 1e200),
        effects.map(() => 1e193),
      ),
    );
    expect(scaled.standardDeviation / 1e200).toBeCloseTo(exact.standardDeviation, 6);
    expect(effectPrior([1], [1]).status).toBe('insufficient');
  });

  it('is above 0 also where noise explains everything', () => {
    const prior = ok(effectPrior(new Array(12).fill(0), new Array(12).fill(0.01)));
    expect(prior.standardDeviation).toBeGreaterThan(0.001);
    expect(prior.standardDeviation).toBeLessThan(0.01);
  });
});

describe('evidence of heterogeneity', () => {
  it('of two segments is the mixture of their difference', () => {
    // d = 0.07 with variance 2e-4, mixed over effects of variance 2 τ² = 0.005.
    const [v, t] = [2e-4, 0.005];
    const expected = 0.5 * Math.log(v / (v + t)) + (0.07 ** 2 * t) / (2 * v * (v + t));
    expect(heterogeneityLogE([0.05, -0.02], [0.01, 0.01], [0.05])).toBeCloseTo(expected, 12);
  });

  it('does not move when all effects do, and is 0 for one segment', () => {
    const base = heterogeneityLogE([1, 3, 2], [1, 2, 0.5], [0.5, 2]);
    expect(heterogeneityLogE([1001, 1003, 1002], [1, 2, 0.5], [0.5, 2])).toBeCloseTo(base, 10);
    expect(heterogeneityLogE([7], [1], [2])).toBeCloseTo(0, 12);
  });

  it('looked at 100 times, reaches 20 in less than 5 % of runs without differences, where p < 0.05 comes up in far more', () => {
    const z = normals(99);
    const shares = [0.5, 0.25, 0.15, 0.1];
    let [alarms, significant] = [0, 0];
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const sums = [0, 0, 0, 0];
      let [units, seen, small] = [0, false, false];
      for (let look = 0; look < 100; look++) {
        const added = look === 0 ? 400 : units * 0.06;
        units += added;
        shares.forEach((share, k) => {
          sums[k]! += z() * Math.sqrt((added * share) / 4);
        });
        const effects = sums.map((sum, k) => (4 * sum) / (units * shares[k]!));
        const errors = shares.map((share) => Math.sqrt(4 / (units * share)));
        seen ||= heterogeneityLogE(effects, errors, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]) >= Math.log(20);
        small ||= ok(effectHeterogeneity(effects, errors)).p < 0.05;
      }
      if (seen) alarms += 1;
      if (small) significant += 1;
    }
    expect(alarms / runs).toBeLessThan(0.05);
    expect(significant / runs).toBeGreaterThan(0.2);
  });
});
