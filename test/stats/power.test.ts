import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bonferroniSampleSize,
  clusterSampleSize,
  cupedSampleSize,
  equivalenceSampleSize,
  liftSampleSize,
  meanDetectableEffect,
  meanPower,
  meanSampleSize,
  noncentralTLogSf,
  nonInferioritySampleSize,
  normalSf,
  proportionDetectableEffect,
  proportionPower,
  proportionSampleSize,
  ratioSampleSize,
  signTestSampleSize,
  studentTSf,
  typeErrors,
  unequalSampleSize,
} from '../../stats/index.ts';
import reference from './fixtures/design-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

describe('the noncentral t distribution', () => {
  it.each(reference.noncentralT)('above $t with $df df and noncentrality $noncentrality agrees with mpmath', (row) => {
    expect(relativeError(Math.exp(noncentralTLogSf(row.t, row.df, row.noncentrality)), row.sf)).toBeLessThan(1e-11);
  });

  it('without noncentrality it is Student t, and at t = 0 the normal', () => {
    for (const [t, df] of [
      [0.3, 1],
      [2, 7.5],
      [4, 300],
    ] as const) {
      expect(relativeError(Math.exp(noncentralTLogSf(t, df, 0)), studentTSf(t, df))).toBeLessThan(1e-12);
    }
    expect(Math.exp(noncentralTLogSf(0, 5, 1.3))).toBeCloseTo(normalSf(-1.3), 14);
  });
});

describe('power for means', () => {
  it('is alpha where there is no effect, for any size and split', () => {
    for (const perArm of [2, 17, 5000]) {
      for (const ratio of [0.2, 1, 9]) {
        const { power, powerNormal } = meanPower(perArm, 0, { standardDeviation: 3, ratio, alpha: 0.03 });
        if (perArm * (1 + ratio) > 3) expect(power).toBeCloseTo(0.03, 12);
        expect(powerNormal).toBeCloseTo(0.03, 12);
      }
    }
  });

  it('sample size, power and detectable effect are inverses of each other', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 1.5, noNaN: true }),
        fc.double({ min: 0.3, max: 0.99, noNaN: true }),
        fc.constantFrom(1, 2) as fc.Arbitrary<1 | 2>,
        fc.constantFrom(0.25, 1, 4),
        (delta, power, sides, ratio) => {
          const plan = { standardDeviation: 1, power, sides, ratio, alpha: 0.05 };
          const size = meanSampleSize(delta, plan);
          if (size.perArm <= Math.max(2, 2 / ratio)) return;
          expect(meanPower(size.perArm, delta, plan).power).toBeCloseTo(power, 9);
          expect(relativeError(meanDetectableEffect(size.perArm, plan).effect, delta)).toBeLessThan(1e-7);
          expect(size.power).toBeGreaterThanOrEqual(power - 1e-9);
        },
      ),
      { ...PROPERTY, numRuns: 25 },
    );
  });

  it('the t-test needs about z^2 / 4 units an arm more than the normal formula says', () => {
    const { perArm, perArmNormal } = meanSampleSize(0.02, { standardDeviation: 1, power: 0.9 });
    expect(perArm - perArmNormal).toBeCloseTo(1.959964 ** 2 / 4, 1);
    const one = meanSampleSize(0.01, { standardDeviation: 2, sides: 1 });
    expect(one.perArm - one.perArmNormal).toBeCloseTo(1.644854 ** 2 / 4, 2);
  });

  it('one side does not find a difference in the other direction', () => {
    expect(meanPower(50, -1, { standardDeviation: 1, sides: 1 }).power).toBeLessThan(1e-6);
    expect(meanPower(50, -1, { standardDeviation: 1 }).power).toBeGreaterThan(0.99);
  });

  it('agrees with R power.t.test(strict = TRUE)', () => {
    const plan = { standardDeviation: 1 };
    expect(relativeError(meanPower(10, 0.5, plan).power, 0.185095656291803)).toBeLessThan(1e-9);
    expect(relativeError(meanPower(2, 3, plan).power, 0.387400128526177)).toBeLessThan(1e-9);
    expect(relativeError(meanSampleSize(0.5, plan).perArm, 63.7656101909419)).toBeLessThan(1e-7);
    expect(relativeError(meanDetectableEffect(20, plan).effect, 0.909129032682003)).toBeLessThan(1e-7);
    expect(meanSampleSize(0.5, plan)).toMatchObject({ control: 64, treatment: 64 });
  });

  it('agrees with simulation of the t-test', () => {
    // 12 units an arm, effect 1: R's power.t.test gives 0.6470
    expect(meanPower(12, 1, { standardDeviation: 1 }).power).toBeCloseTo(0.647, 2);
  });
});

