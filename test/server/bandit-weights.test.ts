import { describe, expect, it } from 'vitest';
import { closesBefore, finalBefore, periodOf, renewalDue } from '../../server/delivery/bandit/bandit-phase.ts';
import { banditPosterior } from '../../server/delivery/bandit/posterior.ts';
import { epochEvidence, weightsIn } from '../../server/delivery/bandit/ratio-log.ts';
import { regretOverTime } from '../../server/delivery/bandit/regret.ts';
import { weightsOf } from '../../server/delivery/bandit/weights.ts';
import { betaComparison, type PeriodCell } from '../../stats/index.ts';

const rate = (n: number, mean: number): PeriodCell => ({ n, mean, m2: n * mean * (1 - mean) });
const rule = (changes: Record<string, unknown> = {}) => ({
  posterior: 'period_contrasts' as const,
  warmUpCells: 100,
  direction: 'increase' as const,
  ...changes,
});
const plain = { floor: 0.01, topTwoShare: null };

describe('posterior', () => {
  it('stays in the warm-up until every arm has its closed cells', () => {
    const posterior = banditPosterior([[rate(99, 0.2), rate(500, 0.1)]], 2, rule());
    expect(posterior.status).toBe('warm_up');
    expect(weightsOf(posterior, plain)).toEqual([0.5, 0.5]);
    expect(banditPosterior([[rate(100, 0.2), rate(500, 0.1)]], 2, rule()).status).toBe('ready');
    expect(banditPosterior([[rate(200, 0), rate(500, 0)]], 2, rule()).status).toBe('warm_up');
  });

  it('is not misled by a baseline that moved while shares did; pooled it is', () => {
    // The challenger is worse by a point in both hours, but was used more when everybody was better.
    const periods = [
      [rate(1_000, 0.04), rate(9_000, 0.05)],
      [rate(9_000, 0.19), rate(1_000, 0.2)],
    ];
    const within = banditPosterior(periods, 2, rule());
    expect(within.arms[0]!.effect).toBeCloseTo(-0.01, 9);
    expect(within.arms[0]!.probabilityBest).toBeLessThan(0.2);
    expect(banditPosterior(periods, 2, rule({ posterior: 'normal' })).arms[0]!.probabilityBest).toBeGreaterThan(0.99);
  });

  it('the champion stands last, with an effect of 0', () => {
    const periods = [[rate(4_000, 0.3), rate(4_000, 0.1), rate(4_000, 0.2)]];
    const { arms } = banditPosterior(periods, 3, rule());
    expect(arms.map(({ effect }) => Math.round((effect ?? 9) * 1e9) / 1e9)).toEqual([0.1, -0.1, 0]);
    expect(arms[2]!.standardDeviation).toBe(0);
    expect(arms[0]!.probabilityBest).toBeGreaterThan(0.99);
    const less = banditPosterior(periods, 3, rule({ direction: 'decrease' }));
    expect(less.arms[1]!.probabilityBest).toBeGreaterThan(0.99);
  });

  it('beta-Bernoulli is that of all closed cells with a uniform prior', () => {
    const periods = [
      [rate(200, 0.1), rate(300, 0.2)],
      [rate(100, 0.3), rate(100, 0.1)],
    ];
    const { arms } = banditPosterior(periods, 2, rule({ posterior: 'beta_bernoulli' }));
    const exact = betaComparison({ alpha: 71, beta: 331 }, { alpha: 51, beta: 251 });
    expect(arms[0]!.probabilityBest).toBeCloseTo(exact.probabilityTreatmentBetter, 9);
  });
});

describe('weights', () => {
  const ready = (best: number[]) => ({
    status: 'ready' as const,
    arms: best.map((probabilityBest) => ({ cells: 1, mean: 0, effect: 0, standardDeviation: 0, probabilityBest })),
  });

  it('match the probability to be best above the floor, and sum to exactly 1', () => {
    expect(weightsOf(ready([0.9, 0.1]), { floor: 0, topTwoShare: null })).toEqual([0.9, 0.1]);
    const weights = weightsOf(ready([1, 0, 0]), { floor: 0.01, topTwoShare: null });
    expect(weights[1]).toBe(0.01);
    expect(weights.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 15);
    const odd = weightsOf(ready([1 / 3, 1 / 3, 1 / 3]), { floor: 0.013, topTwoShare: null });
    expect(odd.reduce((sum, each) => sum + each, 0)).toBe(1);
  });

  it('of top-two give the second best its share', () => {
    expect(weightsOf(ready([1, 0]), { floor: 0, topTwoShare: 0.6 })).toEqual([0.6, 0.4]);
  });
});

describe('time', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds);

  it('an epoch lasts as declared, later on a 2,000th of the age', () => {
    expect(renewalDue(at(0), at(600), 600)).toBe(at(1_200).getTime());
    expect(renewalDue(at(0), at(20_000), 1)).toBe(at(20_010).getTime());
  });

  it('an epoch closes when the last of its windows and allowances has passed', () => {
    expect(finalBefore(at(100), 30)).toEqual(at(70));
    expect(closesBefore(at(100), 30, 1)).toEqual(at(68));
    expect(closesBefore(at(1_000), 30, 600)).toEqual(at(910));
  });

  it('is counted in the hour in which it started', () => {
    expect(periodOf(at(0), at(3_599))).toEqual({ period: 1, from: at(0) });
    expect(periodOf(at(0), at(3_600))).toEqual({ period: 2, from: at(3_600) });
    expect(periodOf(at(0), at(7_250))).toEqual({ period: 3, from: at(7_200) });
  });
});

describe('sample ratio', () => {
  const epoch = { weights: { 1: 0.5, 2: 0.5 }, contexts: { de: { 1: 0.9, 2: 0.1 } } };

  it('judges each context by its own weights', () => {
    expect(weightsIn(epoch, 'de')).toEqual({ 1: 0.9, 2: 0.1 });
    expect(weightsIn(epoch, 'fr')).toEqual(epoch.weights);
    const counts = [
      { context: 'de', variantId: 1, cells: 900 },
      { context: 'de', variantId: 2, cells: 100 },
      { context: null, variantId: 1, cells: 500 },
      { context: null, variantId: 2, cells: 500 },
    ];
    for (const log of epochEvidence(epoch, counts)) expect(log).toBeLessThan(0);
    const swapped = counts.map((each) => ({ ...each, context: each.context === 'de' ? null : 'de' }));
    expect(Math.max(...epochEvidence(epoch, swapped))).toBeGreaterThan(100);
    expect(epochEvidence(epoch, [])).toEqual([0, 0, 0, 0]);
  });
});

describe('regret', () => {
  const from = new Date('2026-01-01T00:00:00Z');
  const periods = Array.from({ length: 450 }, () => ({ from, cells: [rate(10, 0.2), rate(30, 0.1)] }));

  it('adds up what the worse arm gave up, in at most 200 points', () => {
    const posterior = banditPosterior(
      periods.map(({ cells }) => cells),
      2,
      rule(),
    );
    const points = regretOverTime(periods, posterior, 'increase');
    expect(points.length).toBe(150);
    expect(points.at(-1)!.regret).toBeCloseTo(450 * 30 * 0.1, 6);
    expect(points[0]!.cells[1]).toMatchObject({ n: 90 });
    const less = regretOverTime(periods, posterior, 'decrease');
    expect(less.at(-1)!.regret).toBeCloseTo(450 * 10 * 0.1, 6);
  });

  it('is not known during the warm-up', () => {
    const points = regretOverTime(periods.slice(0, 1), banditPosterior([], 2, rule()), 'increase');
    expect(points[0]!.regret).toBeNull();
  });
});
