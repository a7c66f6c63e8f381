import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alwaysValidP,
  asymptoticSequence,
  bernoulliSequence,
  betaBinomialEValue,
  betaBinomialMixtureBound,
  groupSequentialCrossing,
  mixingVarianceForEffect,
  normalMixtureBound,
  normalMixtureLogE,
  normalMixtureTest,
  oneSidedAsymptoticSequence,
  oneSidedMixtureTest,
  quantileEvidence,
  sequentialWidth,
} from '../../stats/index.ts';
import reference from './fixtures/sequential-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });

describe('always-valid tests of a normal estimate', () => {
  it('the e-value has expectation 1 under no effect, one side and two', () => {
    for (const run of [normalMixtureTest, oneSidedMixtureTest]) {
      let mean = 0;
      for (let z = -14; z <= 14; z += 0.005) {
        const logE = run({ estimate: z, variance: 1, mixingVariance: 0.5 }).logE;
        mean += (0.005 * Math.exp(logE - 0.5 * z * z)) / Math.sqrt(2 * Math.PI);
      }
      expect(mean).toBeCloseTo(1, 10);
    }
  });

  it('p is below 1 - level exactly when the interval excludes 0; the scale does not matter', () => {
    const z = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(z, positive, positive, (score, variance, mixingVariance) => {
        const estimate = score * Math.sqrt(variance);
        const test = normalMixtureTest({ estimate, variance, mixingVariance });
        fc.pre(Math.abs(test.p - 0.05) > 1e-9);
        expect(test.p < 0.05).toBe(test.interval.lower > 0 || test.interval.upper < 0);
        const scaled = normalMixtureTest({
          estimate: 3 * estimate,
          variance: 9 * variance,
          mixingVariance: 9 * mixingVariance,
        });
        expect(Math.abs(scaled.logE - test.logE)).toBeLessThan(1e-10);
        const gain = oneSidedMixtureTest({ estimate, variance, mixingVariance });
        if (gain.interval.lower > 0) expect(gain.p).toBeLessThan(0.05 * (1 + 1e-9));
      }),
      PROPERTY,
    );
  });

  it('never overflows: z = 40,000', () => {
    const test = normalMixtureTest({ estimate: 4e4, variance: 1, mixingVariance: 1 });
    expect(test.logE).toBeCloseTo(4e8 - 0.5 * Math.LN2, 4);
    expect(test.p).toBe(0);
    expect(test.log10P).toBeCloseTo(-4e8 / Math.LN10, 0);
  });

  it('200 looks over a factor of 17,000 in units reject at most 5 % of healthy experiments', () => {
    const times = Array.from({ length: 200 }, (_, k) => 1.05 ** (k + 1));
    const z = times.map((n) => asymptoticSequence({ estimate: 0, standardError: 1, n, tunedTo: 100 }).criticalZ);
    const { overall } = groupSequentialCrossing(z, times, { sides: 2 });
    expect(overall).toBeGreaterThan(0.01);
    expect(overall).toBeLessThan(0.05);
    const upper = times.map(
      (n) => oneSidedAsymptoticSequence({ estimate: 0, standardError: 1, n, tunedTo: 100 }).criticalZ,
    );
    expect(groupSequentialCrossing(upper, times).overall).toBeLessThan(0.05);
  });

  it('extreme scales give no NaN', () => {
    for (const [variance, mixingVariance] of [
      [1e-300, 1e300],
      [1e300, 1e-300],
    ] as const) {
      const test = normalMixtureTest({ estimate: 1e-9, variance, mixingVariance });
      expect([test.logE, test.p, test.criticalZ].some(Number.isNaN)).toBe(false);
    }
  });

  it('tau of a declared effect is the one whose band is as wide as the effect where it is best', () => {
    const effect = 0.01;
    const tau2 = mixingVarianceForEffect(effect);
    const width = (variance: number, mixing = tau2): number =>
      normalMixtureTest({ estimate: 0, variance, mixingVariance: mixing }).halfWidth;
    let variance = 1e-12;
    while (width(variance) < effect) variance *= 1.001;
    for (const other of [0.5, 0.8, 1.3, 2])
      expect(width(variance, tau2 * other)).toBeGreaterThan(width(variance) * 0.9999);
  });

  it('p over looks only falls', () => {
    expect(alwaysValidP([0.9, 0.1, Number.NEGATIVE_INFINITY, 2]).map((look) => look.runningP)).toEqual([
      Math.exp(-0.9),
      Math.exp(-0.9),
      Math.exp(-0.9),
      Math.exp(-2),
    ]);
    expect(sequentialWidth({ n: 1e5, tunedTo: 5000 }).sampleInflation).toBeCloseTo(2.89854, 5);
  });
});

