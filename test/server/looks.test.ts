import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LookResult } from '../../server/analysis/look-result.ts';
import { nextLooks } from '../../server/analysis/next-looks.ts';
import type { LookRow } from '../../server/analysis/report-store.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import type { PhaseRow } from '../../server/experiments/experiment-store.ts';
import {
  groupSequentialBoundary,
  handOverBoundary,
  mixingVarianceForEffect,
  normalMixtureTest,
  repeatedTest,
} from '../../stats/index.ts';
import { type ArmData, afterDays, experimentOf, metricOf, phaseOf, rowsOf, START, stored } from './report-fixture.ts';

const PLANNED: Partial<Plan> = { design: 'group_sequential', looks: 5, units: 1000 };
const OPEN: Partial<Plan> = { design: 'always_valid', looks: null, minimumEffect: 0.2 };

/** Takes every look that is due while data come in; answers the results of each. */
function lookOver(phase: PhaseRow, steps: ArmData[][], metrics = [metricOf()]): LookResult[][] {
  const row = experimentOf(metrics, phase);
  const taken: LookResult[][] = [];
  let looks: LookRow[] = [];
  for (const [i, arms] of steps.entries()) {
    const results = nextLooks(row, phase, rowsOf(arms, looks), null, afterDays(i), { views: false });
    if (!results) continue;
    taken.push(results);
    looks = [...looks, ...stored(results, afterDays(i))];
  }
  return taken;
}

/** Units an arm at each step, with rates that the challenger's exceed by `gain`. */
const rates = (sizes: number[], gain = 0.05) =>
  sizes.map((n): ArmData[] => [
    { variantId: 1, n, x: Math.round(0.2 * n) },
    { variantId: 2, n, x: Math.round((0.2 + gain) * n) },
  ]);
const firsts = (taken: LookResult[][]) => taken.map((each) => each[0]!);
const lookOf = (result: LookResult) => result.comparison.look!;

describe('when a look is due', () => {
  const numbers = (plan: Partial<Plan>, sizes: number[], change: Partial<PhaseRow> = {}) =>
    firsts(lookOver(phaseOf(plan, change), rates(sizes))).map((each) => lookOf(each).number);

  it('a fixed design has one, at its size', () => {
    expect(numbers({ design: 'fixed', units: 1000 }, [100, 499, 500, 600, 900])).toEqual([1]);
  });

  it('a group-sequential one has them at equal parts of its size; several missed are one', () => {
    expect(numbers(PLANNED, [99, 100, 150, 200, 300, 400, 500])).toEqual([1, 2, 3, 4, 5]);
    expect(numbers(PLANNED, [50, 310, 320, 499, 500])).toEqual([3, 4, 5]);
    expect(numbers(PLANNED, [800])).toEqual([5]);
  });

  it('or of its time, whichever is further', () => {
    const plan = { ...PLANNED, durationSeconds: 10 * 86_400 };
    const row = experimentOf([metricOf()], phaseOf(plan));
    const at = (days: number, n: number) =>
      nextLooks(row, phaseOf(plan), rowsOf(rates([n])[0]!), null, afterDays(days), { views: false })?.[0];
    expect(at(1.9, 99)).toBeUndefined();
    expect(lookOf(at(2, 50)!)).toMatchObject({ number: 1, spendingTime: 0.2 });
    expect(lookOf(at(2, 250)!)).toMatchObject({ number: 2, spendingTime: 0.5 });
    expect(lookOf(at(10, 50)!)).toMatchObject({ number: 5, spendingTime: 1 });
  });

  it('time counts only up to where the data are complete', () => {
    const phase = phaseOf({ design: 'fixed', durationSeconds: 86_400 });
    const row = experimentOf([metricOf()], phase);
    const at = (asOf: Date) =>
      nextLooks(row, phase, rowsOf(rates([50])[0]!, [], { asOf }), null, afterDays(3), { views: false });
    expect(at(afterDays(0.9))).toBeNull();
    expect(at(afterDays(1))).not.toBeNull();
  });

  it('an always-valid one has them from 100 units on, after growth of 10 %', () => {
    const sizes = Array.from({ length: 200 }, (_, i) => i + 1);
    const taken = firsts(lookOver(phaseOf(OPEN), rates(sizes, 0)));
    const units = taken.map((each) => each.mature);
    expect(units.slice(0, 4)).toEqual([100, 112, 124, 138]);
    units.slice(1).forEach((each, k) => void expect(each).toBeGreaterThanOrEqual(1.1 * units[k]!));
    expect(taken.map((each) => lookOf(each).number)).toEqual(units.map((_, k) => k + 1));
  });

  it('none while units wait to be computed again', () => {
    const phase = phaseOf({ design: 'fixed', units: 100 });
    const rows = rowsOf(rates([60])[0]!, [], { pending: { batches: 0, oldestAt: null, dirtyUnits: 1 } });
    expect(nextLooks(experimentOf([metricOf()], phase), phase, rows, null, afterDays(1))).toBeNull();
  });

  it('a phase that ended early takes no more interim looks, but the last one if its units suffice', () => {
    const ended: Partial<PhaseRow> = { state: 'ended', endedAt: afterDays(1) };
    expect(numbers(PLANNED, [100, 200, 400], ended)).toEqual([]);
    expect(numbers(PLANNED, [100, 200, 400, 500], ended)).toEqual([5]);
    const timed = { ...PLANNED, units: null, durationSeconds: 2 * 86_400 };
    expect(numbers(timed, [100, 100, 100, 100], ended)).toEqual([]);
  });

  it('an always-valid phase that ended gets one when all its units are mature', () => {
    const phase = phaseOf(OPEN, { state: 'ended', endedAt: afterDays(1) });
    const row = experimentOf([metricOf()], phase);
    const rows = rowsOf(rates([200])[0]!);
    const open = { ...rows, measures: [...rows.measures, { ...rows.measures[0]!, mature: false, units: 3 }] };
    expect(nextLooks(row, phase, open, null, afterDays(2), { views: false })).toBeNull();
    const last = nextLooks(row, phase, rows, null, afterDays(3), { views: false });
    expect(lookOf(last![0]!).number).toBe(1);
    const after = rowsOf(rates([200])[0]!, stored(last, afterDays(3)));
    expect(nextLooks(row, phase, after, null, afterDays(4), { views: false })).toBeNull();
  });

  it('an external phase has one, when all it received is computed', () => {
    const external: Partial<PhaseRow> = { assignment: 'external', state: 'ended', rebuiltAt: afterDays(1) };
    const plan: Partial<Plan> = { design: 'fixed' };
    expect(numbers(plan, [10, 20], external)).toEqual([1]);
    expect(numbers(plan, [10, 20], { ...external, rebuildWanted: true })).toEqual([]);
    expect(numbers(plan, [10, 20], { ...external, state: 'running' })).toEqual([]);
  });
});

