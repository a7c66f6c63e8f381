import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  betaBestArm,
  betaComparison,
  betaThreshold,
  effectPosterior,
  floorShares,
  meanPosterior,
  normalArms,
  normalBestArm,
  normalSf,
  opportunityLoss,
  studentBestArm,
  topTwoShares,
} from '../../stats/index.ts';
import reference from './fixtures/design-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const beta = ([a, b]: readonly number[]) => ({ alpha: a!, beta: b! });

describe('two rates under beta posteriors', () => {
  it.each(reference.betaComparison)('$control against $treatment agrees with the finite sum', (row) => {
    const result = betaComparison(beta(row.control), beta(row.treatment));
    expect(relativeError(result.probabilityTreatmentBetter, row.better)).toBeLessThan(1e-12);
    expect(relativeError(result.probabilityControlBetter, row.worse)).toBeLessThan(1e-12);
    expect(relativeError(result.lossTreatment, row.loss)).toBeLessThan(1e-11);
  });

  it('probabilities sum to 1, losses differ by the difference of means, exchanging arms exchanges both', () => {
    const parameter = fc.double({ min: 0.5, max: 3000, noNaN: true });
    fc.assert(
      fc.property(parameter, parameter, parameter, parameter, (a, b, c, d) => {
        const one = betaComparison(beta([a, b]), beta([c, d]));
        const other = betaComparison(beta([c, d]), beta([a, b]));
        expect(one.probabilityTreatmentBetter + one.probabilityControlBetter).toBeCloseTo(1, 11);
        expect(one.lossControl - one.lossTreatment).toBeCloseTo(one.meanTreatment - one.meanControl, 11);
        expect(relativeError(other.probabilityControlBetter, one.probabilityTreatmentBetter)).toBeLessThan(1e-10);
        expect(relativeError(other.lossControl, one.lossTreatment)).toBeLessThan(1e-10);
      }),
      { ...PROPERTY, numRuns: 60 },
    );
  });

  it('a threshold of 0 is the plain comparison; certain thresholds are 0 and 1', () => {
    const [a, b] = [beta([11, 91]), beta([15, 87])];
    const plain = betaComparison(a, b).probabilityTreatmentBetter;
    const at0 = betaThreshold(a, b, { difference: 0, lift: 0 });
    expect(at0.probabilityDifference).toBeCloseTo(plain, 12);
    expect(at0.probabilityLift).toBeCloseTo(plain, 12);
    const far = betaThreshold(a, b, { difference: -1, lift: 1e6 });
    expect(far.probabilityDifference).toBeCloseTo(1, 12);
    expect(far.probabilityLift).toBeLessThan(1e-6);
  });

  it('uniform rates differ by more than d with probability (1 - d)^2 / 2, and by lift r with 1 / (2 (1 + r))', () => {
    const flat = beta([1, 1]);
    const result = betaThreshold(flat, flat, { difference: 0.3, lift: 0.5 });
    expect(result.probabilityDifference).toBeCloseTo(0.7 ** 2 / 2, 12);
    expect(result.probabilityLift).toBeCloseTo(1 / 3, 12);
    const below = betaThreshold(flat, flat, { difference: -0.3, lift: -0.5 });
    expect(below.probabilityDifference).toBeCloseTo(1 - 0.7 ** 2 / 2, 12);
    expect(below.probabilityLift).toBeCloseTo(0.75, 12);
  });
});

