import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustP,
  dunnettCriticalValue,
  dunnettP,
  type Interval,
  meanDifference,
  meanEquivalence,
  meanLift,
  meanNonInferiority,
  meanSummary,
  momentsOf,
  proportionDifference,
  proportionLift,
  proportionNonInferiority,
  proportionRelativeNonInferiority,
  type RatioSet,
  relativeNonInferiority,
} from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';
import { type Arm, levels, METHODS, twoArms } from './two-arms.ts';

/** Whether p decides by more than rounding; ties are no evidence for either side. */
const clear = (p: number, alpha: number): boolean => Math.abs(p - alpha) > 1e-7 * alpha;
const excludes = ({ lower, upper }: Interval, value: number): boolean => lower > value || upper < value;

function setExcludes(set: RatioSet, value: number): boolean {
  if (set.kind === 'bounded') return excludes(set, value);
  if (set.kind === 'outside') return value > set.below && value < set.above;
  return false;
}

const summaryOf = (arm: Arm) => meanSummary(momentsOf(arm.map(({ y }) => y)));
const rate = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.nat({ max: 1000 }))
  .map(([n, share]) => ({ x: Math.round((n * share) / 1000), n }));
const fewer = { ...PROPERTY, numRuns: 25 };

describe('p is below 1 - level exactly when the interval excludes no difference', () => {
  it.each(Object.entries(METHODS))('%s, and its relative view decides alike', (name, method) => {
    let significant = 0;
    const check = fc.property(twoArms, levels, ([control, treatment], level) => {
      const answer = method(control, treatment, level);
      if (!answer || !clear(answer.p, 1 - level)) return;
      const rejects = answer.p < 1 - level;
      significant += Number(rejects);
      expect(excludes(answer.interval, 0)).toBe(rejects);
      if (answer.set) expect(setExcludes(answer.set, 0)).toBe(rejects);
    });
    fc.assert(check, name === 'group-sequential' ? fewer : PROPERTY);
    expect(significant).toBeGreaterThan(5);
  });

  it('the score test of rates, for the difference and for the ratio', () => {
    let significant = 0;
    fc.assert(
      fc.property(rate, rate, levels, (control, treatment, level) => {
        const difference = proportionDifference(control, treatment, { level });
        const lift = proportionLift(control, treatment, { level });
        if (difference.status !== 'ok' || lift.status !== 'ok' || !clear(difference.p, 1 - level)) return;
        const rejects = difference.p < 1 - level;
        significant += Number(rejects);
        expect(excludes(difference.interval, 0)).toBe(rejects);
        expect(excludes(lift.interval, 0)).toBe(rejects);
      }),
      PROPERTY,
    );
    expect(significant).toBeGreaterThan(50);
  });

  it("Fieller's set with Welch's critical value", () => {
    fc.assert(
      fc.property(twoArms, levels, ([control, treatment], level) => {
        const [a, b] = [summaryOf(control), summaryOf(treatment)];
        const test = meanDifference(a, b, { level });
        const lift = meanLift(a, b, { level });
        if (test.status !== 'ok' || lift.status !== 'ok' || !clear(test.p, 1 - level)) return;
        expect(setExcludes(lift.set, 0)).toBe(test.p < 1 - level);
      }),
      PROPERTY,
    );
  });
});