describe('bounds', () => {
  it('are those of Lan and DeMets at 0.9 alpha, in the information of the comparison', () => {
    const arms: ArmData[][] = [
      [
        { variantId: 1, n: 90, x: 20 },
        { variantId: 2, n: 130, x: 30 },
      ],
      [
        { variantId: 1, n: 260, x: 60 },
        { variantId: 2, n: 250, x: 65 },
      ],
      [
        { variantId: 1, n: 600, x: 120 },
        { variantId: 2, n: 500, x: 130 },
      ],
    ];
    const taken = firsts(lookOver(phaseOf(PLANNED), arms));
    const information = [(90 * 130) / 220, (260 * 250) / 510, (600 * 500) / 1100];
    const spendingTimes = [0.22, 0.51, 1];
    taken.forEach((each, k) => {
      const times = information.slice(0, k + 1);
      const options = { alpha: 0.045, spendingTimes: spendingTimes.slice(0, k + 1) };
      const expected = groupSequentialBoundary(
        { type: 'obrien_fleming' },
        times.map((t) => t / times.at(-1)!),
        options,
      );
      expect(lookOf(each).criticalZ).toBeCloseTo(expected.z[k]!, 9);
      expect(lookOf(each).alphaSpent).toBeCloseTo(expected.spent[k]!, 12);
      expect(each.information).toBeCloseTo(information[k]!, 9);
      const { p } = repeatedTest(
        { type: 'obrien_fleming' },
        times.map((t) => t / times.at(-1)!),
        { estimate: each.z!, standardError: 1 },
        options,
      );
      expect(each.comparison.pValue! / Math.min(1, p / 0.9)).toBeCloseTo(1, 6);
    });
    expect(lookOf(taken[2]!).alphaSpent).toBeCloseTo(0.045, 12);
    expect(taken.map((each) => each.comparison.status)).toEqual(['look', 'look', 'final']);
  });

  it('hand over to an always-valid band with a tenth of alpha, tuned to twice the maximum', () => {
    const sizes = [100, 200, 300, 400, 500, 550, 610, 800, 1200];
    const taken = firsts(lookOver(phaseOf(PLANNED), rates(sizes, 0.01)));
    const expected = handOverBoundary(sizes.map((n) => n / 500));
    expect(taken.map((each) => lookOf(each).rule)).toEqual(expected.rule);
    taken.forEach((each, k) => void expect(lookOf(each).criticalZ).toBeCloseTo(expected.z[k]!, 9));
    expect(taken.at(-1)?.comparison.status).toBe('look');
  });

  it('keep what the last planned look concluded after the hand-over', () => {
    const taken = firsts(lookOver(phaseOf(PLANNED), rates([500, 550, 610], 0.06)));
    expect(taken.map((each) => each.comparison.significant)).toEqual([true, true, true]);
    expect(taken[2]!.comparison.pValue).toBe(taken[0]!.comparison.pValue);
  });

  it('of an always-valid design are tuned to the declared effect, once', () => {
    const taken = firsts(lookOver(phaseOf(OPEN), [...rates([400], 0.01), ...rates([500, 700], 0.04)]));
    const mixingVariance = mixingVarianceForEffect(0.2 * 0.2, 1 - 0.95);
    for (const each of taken) {
      expect(each.mixingVariance).toBeCloseTo(mixingVariance, 15);
      const { criticalZ, logE } = normalMixtureTest({
        estimate: each.z! * each.comparison.difference!.standardError!,
        variance: each.comparison.difference!.standardError! ** 2,
        mixingVariance,
      });
      expect(lookOf(each).criticalZ).toBeCloseTo(criticalZ, 9);
      expect(lookOf(each).logEValue).toBeCloseTo(logE, 9);
    }
    const control = rates([400])[0]!;
    const changed = lookOver(phaseOf(OPEN), [control, [{ variantId: 1, n: 500, x: 400 }, control[1]!]]);
    expect(firsts(changed)[1]?.mixingVariance).toBeCloseTo(mixingVariance, 15);
  });

  it('conclude nothing where the bound is beyond any level that can be stated', () => {
    const phase = phaseOf({ ...PLANNED, looks: 14, units: 14_000 });
    const [first] = firsts(lookOver(phase, rates([500], 0.5)));
    expect(first?.z).toBeGreaterThan(10);
    expect(first?.comparison).toMatchObject({ pValue: null, significant: false });
    expect(first?.comparison.difference?.interval).toBeNull();
    expect(lookOf(first!).criticalZ).toBeNull();
  });

  it('give the spending of a look without new units to the next one', () => {
    const timed = { ...PLANNED, units: null, durationSeconds: 5 * 86_400 };
    const same = firsts(lookOver(phaseOf(timed), rates([10, 200, 200, 400, 400, 600])));
    expect(same.map((each) => lookOf(each).number)).toEqual([1, 2, 3, 4, 5]);
    const { z } = groupSequentialBoundary({ type: 'obrien_fleming' }, [0.5, 1], {
      alpha: 0.045,
      spendingTimes: [0.4, 0.6],
    });
    expect(lookOf(same[2]!).criticalZ).toBeCloseTo(z[1]!, 9);
  });
});