describe('the best arm', () => {
  it.each(reference.normalBest)('of $means agrees with mpmath', ({ means, standardDeviations, best }) => {
    const { probabilityBest } = normalBestArm(normalArms(means, standardDeviations));
    probabilityBest.forEach((value, arm) => {
      expect(relativeError(value, best[arm]!)).toBeLessThan(1e-12);
    });
  });

  it('smallest is best with all signs turned, for every family', () => {
    const means = [0.3, -0.1, 0.2];
    const normal = (sign: number) =>
      normalBestArm(
        normalArms(
          means.map((mean) => sign * mean),
          [0.2, 0.5, 0.1],
        ),
      );
    const student = (sign: number) =>
      studentBestArm(means.map((mean, k) => ({ mean: sign * mean, scale: 0.3, degreesOfFreedom: 2 + k })));
    const rates = (flip: boolean) =>
      betaBestArm(
        [
          [3, 9],
          [4, 7],
          [9, 30],
        ].map(([a, b]) => beta(flip ? [b!, a!] : [a!, b!])),
      );
    const pairs = [
      [normal(1), normal(-1)],
      [student(1), student(-1)],
      [rates(false), rates(true)],
    ] as const;
    for (const [plain, turned] of pairs) {
      plain.probabilitySmallest.forEach((value, arm) => {
        expect(relativeError(value, turned.probabilityBest[arm]!)).toBeLessThan(1e-11);
        expect(relativeError(value, plain.probabilityBest[arm]!)).toBeGreaterThan(1e-3);
      });
    }
  });

  it('of two normal arms is closed', () => {
    const { probabilityBest } = normalBestArm(normalArms([0, 1], [0.5, 2]));
    expect(relativeError(probabilityBest[0]!, normalSf(1 / Math.hypot(0.5, 2)))).toBeLessThan(1e-13);
  });

  it('has probabilities that sum to 1, whatever the family and the scales', () => {
    const arm = fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: 0.001, max: 5, noNaN: true }));
    fc.assert(
      fc.property(fc.array(arm, { minLength: 1, maxLength: 6 }), (arms) => {
        const normal = normalBestArm(arms.map(([mean, standardDeviation]) => ({ mean, standardDeviation })));
        expect(sum(normal.probabilityBest)).toBeCloseTo(1, 11);
        expect(sum(normal.probabilitySmallest)).toBeCloseTo(1, 11);
        const student = arms.map(([mean, scale], k) => ({ mean, scale, degreesOfFreedom: 1 + 3 * k }));
        expect(sum(studentBestArm(student).probabilityBest)).toBeCloseTo(1, 9);
        const rates = betaBestArm(arms.map(([mean, spread]) => beta([Math.exp(mean) / spread, 1 / spread + 0.5])));
        expect(sum(rates.probabilityBest)).toBeCloseTo(1, 11);
        expect(sum(rates.probabilitySmallest)).toBeCloseTo(1, 11);
      }),
      { ...PROPERTY, numRuns: 40 },
    );
  });

  it('under Student t with many degrees of freedom is the normal one', () => {
    const normal = normalBestArm(normalArms([1, 1.1, 0.9], [0.1, 0.12, 0.09])).probabilityBest;
    const arms = normalArms([1, 1.1, 0.9], [0.1, 0.12, 0.09]).map(({ mean, standardDeviation }) => ({
      mean,
      scale: standardDeviation,
      degreesOfFreedom: 1e9,
    }));
    studentBestArm(arms).probabilityBest.forEach((value, arm) => {
      expect(relativeError(value, normal[arm]!)).toBeLessThan(1e-7);
    });
  });

  it('of two Cauchy arms is closed', () => {
    const cauchy = (mean: number, scale: number) => ({ mean, scale, degreesOfFreedom: 1 });
    const { probabilityBest } = studentBestArm([cauchy(0, 1), cauchy(3, 0.5)]);
    expect(probabilityBest[1]).toBeCloseTo(0.5 + Math.atan(3 / 1.5) / Math.PI, 10);
  });

  it('costs nothing to choose if there is no other, and E[max] of two standard normals is 1 / √π', () => {
    expect(opportunityLoss(normalArms([2], [1]))).toEqual({ leader: 0, expectedMaximum: 2, losses: [0] });
    expect(
      relativeError(opportunityLoss(normalArms([0, 0], [1, 1])).expectedMaximum, 1 / Math.sqrt(Math.PI)),
    ).toBeLessThan(1e-12);
    // three: 3 / (2 √π)
    expect(
      relativeError(opportunityLoss(normalArms([0, 0, 0], [1, 1, 1])).expectedMaximum, 1.5 / Math.sqrt(Math.PI)),
    ).toBeLessThan(1e-12);
  });

  it('loses as much as the closed form says, also far out', () => {
    const losses = opportunityLoss(normalArms([0, 12], [1, 1])).losses;
    const effect = effectPosterior(12, Math.SQRT2);
    expect(relativeError(losses[1]!, effect.lossTreatment)).toBeLessThan(1e-10);
  });
});

