import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ancovaDifference,
  type CoMoments,
  coMomentsOf,
  cupedDifference,
  cupedSaving,
  linDifference,
  meanDifference,
  meanSummary,
  momentsOf,
  postStratifiedDifference,
  type UnitRows,
  withMissingIndicator,
} from '../../stats/index.ts';
import reference from './fixtures/adjustment-reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

const KINDS = ['HC0', 'HC2', 'HC3'] as const;
const values = (size: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: -4000, max: 4000 }), { minLength: size, maxLength: size })
    .map((x) => x.map((v) => v / 64));
const rows: fc.Arbitrary<UnitRows> = fc
  .integer({ min: 6, max: 20 })
  .chain((n) => fc.record({ outcome: values(n), covariates: fc.tuple(values(n), values(n)) }));

function ok<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: 'ok' }>;
}

function moments(arm: UnitRows): CoMoments {
  return coMomentsOf([arm.outcome, ...arm.covariates]);
}

/** Normal values by Box and Muller from a linear congruential generator (Numerical Recipes). */
function seededNormal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('the regression of Lin and analysis of covariance', () => {
  it('meet dense least squares in 50 digits, with one to three covariates, to 1e-12', () => {
    for (const { control, treatment, lin, ancova, covariateMeanVariance } of reference.regressions) {
      const own = ok(linDifference(control, treatment, { covariateMean: 'fixed' }));
      const common = ok(ancovaDifference(control, treatment));
      expect(relativeError(own.estimate, lin.estimate)).toBeLessThan(1e-12);
      expect(relativeError(common.estimate, ancova.estimate)).toBeLessThan(1e-12);
      for (const kind of KINDS) {
        expect(relativeError(own.regressionErrors[kind], lin[kind])).toBeLessThan(1e-12);
        expect(relativeError(common.standardErrors[kind], ancova[kind])).toBeLessThan(1e-12);
      }
      expect(own.standardError).toBe(own.regressionErrors.HC2);
      expect(relativeError(common.standardErrors.classical, ancova.classical)).toBeLessThan(1e-12);
      expect(relativeError(own.covariateMeanVariance, covariateMeanVariance)).toBeLessThan(1e-12);
    }
  });

  it('add to the error of Lin what the estimated covariate mean costs, and to nothing else', () => {
    const { control, treatment, covariateMeanVariance, lin } = reference.regressions[1]!;
    const result = ok(linDifference(control, treatment));
    expect(result.standardError ** 2).toBeCloseTo(lin.HC2 ** 2 + covariateMeanVariance, 12);
    expect(result.treatmentMean - result.controlMean).toBeCloseTo(result.estimate, 12);
  });

  it('cover the effect in a population only with the error of the covariate mean, in 1000 seeded runs', () => {
    const normal = seededNormal(20261122);
    const draw = (n: number, slope: number): UnitRows => {
      const x = Array.from({ length: n }, normal);
      return { outcome: x.map((value) => slope * value + normal()), covariates: [x] };
    };
    const covered = { estimated: 0, fixed: 0 };
    for (let run = 0; run < 1000; run++) {
      const { estimate, interval, standardError, regressionErrors } = ok(linDifference(draw(25, 1), draw(40, -1)));
      const half = interval.upper - estimate;
      if (Math.abs(estimate) <= half) covered.estimated += 1;
      if (Math.abs(estimate) <= (half * regressionErrors.HC2) / standardError) covered.fixed += 1;
    }
    // 0.95 with a standard error of 0.0069
    expect(Math.abs(covered.estimated / 1000 - 0.95)).toBeLessThan(4 * 0.0069);
    expect(covered.fixed / 1000).toBeLessThan(0.9);
  }, 30_000);

  it('without covariates Lin with HC2 has the error of Welch', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const plain = linDifference({ ...a, covariates: [] }, { ...b, covariates: [] });
        const welch = meanDifference(meanSummary(momentsOf(a.outcome)), meanSummary(momentsOf(b.outcome)));
        expect(plain.status).toBe(welch.status);
        if (plain.status !== 'ok' || welch.status !== 'ok') return;
        expect(relativeError(plain.standardError, welch.standardError)).toBeLessThan(1e-10);
        expect(plain.degreesOfFreedom).toBe(a.outcome.length + b.outcome.length - 2);
      }),
      PROPERTY,
    );
  });

  it('p, interval and lift decide alike; swapping the arms turns the sign', () => {
    fc.assert(
      fc.property(rows, rows, fc.constantFrom(0.5, 0.9, 0.99), (a, b, level) => {
        const result = linDifference(a, b, { level });
        const swapped = linDifference(b, a, { level });
        expect(swapped.status).toBe(result.status);
        if (result.status !== 'ok' || swapped.status !== 'ok') return;
        const excludes = result.interval.lower > 0 || result.interval.upper < 0;
        expect(excludes).toBe(result.p < 1 - level);
        const { set } = result.lift;
        if (set.kind === 'bounded') expect(set.lower > 0 || set.upper < 0).toBe(excludes);
        expect(swapped.estimate).toBeCloseTo(-result.estimate, 8);
        expect(relativeError(swapped.standardError, result.standardError)).toBeLessThan(1e-8);
      }),
      PROPERTY,
    );
  });

  it('units and origin of a covariate do not matter, nor a multiple of a covariate added to both arms of the outcome', () => {
    const { control, treatment } = reference.regressions[1]!;
    const moved = (arm: UnitRows): UnitRows => ({
      outcome: arm.outcome.map((y, i) => y + 3 * arm.covariates[0]![i]!),
      covariates: arm.covariates.map((column) => column.map((x) => 1e6 + 1000 * x)),
    });
    for (const test of [linDifference, ancovaDifference]) {
      const before = ok(test(control, treatment, { errors: 'HC3' }));
      const after = ok(test(moved(control), moved(treatment), { errors: 'HC3' }));
      expect(relativeError(after.estimate, before.estimate)).toBeLessThan(1e-9);
      if (test === ancovaDifference)
        expect(relativeError(after.standardError, before.standardError)).toBeLessThan(1e-9);
    }
  });

  it('answer singular designs, single units that decide alone and too few units with a status', () => {
    const arm = { outcome: [1, 2, 4, 3, 5], covariates: [[1, 2, 3, 4, 6]] };
    const constant = { outcome: arm.outcome, covariates: [[7.1, 7.1, 7.1, 7.1, 7.1]] };
    const twice = {
      outcome: arm.outcome,
      covariates: [
        [1, 2, 3, 4, 6],
        [3, 5, 7, 9, 13],
      ],
    };
    const lone = { outcome: arm.outcome, covariates: [[0, 0, 1, 0, 0]] };
    for (const bad of [constant, twice, lone]) {
      expect(linDifference(bad, bad).status).toBe('undefined');
      if (bad !== lone) expect(ancovaDifference(bad, bad).status).toBe('undefined');
    }
    expect(linDifference(constant, constant)).toMatchObject({ reason: expect.stringContaining('covariate 1') });
    expect(linDifference(twice, twice)).toMatchObject({ reason: expect.stringContaining('covariate 2') });
    expect(linDifference({ outcome: [1, 2], covariates: [[1, 2]] }, arm).status).toBe('insufficient');
    const exact = { outcome: [3, 5, 7, 9, 13], covariates: [[1, 2, 3, 4, 6]] };
    expect(linDifference(exact, exact)).toEqual({ status: 'no_variance', estimate: 0 });
    expect(ancovaDifference(exact, exact).status).toBe('no_variance');
  });

  it('refuse input out of its domain by name', () => {
    const arm = { outcome: [1, 2, 4, 3], covariates: [[1, 2, 3, 4]] };
    const broken = { outcome: [1, Number.NaN, 4, 3], covariates: [[1, 2, 3, 4]] };
    const short = { outcome: [1, 2, 4, 3], covariates: [[1, 2]] };
    for (const test of [linDifference, ancovaDifference]) {
      expect(() => test(arm, broken)).toThrow(/treatment\.outcome\[1\].*NaN/);
      expect(() => test(short, arm)).toThrow(RangeError);
      expect(() => test(arm, { ...arm, covariates: [] })).toThrow(RangeError);
      expect(() => test(arm, arm, { level: 1 })).toThrow(/level/);
    }
  });

  it('any constant in place of missing values gives the same effect beside the mark', () => {
    const a = withMissingIndicator([1, null, 3, 4, null, 2], [2, null, 5, null, 7, 3]);
    const outcome = { control: [2, 1, 4, 5, 3, 2], treatment: [3, 2, 6, 4, 8, 3] };
    const effect = (fill: number): number => {
      const refilled = (columns: number[][]): UnitRows['covariates'] => [
        columns[0]!.map((x, i) => (columns[1]![i] === 1 ? fill : x)),
        columns[1]!,
      ];
      const control = { outcome: outcome.control, covariates: refilled(a.control) };
      return ok(linDifference(control, { outcome: outcome.treatment, covariates: refilled(a.treatment) })).estimate;
    };
    expect(effect(0)).toBeCloseTo(effect(100), 10);
    expect(withMissingIndicator([1, 2], [3]).control).toEqual([[1, 2]]);
    expect(withMissingIndicator([null], [null]).control).toEqual([]);
  });
});

