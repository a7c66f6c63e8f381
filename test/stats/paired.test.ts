import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitsOfAgreement, momentsOf, pairedRates } from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

const count = fc.nat({ max: 60 });
const counts = fc.record({ both: count, controlOnly: count, treatmentOnly: count, neither: count });

function answer(given: Parameters<typeof pairedRates>[0], level = 0.95) {
  const result = pairedRates(given, { level });
  if (result.status === 'insufficient') throw new Error(result.missing);
  return result;
}

describe('paired rates', () => {
  // mpmath, 40 digits: roots of Tango's score; scipy's binomial for the exact p and the mid-p
  it.each([
    [850, 20, 45, 85, 0.00947893517043785, 0.04164984786058613, 0.0026263768106840374, 0.0018582303075658062],
    [1, 7, 1, 11, -0.5372956581820293, -0.02716132667347743, 0.0703125, 0.0390625],
    [40, 0, 6, 54, 0.02078689190059517, 0.1247681544589592, 0.03125, 0.015625],
    [0, 0, 5, 5, 0.0837008002056661, 0.763406909487436, 0.0625, 0.03125],
    [10, 5, 5, 10, -0.2154715557668071, 0.2154715557668071, 1, 1],
  ])('of %i, %i, %i, %i', (both, controlOnly, treatmentOnly, neither, lower, upper, exactP, midP) => {
    const result = answer({ both, controlOnly, treatmentOnly, neither });
    expect(result.interval.lower).toBeCloseTo(lower, 12);
    expect(result.interval.upper).toBeCloseTo(upper, 12);
    expect(result.exactP).toBeCloseTo(exactP, 12);
    expect(result.midP).toBeCloseTo(midP, 12);
  });

  it('without a pair that differs have no p, but an interval', () => {
    const result = answer({ both: 30, controlOnly: 0, treatmentOnly: 0, neither: 20 });
    expect(result).toMatchObject({ status: 'no_variance', p: null, exactP: null, agreement: { share: 1 } });
    expect(result.interval.upper).toBeCloseTo(0.0713475991333587, 12);
    expect(pairedRates({ both: 0, controlOnly: 0, treatmentOnly: 0, neither: 0 }).status).toBe('insufficient');
  });

  it('p is below 1 - level exactly when the interval excludes 0; swapping the answers mirrors', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(0.8, 0.95, 0.99), (given, level) => {
        fc.pre(given.both + given.controlOnly + given.treatmentOnly + given.neither > 0);
        const result = answer(given, level);
        const { lower, upper } = result.interval;
        const swapped = answer(
          { ...given, controlOnly: given.treatmentOnly, treatmentOnly: given.controlOnly },
          level,
        ).interval;
        expect(swapped.lower).toBeCloseTo(-upper, 12);
        expect(lower).toBeGreaterThanOrEqual(-1);
        expect(upper).toBeLessThanOrEqual(1);
        if (result.p === null || Math.abs(result.p - (1 - level)) < 1e-8) return;
        expect(lower > 0 || upper < 0).toBe(result.p < 1 - level);
        expect(result.midP!).toBeLessThanOrEqual(result.exactP!);
      }),
      PROPERTY,
    );
  });

  it('agree at least as far as the exact interval says', () => {
    const { agreement } = answer({ both: 850, controlOnly: 20, treatmentOnly: 45, neither: 85 });
    expect(agreement.share).toBe(0.935);
    expect(agreement.interval.lower).toBeCloseTo(0.9178989300786291, 10);
  });
});

describe('limits of agreement', () => {
  it('follow Bland and Altman', () => {
    const result = limitsOfAgreement(momentsOf([0.1, -0.2, 0.3, 0, -0.1]));
    if (result.status !== 'ok') throw new Error(result.status);
    const spread = Math.sqrt(0.037);
    expect(result.bias).toBeCloseTo(0.02, 14);
    expect(result.limits.upper).toBeCloseTo(0.02 + 1.959963984540054 * spread, 12);
    // Student's t with 4 degrees of freedom is 2.776445105197793
    const error = spread * Math.sqrt(1 / 5 + 1.959963984540054 ** 2 / 8);
    expect(result.upper.upper - result.limits.upper).toBeCloseTo(2.776445105197793 * error, 10);
    expect(result.limits.lower - result.lower.lower).toBeCloseTo(2.776445105197793 * error, 10);
  });

  it('answer nothing for one pair or for equal differences', () => {
    expect(limitsOfAgreement(momentsOf([1])).status).toBe('insufficient');
    expect(limitsOfAgreement(momentsOf([1, 1, 1]))).toEqual({ status: 'no_variance', estimate: 1 });
  });
});
