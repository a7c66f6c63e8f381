import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coMomentsOf, mergeCoMoments } from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';
import { type Answer, type Arm, METHODS, twoArms } from './two-arms.ts';

const LEVEL = 0.9;
const runs = (name: string) => ({ ...PROPERTY, numRuns: name === 'group-sequential' ? 15 : 100 });

/** The same test of an effect that is `times` as large. */
function alike(actual: Answer | null, expected: Answer | null, times = 1): void {
  if (!actual || !expected) {
    expect(actual === null).toBe(expected === null);
    return;
  }
  const near = (value: number, wanted: number): void => {
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-7 * (1 + Math.abs(wanted)));
  };
  near(actual.estimate, times * expected.estimate);
  near(actual.p, expected.p);
  const ends = [times * expected.interval.lower, times * expected.interval.upper].sort((one, other) => one - other);
  near(actual.interval.lower, ends[0]!);
  near(actual.interval.upper, ends[1]!);
}

const changed = (arm: Arm, change: (y: number) => number): Arm => arm.map((unit) => ({ ...unit, y: change(unit.y) }));

/** Those of which a ratio of the outcome to a denominator is no difference of means. */
const RATIOS = ['ratio', 'ratio CUPED'];
/** Ranks know no scale; the mixture has one of its own. */
const WITHOUT_SCALE = ['Brunner–Munzel', 'normal mixture'];
/** Which units make a pair, a cluster or a stratum is read off their order here. */
const ORDERED = ['paired', 'clusters', 'post-stratified'];

const methods = Object.entries(METHODS);

describe('whichever the method', () => {
  it.each(methods)('%s: swapping the arms turns the sign and keeps p', (name, method) => {
    fc.assert(
      fc.property(twoArms, ([control, treatment]) => {
        alike(method(treatment, control, LEVEL), method(control, treatment, LEVEL), -1);
      }),
      runs(name),
    );
  });

  it.each(methods.filter(([name]) => !WITHOUT_SCALE.includes(name)))(
    '%s: another unit of measurement scales',
    (name, method) => {
      fc.assert(
        fc.property(twoArms, ([control, treatment]) => {
          const inCents = (arm: Arm): Arm => changed(arm, (y) => 100 * y);
          alike(method(inCents(control), inCents(treatment), LEVEL), method(control, treatment, LEVEL), 100);
        }),
        runs(name),
      );
    },
  );

  it.each(methods.filter(([name]) => !RATIOS.includes(name)))(
    '%s: a common shift of all units changes nothing',
    (name, method) => {
      fc.assert(
        fc.property(twoArms, fc.constantFrom(1, -50, 1000), ([control, treatment], shift) => {
          const moved = (arm: Arm): Arm => changed(arm, (y) => y + shift);
          alike(method(moved(control), moved(treatment), LEVEL), method(control, treatment, LEVEL));
        }),
        runs(name),
      );
    },
  );

  it.each(methods.filter(([name]) => !ORDERED.includes(name)))(
    '%s: the order of the units does not matter',
    (name, method) => {
      fc.assert(
        fc.property(twoArms, ([control, treatment]) => {
          const turned = (arm: Arm): Arm => [...arm.slice(2).reverse(), ...arm.slice(0, 2)];
          alike(method(turned(control), turned(treatment), LEVEL), method(control, treatment, LEVEL));
        }),
        runs(name),
      );
    },
  );
});

describe('co-moments', () => {
  const part = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
    maxLength: 12,
  });

  it('merging is associative, commutative, and the same as taking all units at once', () => {
    fc.assert(
      fc.property(part, part, part, fc.constantFrom(0, 1e9), (first, second, third, offset) => {
        const of = (units: readonly (readonly [number, number])[]) =>
          coMomentsOf([units.map(([x]) => x + offset), units.map(([, y]) => y - offset)]);
        const [a, b, c] = [of(first), of(second), of(third)];
        const whole = of([...first, ...second, ...third]);
        const merged = [
          mergeCoMoments(mergeCoMoments(a, b), c),
          mergeCoMoments(a, mergeCoMoments(b, c)),
          mergeCoMoments(c, mergeCoMoments(b, a)),
        ];
        for (const one of merged) {
          expect(one.n).toBe(whole.n);
          one.products.flat().forEach((value, k) => {
            expect(value).toBeCloseTo(whole.products.flat()[k]!, 6);
          });
          one.means.forEach((value, j) => {
            expect(value).toBeCloseTo(whole.means[j]!, offset === 0 ? 10 : 5);
          });
        }
      }),
      PROPERTY,
    );
  });
});