describe('CUPED from moments', () => {
  it('with theta within arms is analysis of covariance, with its classical error', () => {
    for (const { control, treatment, ancova } of reference.regressions) {
      const result = ok(cupedDifference(moments(control), moments(treatment)));
      expect(relativeError(result.estimate, ancova.estimate)).toBeLessThan(1e-12);
      expect(relativeError(result.classicalStandardError!, ancova.classical)).toBeLessThan(1e-12);
    }
  });

  it('gives each arm the variance of its adjusted units, and a lift that decides as the difference', () => {
    fc.assert(
      fc.property(rows, rows, fc.constantFrom<'within' | 'total'>('within', 'total'), (a, b, theta) => {
        const result = cupedDifference(moments(a), moments(b), { theta, level: 0.8 });
        if (result.status !== 'ok') return;
        const adjusted = (arm: UnitRows): number[] =>
          arm.outcome.map((y, i) => result.theta.reduce((left, t, j) => left - t * arm.covariates[j]![i]!, y));
        const welch = meanDifference(meanSummary(momentsOf(adjusted(a))), meanSummary(momentsOf(adjusted(b))));
        if (welch.status !== 'ok') return;
        expect(Math.abs(result.estimate - welch.estimate)).toBeLessThan(1e-9);
        expect(Math.abs(result.standardError - welch.standardError)).toBeLessThan(1e-9);
        const { set } = result.lift;
        if (set.kind === 'bounded') expect(set.lower > 0 || set.upper < 0).toBe(result.p < 1 - result.level);
      }),
      PROPERTY,
    );
  });

  it('answers useless covariates with a status and says what is left without them', () => {
    const flat = coMomentsOf([
      [1, 2, 3, 4],
      [7, 7, 7, 7],
    ]);
    expect(cupedDifference(flat, flat).status).toBe('undefined');
    const exact = coMomentsOf([
      [1, 2, 3, 4],
      [2, 4, 6, 8],
    ]);
    expect(cupedDifference(exact, exact)).toMatchObject({ status: 'no_variance' });
    expect(cupedDifference(coMomentsOf([[1], [2]]), exact).status).toBe('insufficient');
    expect(() => cupedDifference(exact, coMomentsOf([[1, 2]]))).toThrow(RangeError);
  });

  it('a correlation next to 1 still saves what it saves', () => {
    expect(cupedSaving(1 - 2 ** -50).varianceRatio).toBe(2 ** -50 * (2 - 2 ** -50));
    expect(cupedSaving(-1)).toEqual({ varianceRatio: 0, sampleSizeRatio: 0, widthRatio: 0 });
    for (const rho of [Number.NaN, 1.01, -2]) expect(() => cupedSaving(rho)).toThrow(/rho/);
  });
});

describe('post-stratification', () => {
  const arm = (list: number[]) => meanSummary(momentsOf(list));

  it('with one stratum is the difference of means', () => {
    const [a, b] = [arm([1, 2, 2, 3]), arm([2, 3, 5])];
    const stratified = ok(postStratifiedDifference([{ control: a, treatment: b }]));
    const welch = ok(meanDifference(a, b));
    expect(relativeError(stratified.p, welch.p)).toBeLessThan(1e-12);
    expect(stratified.degreesOfFreedom).toBeCloseTo(welch.degreesOfFreedom, 10);
  });

  it('weighs strata by their units and names one that is too small', () => {
    const strata = [
      { control: arm([1, 3]), treatment: arm([4, 6]) },
      { control: arm([10, 12, 11]), treatment: arm([10, 12, 11]) },
    ];
    expect(ok(postStratifiedDifference(strata)).estimate).toBeCloseTo((3 * 4) / 10, 12);
    const empty = [...strata, { control: arm([1]), treatment: arm([2, 3]) }];
    expect(postStratifiedDifference(empty)).toMatchObject({ missing: expect.stringContaining('stratum 3: control') });
    expect(() => postStratifiedDifference([])).toThrow(RangeError);
  });
});