describe('power for rates', () => {
  it('the power at the sample size is the planned one, up to the far tail', () => {
    const { perArm } = proportionSampleSize(0.05, 0.06, { power: 0.9 });
    expect(proportionPower(perArm, 0.05, 0.06).power).toBeCloseTo(0.9, 6);
  });

  it('the detectable effect inverts the sample size, up and down', () => {
    for (const [control, direction] of [
      [0.05, 'rise'],
      [0.3, 'fall'],
      [0.9, 'rise'],
    ] as const) {
      const effect = proportionDetectableEffect(20000, control, { direction });
      if (effect.status !== 'ok') throw new Error(effect.reason);
      expect(Math.sign(effect.absolute)).toBe(direction === 'rise' ? 1 : -1);
      expect(relativeError(proportionSampleSize(control, effect.rate).perArm, 20000)).toBeLessThan(1e-9);
    }
  });

  it('no rate is high enough for three units', () => {
    expect(proportionDetectableEffect(3, 0.9)).toMatchObject({ status: 'undefined' });
  });

  it('exchanging events and non-events changes nothing but the sign of the effect size', () => {
    const a = proportionSampleSize(0.05, 0.055);
    const b = proportionSampleSize(0.95, 0.945);
    expect(relativeError(a.perArm, b.perArm)).toBeLessThan(1e-12);
    expect(a.effectSize).toBeCloseTo(-b.effectSize, 12);
  });
});

describe('designs', () => {
  it('special cases reduce to the plain number', () => {
    const plain = cupedSampleSize(0.1, 1, 0);
    expect(unequalSampleSize(0.1, { control: 1, treatment: 1 }, 1).control).toBeCloseTo(plain, 9);
    expect(clusterSampleSize(0.1, 1, { size: 1, correlation: 0.5 }).perArm).toBeCloseTo(plain, 9);
    expect(bonferroniSampleSize(1, 0.1, 1)).toBeCloseTo(plain, 9);
    expect(cupedSampleSize(0.1, 1, 1)).toBe(0);
    const unit = { ratio: 4, meanDenominator: 1, varianceNumerator: 9, varianceDenominator: 0, covariance: 0 };
    expect(ratioSampleSize(unit, 0.1).perArm).toBeCloseTo(liftSampleSize(4, 3, 0.1).perArmAbsolute, 9);
  });

  it('the best ratio needs the fewest units in total', () => {
    const total = (ratio: number): number => {
      const { control, treatment } = unequalSampleSize(0.1, { control: 1, treatment: 3 }, ratio);
      return control + treatment;
    };
    expect(total(3)).toBeLessThan(Math.min(total(2.9), total(3.1)));
  });

  it('margins that the truth has passed have no sample size', () => {
    expect(nonInferioritySampleSize(0.1, -0.1, 1)).toMatchObject({ status: 'undefined' });
    expect(equivalenceSampleSize(0.1, 0.1, 1)).toMatchObject({ status: 'undefined' });
  });

  it('equivalence has the power it is solved for, also off the centre', () => {
    const result = equivalenceSampleSize(0.2, 0.05, 1, { power: 0.7, alpha: 0.05 });
    if (result.status !== 'ok') throw new Error(result.reason);
    const se = Math.sqrt(2 / result.perArm);
    expect(1 - normalSf(0.15 / se - 1.6448536269514722) - normalSf(0.25 / se - 1.6448536269514722)).toBeCloseTo(
      0.7,
      12,
    );
  });

  it('significant results of small experiments exaggerate and may have the wrong sign', () => {
    expect(typeErrors(0)).toMatchObject({ wrongSign: 0.5, exaggeration: null });
    expect(typeErrors(0).power).toBeCloseTo(0.05, 14);
    expect(typeErrors(-2)).toEqual(typeErrors(2));
    expect(typeErrors(20).exaggeration).toBeCloseTo(1, 12);
    expect(typeErrors(0.1).exaggeration).toBeGreaterThan(20);
  });

  it('wins and losses count alike in a sign test', () => {
    expect(signTestSampleSize(0.4)).toBeCloseTo(signTestSampleSize(0.6), 9);
  });
});

describe('arguments out of their domain', () => {
  it.each([
    ['delta', () => meanSampleSize(0, { standardDeviation: 1 })],
    ['standardDeviation', () => meanSampleSize(1, { standardDeviation: 0 })],
    ['perArm', () => meanPower(1.5, 1, { standardDeviation: 1 })],
    ['alpha', () => meanPower(10, 1, { standardDeviation: 1, alpha: 0.7 })],
    ['power', () => meanSampleSize(1, { standardDeviation: 1, power: 0.01 })],
    ['ratio', () => meanSampleSize(1, { standardDeviation: 1, ratio: -1 })],
    ['treatment', () => proportionSampleSize(0.1, 0.1)],
    ['control', () => proportionSampleSize(0, 0.1)],
    ['winProbability', () => signTestSampleSize(0.5)],
    ['correlation', () => cupedSampleSize(1, 1, 1.1)],
    ['comparisons', () => bonferroniSampleSize(1.5, 1, 1)],
    ['margin', () => equivalenceSampleSize(0, 0, 1)],
    ['t must', () => noncentralTLogSf(-1, 3, 0)],
    [
      'covariance',
      () =>
        ratioSampleSize(
          { ratio: 1, meanDenominator: 1, varianceNumerator: 1, varianceDenominator: 1, covariance: 2 },
          0.1,
        ),
    ],
  ])('%s', (name, call) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(name);
  });
});