describe('a normal effect', () => {
  it('losses differ by the mean and are right where both terms agree to all digits', () => {
    for (const estimate of [-8, -2.9, 0, 2.9999, 3.0001, 9]) {
      const { lossControl, lossTreatment, mean } = effectPosterior(estimate, 1);
      expect(lossControl - lossTreatment).toBeCloseTo(mean, 12);
    }
    expect(relativeError(effectPosterior(10, 1).lossTreatment, 7.474560254589328e-25)).toBeLessThan(1e-12);
  });

  it('a prior of infinite width is none; a narrow one wins', () => {
    expect(effectPosterior(0.3, 0.1, { mean: 0, standardDeviation: 1e9 }).mean).toBeCloseTo(0.3, 12);
    expect(effectPosterior(0.3, 0.1, { mean: 0, standardDeviation: 1e-6 }).mean).toBeCloseTo(0, 9);
  });

  it('updating in two steps is updating at once', () => {
    const prior = { mean: 1, kappa: 2, alpha: 3, beta: 4 };
    const once = meanPosterior({ n: 4, mean: 2.5, m2: 5 }, prior);
    const twice = meanPosterior({ n: 2, mean: 3.5, m2: 0.5 }, meanPosterior({ n: 2, mean: 1.5, m2: 0.5 }, prior));
    for (const key of ['mean', 'kappa', 'alpha', 'beta'] as const) expect(twice[key]).toBeCloseTo(once[key], 12);
  });
});

describe('bandit shares', () => {
  it('top two: agrees with drawing, keeps the sum, and a certain best gets beta', () => {
    const shares = topTwoShares([0.047, 0.224, 0.729]);
    expect(sum(shares)).toBeCloseTo(1, 14);
    const simulated = [0, 0, 0];
    let state = 1;
    const random = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const draw = (): number => {
      const u = random();
      if (u < 0.047) return 0;
      return u < 0.271 ? 1 : 2;
    };
    for (let k = 0; k < 50_000; k++) {
      const first = draw();
      let arm = first;
      if (random() >= 0.5) while (arm === first) arm = draw();
      simulated[arm]! += 1 / 50_000;
    }
    for (const arm of [0, 1, 2]) expect(Math.abs(simulated[arm]! - shares[arm]!)).toBeLessThan(0.01);
    expect(topTwoShares([0, 1, 0])).toEqual([0.25, 0.5, 0.25]);
    expect(topTwoShares([1])).toEqual([1]);
    expect(topTwoShares([1e-30, 1, 0])[0]).toBeCloseTo(0.5, 12);
  });

  it('a floor keeps the sum and the order', () => {
    expect(floorShares([0.4, 0.3, 0.2, 0.1], 0.25)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(sum(floorShares([0.97, 0.02, 0.01], 0.01))).toBeCloseTo(1, 14);
    expect(Math.min(...floorShares([1, 0, 0], 0.05))).toBe(0.05);
  });
});

describe('arguments out of their domain', () => {
  it.each([
    ['control.alpha', () => betaComparison(beta([0, 1]), beta([1, 1]))],
    ['level', () => betaComparison(beta([1, 1]), beta([1, 1]), { level: 1 })],
    ['lift', () => betaThreshold(beta([1, 1]), beta([1, 1]), { difference: 0, lift: -1 })],
    ['arms', () => betaBestArm([])],
    ['arms[0].standardDeviation', () => normalBestArm(normalArms([1], [0]))],
    ['degreesOfFreedom', () => studentBestArm([{ mean: 0, scale: 1, degreesOfFreedom: 0.1 }])],
    ['standardError', () => effectPosterior(1, 0)],
    ['prior.kappa', () => meanPosterior({ n: 1, mean: 0, m2: 0 }, { mean: 0, kappa: 0, alpha: 1, beta: 1 })],
    ['floor', () => floorShares([0.5, 0.5], 0.6)],
    ['sum to 1', () => topTwoShares([0.5, 0.4])],
    ['beta', () => topTwoShares([0.5, 0.5], 2)],
    ['same length', () => normalArms([1], [])],
  ])('%s', (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(name);
  });
});
