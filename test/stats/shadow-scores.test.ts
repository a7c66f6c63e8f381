import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aucDifference, distributionShift, pairedDifference } from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

const row = fc.record({
  control: fc.nat({ max: 9 }),
  treatment: fc.nat({ max: 9 }),
  positive: fc.boolean(),
  cluster: fc.nat({ max: 5 }),
});
type Row = { control: number; treatment: number; positive: boolean; cluster: number };
const columns = (rows: Row[]) => ({
  control: rows.map((each) => each.control),
  treatment: rows.map((each) => each.treatment),
  positive: rows.map((each) => each.positive),
  cluster: rows.map((each) => each.cluster),
});

/** Over all pairs of a case and another row. */
function auc(rows: Row[], of: 'control' | 'treatment'): number {
  const [cases, others] = [rows.filter((each) => each.positive), rows.filter((each) => !each.positive)];
  const wins = cases.flatMap((a) => others.map((b) => (a[of] > b[of] ? 1 : a[of] === b[of] ? 0.5 : 0)));
  return wins.reduce((sum: number, each) => sum + each, 0) / wins.length;
}

describe('difference of areas under the curve', () => {
  it('is that of all pairs', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 40 }), (rows) => {
        const result = aucDifference(columns(rows));
        if (result.status === 'insufficient') return;
        const expected = auc(rows, 'treatment') - auc(rows, 'control');
        expect(result.estimate).toBeCloseTo(expected, 12);
        if (result.status !== 'ok') return;
        expect(result.aucControl).toBeCloseTo(auc(rows, 'control'), 12);
        expect(result.aucTreatment).toBeCloseTo(auc(rows, 'treatment'), 12);
      }),
      PROPERTY,
    );
  });

  it('has the error of DeLong where each row is a cluster: covariances of the placements over cases and others', () => {
    const rows: Row[] = [
      [1, 2, 0],
      [2, 1, 0],
      [3, 5, 1],
      [4, 3, 0],
      [5, 6, 1],
      [2, 4, 1],
      [6, 2, 0],
    ].map(([control = 0, treatment = 0, label], cluster) => ({ control, treatment, positive: label === 1, cluster }));
    const [cases, others] = [rows.filter((each) => each.positive), rows.filter((each) => !each.positive)];
    const above = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
    const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    const ofCases = cases.map(
      (a) =>
        mean(others.map((b) => above(a.treatment, b.treatment))) - mean(others.map((b) => above(a.control, b.control))),
    );
    const ofOthers = others.map(
      (b) =>
        mean(cases.map((a) => above(a.treatment, b.treatment))) - mean(cases.map((a) => above(a.control, b.control))),
    );
    const squares = (values: number[]) => values.reduce((sum, each) => sum + (each - mean(values)) ** 2, 0);
    const variance = (7 / 6) * (squares(ofCases) / 9 + squares(ofOthers) / 16);
    const result = aucDifference(columns(rows));
    expect(result).toMatchObject({ status: 'ok', clusters: 7 });
    if (result.status === 'ok') expect(result.standardError).toBeCloseTo(Math.sqrt(variance), 12);
  });

  it('grows its error when rows of a unit repeat, and tells two models that rank alike from too few rows', () => {
    const once = Array.from({ length: 30 }, (_, i) => ({
      control: (i * 7) % 30,
      treatment: (i * 11) % 30,
      positive: i % 3 === 0,
      cluster: i,
    }));
    const twice = [...once, ...once];
    const [one, two] = [aucDifference(columns(once)), aucDifference(columns(twice))];
    if (one.status !== 'ok' || two.status !== 'ok') throw new Error('expected numbers');
    expect(two.standardError).toBeCloseTo(one.standardError, 12);
    const alike = once.map((each) => ({ ...each, treatment: 2 * each.control }));
    expect(aucDifference(columns(alike))).toEqual({ status: 'no_variance', estimate: 0 });
    expect(aucDifference(columns(once.slice(0, 1))).status).toBe('insufficient');
    expect(pairedDifference([1, 2], [1, 2]).status).toBe('no_variance');
  });
});

describe('shift of a distribution', () => {
  it('is nothing for equal histograms, and the same whichever way round for the distance', () => {
    const bins = fc.array(fc.record({ control: fc.nat({ max: 50 }), treatment: fc.nat({ max: 50 }) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(bins, (given) => {
        const same = distributionShift(given.map(({ control }) => ({ control, treatment: control })));
        if (same.status === 'ok') expect(same).toMatchObject({ stabilityIndex: 0, distance: 0 });
        const [one, other] = [
          distributionShift(given),
          distributionShift(given.map(({ control, treatment }) => ({ control: treatment, treatment: control }))),
        ];
        if (one.status === 'ok' && other.status === 'ok') expect(one.distance).toBe(other.distance);
      }),
      PROPERTY,
    );
  });

  it('of ten equal groups is the sum of (b - a) ln(b / a)', () => {
    const control = Array.from({ length: 10 }, () => 1000);
    const treatment = [500, 600, 700, 800, 900, 1100, 1200, 1300, 1400, 1500];
    const result = distributionShift(control.map((each, i) => ({ control: each, treatment: treatment[i] ?? 0 })));
    const expected = treatment.reduce((sum, each) => {
      const [a, b] = [1000.5 / 10_005, (each + 0.5) / 10_005];
      return sum + (b - a) * Math.log(b / a);
    }, 0);
    expect(result.status === 'ok' && result.stabilityIndex).toBeCloseTo(expected, 14);
    expect(result.status === 'ok' && result.distance).toBeCloseTo(0.15, 14);
  });

  it('of a histogram of 200 bins does not depend on how fine it is', () => {
    const fine = Array.from({ length: 200 }, (_, i) => ({ control: 10, treatment: i < 100 ? 5 : 15 }));
    const result = distributionShift(fine);
    const [half, more] = [(5 * 20 + 0.5) / 2005, (15 * 20 + 0.5) / 2005];
    const a = 200.5 / 2005;
    const expected = 5 * ((half - a) * Math.log(half / a) + (more - a) * Math.log(more / a));
    expect(result.status === 'ok' && result.stabilityIndex).toBeCloseTo(expected, 14);
    expect(distributionShift([{ control: 0, treatment: 3 }]).status).toBe('insufficient');
  });
});
