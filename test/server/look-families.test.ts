import { describe, expect, it } from 'vitest';
import type { ReportMetric } from '../../server/analysis/arms.ts';
import { familySentence } from '../../server/analysis/family-sentence.ts';
import type { LookResult } from '../../server/analysis/look-result.ts';
import { nextLooks } from '../../server/analysis/next-looks.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { adjustP, dunnettCriticalValue, dunnettP, falseCoverage, holmIntervals } from '../../stats/index.ts';
import { type ArmData, afterDays, experimentOf, metricOf, phaseOf, rowsOf, stored } from './report-fixture.ts';

const N = 5000;
const mean = (id: number, role: ReportMetric['role'], changes: Partial<ReportMetric> = {}) =>
  metricOf({ measureId: id, id, role, kind: 'mean', aggregate: 'sum', ...changes });
const arm = (measureId: number, variantId: number, value: number): ArmData => ({
  ...{ measureId, variantId, n: N, mean: 10 + value, variance: 1 },
});
/** Difference that gives this z. */
const z = (value: number) => value * Math.sqrt(2 / N);

/** Metrics with one challenger each whose z are given; the look at the planned end. */
function look(plan: Partial<Plan>, given: [ReportMetric['role'], number][]): LookResult[] {
  const phase = phaseOf({ units: 2 * N, ...plan });
  const metrics = given.map(([role], i) => mean(i + 1, role));
  const rows = rowsOf(given.flatMap(([, size], i) => [arm(i + 1, 1, 0), arm(i + 1, 2, z(size))]));
  return nextLooks(experimentOf(metrics, phase), phase, rows, null, afterDays(1), { views: false }) ?? [];
}

const p = (results: LookResult[]) => results.map((each) => each.comparison.pValue!);
const significant = (results: LookResult[]) => results.map((each) => each.comparison.significant);