describe('always-valid tests of rates and quantiles', () => {
  it.each(reference.betaBinomial)('log e of $successes to $failures agrees with mpmath', ({ logE, ...input }) => {
    expect(relativeError(betaBinomialEValue(input).logE, logE)).toBeLessThan(1e-11);
  });

  it('the beta-binomial e-value has expectation 1, exactly', () => {
    for (const n of [1, 9, 30]) {
      let mean = 0;
      let choose = 1;
      for (let s = 0; s <= n; s++) {
        const { logE } = betaBinomialEValue({ successes: s, failures: n - s, p0: 0.2, priorA: 0.4, priorB: 3 });
        mean += choose * 0.2 ** s * 0.8 ** (n - s) * Math.exp(logE);
        choose = (choose * (n - s)) / (s + 1);
      }
      expect(mean).toBeCloseTo(1, 12);
    }
  });

  it('the Bernoulli sequence ever misses the rate with a probability of at most alpha: exact recursion to 400 trials', () => {
    const rate = 0.3;
    let inside = new Map([[0, 1]]);
    for (let n = 1; n <= 400; n++) {
      const next = new Map<number, number>();
      for (const [s, mass] of inside) {
        for (const [to, chance] of [
          [s, 1 - rate],
          [s + 1, rate],
        ] as const)
          next.set(to, (next.get(to) ?? 0) + mass * chance);
      }
      inside = new Map(
        [...next].filter(([s]) => {
          const { lower, upper } = bernoulliSequence(s, n, { tunedTo: 100 });
          return lower <= rate && rate <= upper;
        }),
      );
    }
    const missed = 1 - [...inside.values()].reduce((a, b) => a + b, 0);
    expect(missed).toBeGreaterThan(0.005);
    expect(missed).toBeLessThan(0.05);
  });

  it('mirrors, and keeps the digits of a rate of one in a billion', () => {
    const few = bernoulliSequence(30, 200, { tunedTo: 100 });
    const many = bernoulliSequence(170, 200, { tunedTo: 100 });
    expect(few.lower).toBeCloseTo(1 - many.upper, 12);
    expect(bernoulliSequence(0, 0, { tunedTo: 100 })).toEqual({ lower: 0, upper: 1 });
    const rare = bernoulliSequence(0, 1e9, { tunedTo: 1e9 }).upper;
    const against = (p: number): number => -1e9 * Math.log1p(-p);
    expect(against(rare)).toBeGreaterThan(2);
    expect(against(rare)).toBeLessThan(30);
  });

  it('bounds are where the mixture reaches 1 / alpha', () => {
    for (const oneSided of [false, true]) {
      const bound = normalMixtureBound(400, 0.01, { vOpt: 100, oneSided });
      expect(normalMixtureLogE(bound, 400, { vOpt: 100, oneSided })).toBeCloseTo(Math.log(100), 10);
    }
    expect(betaBinomialMixtureBound(1, 0.05, { vOpt: 100, g: 0.2, h: 0.8 })).toBe(5);
    const one = betaBinomialMixtureBound(100, 0.05, { vOpt: 100, g: 0.2, h: 0.8, oneSided: true });
    expect(one).toBeLessThan(betaBinomialMixtureBound(100, 0.05, { vOpt: 100, g: 0.2, h: 0.8 }));
  });

  it('equal arms give no evidence about a quantile, distant ones a lot, and order does not matter', () => {
    const arm = Array.from({ length: 500 }, (_, i) => i);
    const far = arm.map((x) => x + 300);
    expect(quantileEvidence(arm, arm, 0.5, { tunedTo: 100 }).p).toBe(1);
    const there = quantileEvidence(arm, far, 0.5, { tunedTo: 100 });
    expect(there.p).toBeLessThan(1e-6);
    expect(quantileEvidence([...far].reverse(), arm, 0.5, { tunedTo: 100 }).logE).toBeCloseTo(there.logE, 9);
  });
});

describe('refusals of always-valid tests', () => {
  it.each<[string, () => unknown]>([
    [
      'variance must be a finite number above 0, got 0',
      () => normalMixtureTest({ estimate: 1, variance: 0, mixingVariance: 1 }),
    ],
    [
      'level must be between 0 and 1, got 1',
      () => normalMixtureTest({ estimate: 1, variance: 1, mixingVariance: 1, level: 1 }),
    ],
    ['tunedTo must be a finite number above 0, got -1', () => sequentialWidth({ n: 1, tunedTo: -1 })],
    ['p0 must be between 0 and 1, got 1', () => betaBinomialEValue({ successes: 1, failures: 1, p0: 1 })],
    ['successes must be at most 2 (trials), got 3', () => bernoulliSequence(3, 2, { tunedTo: 10 })],
    ['treatment must not be empty, got a length of 0', () => quantileEvidence([1], [], 0.5, { tunedTo: 10 })],
    ['logE[0] must be a number, got NaN', () => alwaysValidP([Number.NaN])],
    ['vOpt must be a finite number above 0, got 0', () => normalMixtureBound(1, 0.05, { vOpt: 0 })],
  ])('by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});