describe('several comparisons at once', () => {
  const arms = fc.tuple(twoArms, twoArms);

  it('Bonferroni: the adjusted p with the interval at 1 - alpha / m', () => {
    fc.assert(
      fc.property(arms, levels, ([[control, first], [, second]], level) => {
        const alpha = 1 - level;
        const at = (treatment: Arm, own: number) =>
          meanDifference(summaryOf(control), summaryOf(treatment), { level: own });
        const tests = [first, second].map((treatment) => at(treatment, 1 - alpha / 2));
        const p = adjustP(
          tests.map((test) => (test.status === 'ok' ? test.p : 1)),
          'bonferroni',
        );
        tests.forEach((test, k) => {
          if (test.status !== 'ok' || !clear(p[k]!, alpha)) return;
          expect(excludes(test.interval, 0)).toBe(p[k]! < alpha);
        });
      }),
      PROPERTY,
    );
  });

  it('Dunnett: the adjusted p with estimate ± critical × standard error', () => {
    const statistics = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(statistics, fc.integer({ min: 5, max: 80 }), levels, (z, controlUnits, level) => {
        const design = { controlUnits, treatmentUnits: z.map((_, k) => 10 + 7 * k) };
        const { critical } = dunnettCriticalValue(design, 1 - level);
        dunnettP(z, design).forEach((p, k) => {
          if (!clear(p, 1 - level)) return;
          expect(excludes({ lower: z[k]! - critical, upper: z[k]! + critical }, 0)).toBe(p < 1 - level);
        });
      }),
      fewer,
    );
  });
});

describe('margins', () => {
  const margins = fc.constantFrom(0.5, 1, 2, 5);
  const alphas = fc.constantFrom(0.01, 0.025, 0.05, 0.1);

  it('equivalence: p is below alpha exactly when the interval at 1 - 2 alpha lies inside the bounds', () => {
    fc.assert(
      fc.property(twoArms, margins, alphas, ([control, treatment], margin, alpha) => {
        const [a, b] = [summaryOf(control), summaryOf(treatment)];
        const test = meanEquivalence(a, b, { lower: -margin, upper: margin }, { alpha });
        const difference = meanDifference(a, b, { level: 1 - 2 * alpha });
        if (test.status !== 'ok' || difference.status !== 'ok' || !clear(test.p, alpha)) return;
        const { lower, upper } = difference.interval;
        expect(lower > -margin && upper < margin).toBe(test.p < alpha);
      }),
      PROPERTY,
    );
  });

  it('no worse by a margin: p is below alpha exactly when the one-sided limit is on the good side', () => {
    fc.assert(
      fc.property(twoArms, margins, alphas, fc.boolean(), ([a, b], margin, alpha, higherIsBetter) => {
        const test = meanNonInferiority(summaryOf(a), summaryOf(b), margin, { alpha, higherIsBetter });
        if (test.status !== 'ok' || !clear(test.p, alpha)) return;
        expect(higherIsBetter ? test.limit > -margin : test.limit < margin).toBe(test.p < alpha);
        expect(test.nonInferior).toBe(test.p < alpha);
      }),
      PROPERTY,
    );
  });

  it('no worse by a share of control: as the limit of the lift at 1 - 2 alpha', () => {
    const share = 0.2;
    fc.assert(
      fc.property(twoArms, alphas, ([a, b], alpha) => {
        const test = relativeNonInferiority(summaryOf(a), summaryOf(b), share, { alpha, critical: 'normal' });
        const lift = meanLift(summaryOf(a), summaryOf(b), { level: 1 - 2 * alpha, critical: 'normal' });
        if (test.status !== 'ok' || lift.status !== 'ok' || !clear(test.p, alpha)) return;
        // an unbounded set has no limit to compare with, and a negative mean turns "worse" round
        if (lift.set.kind !== 'bounded' || test.contrast < 0 || summaryOf(a).mean <= 0) return;
        expect(lift.set.lower > -share).toBe(test.p < alpha);
      }),
      PROPERTY,
    );
  });

  it('rates: the score test and its own limit, absolute and relative', () => {
    fc.assert(
      fc.property(rate, rate, alphas, (control, treatment, alpha) => {
        const absolute = proportionNonInferiority(control, treatment, 0.1, { alpha });
        if (absolute.status === 'ok' && clear(absolute.p, alpha)) {
          expect(absolute.limit > -0.1).toBe(absolute.p < alpha);
        }
        const relative = proportionRelativeNonInferiority(control, treatment, 0.2, { alpha });
        const lift = proportionLift(control, treatment, { level: 1 - 2 * alpha });
        if (relative.status !== 'ok' || lift.status === 'insufficient' || !clear(relative.p, alpha)) return;
        expect(lift.interval.lower > -0.2).toBe(relative.p < alpha);
      }),
      PROPERTY,
    );
  });
});