describe('families of one look', () => {
  it('primary comparisons are decided by Holm, guardrails each by itself', () => {
    const results = look({}, [
      ['primary', 2.3],
      ['primary', 2.1],
      ['guardrail', 2.1],
    ]);
    const adjusted = adjustP(p(results).slice(0, 2), 'holm');
    expect(results.map((each) => each.comparison.adjustedPValue)).toEqual([...adjusted, null]);
    expect(significant(results)).toEqual([true, true, true]);
    const weaker = look({}, [
      ['primary', 2.2],
      ['primary', 2.1],
      ['guardrail', 2.1],
    ]);
    expect(significant(weaker)).toEqual([false, false, true]);
  });

  it('simultaneous intervals are those that go with Holm in both directions', () => {
    for (const sizes of [
      [5, 1, -0.5],
      [5, -4, 3.5],
      [0.5, 1, -1],
      [-3, 2.3, 0],
    ]) {
      const results = look(
        {},
        sizes.map((size) => ['primary', size]),
      );
      const expected = holmIntervals(
        results.map(({ comparison: { difference } }) => ({
          estimate: difference!.estimate,
          standardError: difference!.standardError!,
          degreesOfFreedom: 2 * N - 2,
        })),
      );
      results.forEach(({ comparison }, i) => {
        expect(comparison.simultaneous!.interval.lower).toBeCloseTo(expected[i]!.lower, 9);
        expect(comparison.simultaneous!.interval.upper).toBeCloseTo(expected[i]!.upper, 9);
      });
    }
    expect(look({}, [['primary', 3]])[0]!.comparison.simultaneous).toBeNull();
  });

  it('Dunnett compares several challengers with their control', () => {
    const phase = phaseOf({ units: 4 * N, correction: 'dunnett' }, {}, 3);
    const sizes = [2.3, 2.5, -1];
    const rows = rowsOf([arm(1, 1, 0), ...sizes.map((size, i) => arm(1, i + 2, z(size)))]);
    const row = experimentOf([mean(1, 'primary')], phase);
    const results = nextLooks(row, phase, rows, null, afterDays(1), { views: false }) ?? [];
    const design = { controlUnits: N, treatmentUnits: [N, N, N] };
    const expected = dunnettP(
      results.map((each) => each.z!),
      design,
    );
    const { critical } = dunnettCriticalValue(design, 0.05);
    results.forEach(({ comparison }, i) => {
      expect(comparison.adjustedPValue).toBeCloseTo(expected[i]!, 12);
      const { estimate, standardError } = comparison.difference!;
      expect(comparison.simultaneous?.method).toBe('Dunnett');
      expect(comparison.simultaneous!.interval.lower).toBeCloseTo(estimate - critical * standardError!, 4);
      expect(comparison.significant).toBe(comparison.simultaneous!.interval.lower > 0);
    });
    expect(significant(results)).toEqual([false, true, false]);
  });

  it('secondary ones are selected by Benjamini and Hochberg at the last planned look only', () => {
    const given: [ReportMetric['role'], number][] = [5, 2.4, 2.3, 0.1].map((size) => ['secondary', size]);
    const results = look({}, given);
    expect(results.map((each) => each.comparison.adjustedPValue)).toEqual(adjustP(p(results), 'BH'));
    expect(significant(results)).toEqual([true, true, true, false]);
    const { level } = falseCoverage(p(results), 0.05);
    const { difference, simultaneous } = results[0]!.comparison;
    const width = (simultaneous!.interval.upper - simultaneous!.interval.lower) / 2 / difference!.standardError!;
    expect(width).toBeCloseTo(2.0804, 2); // the normal quantile of 1 - 0.0375 / 2
    expect(level).toBeCloseTo(1 - 0.0375, 12);
    const interim = look({ design: 'group_sequential', looks: 2, units: 4 * N }, given);
    expect(significant(interim)).toEqual([null, null, null, null]);
    expect(interim[0]!.comparison.pValue).toBeLessThan(0.05);
  });

  it('what secondary ones showed at the last planned look stands afterwards', () => {
    const phase = phaseOf({ design: 'group_sequential', looks: 2, units: 2 * N });
    const row = experimentOf([mean(1, 'secondary')], phase);
    const of = (n: number, size: number) =>
      rowsOf([
        { ...arm(1, 1, 0), n },
        { ...arm(1, 2, z(size)), n },
      ]);
    const last = nextLooks(row, phase, of(N, 4), null, afterDays(1), { views: false });
    const after = { ...of(2 * N, 0), looks: stored(last, afterDays(1)) };
    const [open] = nextLooks(row, phase, after, null, afterDays(2), { views: false }) ?? [];
    expect(open?.comparison.look).toMatchObject({ number: 3, rule: 'always_valid' });
    expect(open?.comparison.significant).toBe(true);
  });

  it('in an always-valid design by e-values', () => {
    const plan: Partial<Plan> = { design: 'always_valid', looks: null, units: null, minimumEffect: 0.005 };
    const results = look(
      plan,
      [4.5, 3.6, 0].map((size) => ['secondary', size]),
    );
    const e = results.map((each) => Math.exp(each.comparison.look!.logEValue!));
    expect(e[0]! * 0.05).toBeGreaterThan(3);
    const second = e[1]! * 2 * 0.05 >= 3;
    expect(significant(results)).toEqual([true, second, false]);
    expect(results[1]!.comparison.adjustedPValue! < 0.05).toBe(second);
  });

  it('what has too little data leaves its family', () => {
    const phase = phaseOf({ units: 2 * N });
    const metrics = [mean(1, 'primary'), mean(2, 'primary')];
    const rows = rowsOf([arm(1, 1, 0), arm(1, 2, z(2.1)), arm(2, 1, 0), arm(2, 2, 0)]);
    const still = {
      ...rows,
      measures: rows.measures.map((each) => (each.measureId === 2 ? { ...each, m2: 0 } : each)),
    };
    const results = nextLooks(experimentOf(metrics, phase), phase, still, null, afterDays(1), { views: false }) ?? [];
    expect(results.map((each) => each.comparison.status)).toEqual(['final', 'insufficient']);
    expect(significant(results)).toEqual([true, null]);
  });
});

it('each family is said in a sentence', () => {
  const phase = phaseOf({}, {}, 2);
  const row = experimentOf([mean(1, 'primary'), mean(2, 'secondary'), mean(3, 'guardrail')], phase);
  const of = (role: ReportMetric['role'], plan: Partial<Plan> = {}) =>
    familySentence(row, { role }, { ...phase, plan: { ...phase.plan, ...plan } });
  expect(of('primary')).toMatch(/^Holm over the 2 primary comparisons/);
  expect(of('primary', { correction: 'dunnett' })).toMatch(/^Dunnett over the 2 variants/);
  expect(of('secondary')).toMatch(/^Benjamini–Hochberg over the 2 .* at the last planned look only/);
  expect(of('secondary', { design: 'always_valid' })).toMatch(/^e-values by e-BH/);
  expect(of('guardrail')).toBeNull();
});