describe('at every look of every rule', () => {
  const plans: [string, Partial<Plan>][] = [
    ['fixed', { design: 'fixed', units: 300 }],
    ['group-sequential, then always valid', { ...PLANNED, units: 300 }],
    ['always valid', OPEN],
  ];
  const arm = (variantId: number) =>
    fc
      .array(fc.tuple(fc.integer({ min: 40, max: 200 }), fc.double({ min: 0.2, max: 0.8, noNaN: true })), {
        minLength: 6,
        maxLength: 6,
      })
      .map((steps) => {
        let [n, x] = [0, 0];
        return steps.map(([more, share]): ArmData => {
          n += more;
          x += Math.round(more * share);
          return { variantId, n, x };
        });
      });

  it.each(plans)(
    'p is below alpha exactly where the interval excludes 0, and information never falls: %s',
    (_, plan) => {
      fc.assert(
        fc.property(arm(1), arm(2), (a, b) => {
          const taken = firsts(
            lookOver(
              phaseOf(plan),
              a.map((each, i) => [each, b[i]!]),
            ),
          );
          let before = 0;
          for (const { comparison, information } of taken) {
            expect(information).toBeGreaterThanOrEqual(before);
            before = information;
            const interval = comparison.difference?.interval;
            const excludes = interval ? interval.lower > 0 || interval.upper < 0 : false;
            expect((comparison.pValue ?? 1) < 1 - 0.95).toBe(excludes);
            expect(comparison.significant).toBe(excludes);
          }
        }),
        { seed: 20261122, numRuns: 40 },
      );
    },
  );

  it.each(plans)('p against a margin is below half of alpha exactly where it is shown to be kept: %s', (_, plan) => {
    const metrics = [metricOf({ role: 'guardrail', margin: { absolute: 0.1 } })];
    fc.assert(
      fc.property(arm(1), arm(2), (a, b) => {
        const steps = a.map((each, i) => [each, b[i]!]);
        for (const { comparison } of firsts(lookOver(phaseOf(plan), steps, metrics))) {
          const { pValue, nonInferior } = comparison.margin!;
          // the exact band answers by its interval alone: looks-exact.test.ts
          if (!comparison.difference?.method.startsWith('exact')) expect((pValue ?? 1) < 0.025).toBe(nonInferior);
        }
      }),
      { seed: 20261122, numRuns: 40 },
    );
  });

  it('always-valid p never rises and the interval never widens', () => {
    fc.assert(
      fc.property(arm(1), arm(2), (a, b) => {
        const taken = firsts(
          lookOver(
            phaseOf(OPEN),
            a.map((each, i) => [each, b[i]!]),
          ),
        );
        taken.slice(1).forEach(({ comparison }, k) => {
          const before = taken[k]!.comparison;
          if (before.pValue === null || comparison.warnings.length > 0) return;
          expect(comparison.pValue).toBeLessThanOrEqual(before.pValue);
          const [now, then] = [comparison.difference!.interval!, before.difference!.interval!];
          expect(now.lower).toBeGreaterThanOrEqual(then.lower);
          expect(now.upper).toBeLessThanOrEqual(then.upper);
        });
      }),
      { seed: 20261122, numRuns: 40 },
    );
  });

  it('looks that have no value in common say so, and what was concluded first stands', () => {
    const turned: ArmData[] = [
      { variantId: 1, n: 4000, x: 2400 },
      { variantId: 2, n: 4000, x: 1200 },
    ];
    const taken = firsts(lookOver(phaseOf(OPEN), [...rates([1000], 0.3), turned]));
    expect(taken[1]!.comparison.difference!.interval).toEqual(taken[0]!.comparison.difference!.interval);
    expect(taken[1]!.comparison.warnings.join()).toMatch(/no value in common/);
    const unclear = firsts(lookOver(phaseOf(OPEN), [...rates([300], 0.1), turned]));
    expect(unclear[0]!.comparison.significant).toBe(false);
    expect(unclear[1]!.comparison.significant).toBe(true);
    expect(unclear[1]!.comparison.difference!.interval!.upper).toBeLessThan(0);
  });

  it('a unit less in an arm does not make information fall', () => {
    const fewer: ArmData[] = [
      { variantId: 1, n: 99, x: 20 },
      { variantId: 2, n: 201, x: 50 },
    ];
    const taken = firsts(lookOver(phaseOf(PLANNED), [...rates([150]), fewer, ...rates([230])]));
    expect(taken.map((each) => lookOf(each).number)).toEqual([1, 2]);
    const [one, two] = taken;
    expect(two!.information).toBeGreaterThan(one!.information);
    const timed = { ...PLANNED, units: null, durationSeconds: 5 * 86_400 };
    const less = firsts(lookOver(phaseOf(timed), [rates([1])[0]!, rates([150])[0]!, fewer]));
    expect(less[1]!.information).toBe(less[0]!.information);
  });
});

it('a look of the first release, without the later fields, still counts as taken', () => {
  const phase = phaseOf({ design: 'fixed', units: 100 });
  const row = experimentOf([metricOf()], phase);
  const [made] = nextLooks(row, phase, rowsOf(rates([60])[0]!), null, afterDays(1)) ?? [];
  const { comparison, metricId, variantId, role, control, arm, z } = made!;
  const { look: _, bayes: __, simultaneous: ___, ...old } = comparison;
  const result = { metricId, variantId, role, comparison: old, control, arm, z, criticalZ: 1.96 };
  const looks: LookRow[] = [{ metricId, comparison: variantId, k: 1, at: START, result }];
  expect(nextLooks(row, phase, rowsOf(rates([80])[0]!, looks), null, afterDays(2))).toBeNull();
});
