import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlatedBestArm, normalBestArm, type PeriodCell, periodContrasts } from '../../stats/index.ts';

const rate = (n: number, mean: number): PeriodCell => ({ n, mean, m2: n * mean * (1 - mean) });

/** The answer, where the test expects one. */
function ok<T extends { status: string }>(answer: T): Extract<T, { status: 'ok' }> {
  expect(answer.status).toBe('ok');
  return answer as Extract<T, { status: 'ok' }>;
}

describe('periodContrasts', () => {
  it('finds effects that hold in every period whatever the baseline and the shares do', () => {
    const effects = [0, 0.02, -0.01];
    const baselines = [0.1, 0.4, 0.25, 0.6];
    const shares = [
      [800, 100, 100],
      [10, 900, 90],
      [300, 0, 700],
      [50, 50, 900],
    ];
    const periods = baselines.map((base, t) => effects.map((effect, arm) => rate(shares[t]![arm]!, base + effect)));
    const found = ok(periodContrasts(periods));
    found.effects.forEach((effect, arm) => {
      expect(effect).toBeCloseTo(effects[arm]!, 12);
    });
    expect(found.periods).toBe(4);
  });

  it('two arms in one period: the difference, with the variance of a difference of means', () => {
    const [n, m, variance] = [4_000, 6_000, 2.25];
    const cell = (size: number, mean: number) => ({ n: size, mean, m2: variance * (size - 1) });
    const found = ok(periodContrasts([[cell(n, 10), cell(m, 10.4)]]));
    expect(found.effects[1]).toBeCloseTo(0.4, 12);
    expect(found.covariance[1]![1]).toBeCloseTo(variance * (1 / n + 1 / m), 15);
  });

  it('combines two arms over periods by inverse variance', () => {
    const cell = (n: number, mean: number, variance: number) => ({ n, mean, m2: variance * (n - 1) });
    const periods = [
      [cell(1e6, 1, 1), cell(2e6, 1.3, 1)],
      [cell(3e6, 5, 1), cell(1e6, 5.1, 1)],
    ];
    const weights = [1 / (1 / 1e6 + 1 / 2e6), 1 / (1 / 3e6 + 1 / 1e6)];
    const expected = (0.3 * weights[0]! + 0.1 * weights[1]!) / (weights[0]! + weights[1]!);
    const found = ok(periodContrasts(periods));
    expect(found.effects[1]).toBeCloseTo(expected, 12);
    expect(found.covariance[1]![1]).toBeCloseTo(1 / (weights[0]! + weights[1]!), 14);
  });

  it('allows an arm a variance of its own', () => {
    const cell = (n: number, variance: number) => ({ n, mean: 0, m2: variance * (n - 1) });
    const found = ok(periodContrasts(Array.from({ length: 20 }, () => [cell(1e5, 1), cell(1e5, 9)])));
    const spread = Math.sqrt(found.covariance[1]![1]! * 20);
    expect(spread / Math.sqrt(1e-5 + 9e-5)).toBeCloseTo(1, 2);
  });

  it('few cells without an event do not make an arm certain', () => {
    const found = ok(periodContrasts([[rate(1_000, 0.05), rate(10, 0)]]));
    const z = found.effects[1]! / Math.sqrt(found.covariance[1]![1]!);
    expect(z).toBeGreaterThan(-1);
  });

  it('renaming arms renames effects', () => {
    const cell = fc.record({
      n: fc.integer({ min: 1, max: 500 }),
      mean: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    });
    const periods = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(periods, (drawn) => {
        const cells = drawn.map((period) => period.map(({ n, mean }) => rate(n, mean)));
        const found = ok(periodContrasts(cells));
        const turned = ok(periodContrasts(cells.map(([a, b, c]) => [a!, c!, b!])));
        expect(turned.effects[1]).toBeCloseTo(found.effects[2]!, 9);
        expect(turned.covariance[1]![2]).toBeCloseTo(found.covariance[2]![1]!, 9);
      }),
      { seed: 20_261_122 },
    );
  });

  it('says what is missing where arms never met or nothing varied', () => {
    expect(
      periodContrasts([
        [rate(10, 0.5), rate(0, 0)],
        [rate(0, 0), rate(10, 0.5)],
      ]).status,
    ).toBe('insufficient');
    expect(periodContrasts([[rate(10, 0), rate(10, 0)]])).toMatchObject({ missing: /vary/ });
    const never = [[rate(10, 0.5), rate(10, 0.4), rate(0, 0)]];
    expect(periodContrasts(never)).toMatchObject({ status: 'insufficient', missing: /every arm/ });
  });
});

describe('correlatedBestArm', () => {
  it.each([
    [2, 1e-12],
    [3, 1e-12],
    [4, 1e-6],
    [5, 1e-6],
    [8, 1e-4],
  ])(
    '%i arms with a common shift: as without it, to %f',
    (count, error) => {
      const arms = Array.from({ length: count }, (_, i) => ({
        mean: Math.sin(3 * i) / 10,
        standardDeviation: 0.1 + 0.02 * i,
      }));
      const covariance = arms.map((arm, i) => arms.map((_, j) => 0.5 + (i === j ? arm.standardDeviation ** 2 : 0)));
      const found = correlatedBestArm(
        arms.map(({ mean }) => mean),
        covariance,
      );
      const exact = normalBestArm(arms).probabilityBest;
      found.forEach((probability, i) => {
        expect(Math.abs(probability - exact[i]!)).toBeLessThan(error);
      });
    },
    30_000,
  );

  it('arms against a common control', () => {
    // Two arms as far from the control as from each other: a symmetric problem has thirds.
    const covariance = [
      [0, 0, 0],
      [0, 2, 1],
      [0, 1, 2],
    ];
    for (const probability of correlatedBestArm([0, 0, 0], covariance)) expect(probability).toBeCloseTo(1 / 3, 12);
  });

  it('refuses a table that is none, and a difference without variance', () => {
    expect(() =>
      correlatedBestArm(
        [0, 0],
        [
          [1, 1],
          [1, 1],
        ],
      ),
    ).toThrow(/must have a variance/);
    expect(() =>
      correlatedBestArm(
        [0, 0],
        [
          [1, 0.5],
          [0.4, 1],
        ],
      ),
    ).toThrow(/symmetric/);
    expect(() => correlatedBestArm([0], [[1], [1]])).toThrow(RangeError);
  });
});
