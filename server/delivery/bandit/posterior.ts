import {
  betaBestArm,
  correlatedBestArm,
  normalBestArm,
  type PeriodCell,
  periodContrasts,
} from '../../../stats/index.ts';
import type { BanditSettings } from '../../db/schema-types.ts';

/** What the closed cells say of the arms, in the order of the phase's split. */
export interface BanditPosterior {
  /** warm_up: some arm has too few closed cells, or no reward has varied: all arms share alike. */
  status: 'warm_up' | 'ready';
  arms: PosteriorArm[];
}

export interface PosteriorArm {
  /** Closed cells (unit and epoch) behind it. */
  cells: number;
  /** Mean reward of these cells; differs between arms also because arms were used at different times. */
  mean: number | null;
  /** Posterior of the effect against the champion, in reward per cell. */
  effect: number | null;
  standardDeviation: number | null;
  probabilityBest: number;
}

/** Cells of the same number and mean as several lists of them: the pooled forms ask no more. */
function pooled(cells: PeriodCell[]): PeriodCell {
  const n = cells.reduce((sum, each) => sum + each.n, 0);
  const mean = n === 0 ? 0 : cells.reduce((sum, each) => sum + each.n * each.mean, 0) / n;
  return { n, mean, m2: cells.reduce((sum, each) => sum + each.m2 + each.n * (each.mean - mean) ** 2, 0) };
}

type Rule = Pick<BanditSettings, 'posterior' | 'warmUpCells'> & { direction: 'increase' | 'decrease' };

/**
 * The posterior of the arms from the closed cells of each period. The champion is the last arm, as in a split (R4);
 * `periods` holds one cell per arm and period, n 0 where the arm had none.
 */
export function banditPosterior(periods: PeriodCell[][], arms: number, rule: Rule): BanditPosterior {
  const totals = Array.from({ length: arms }, (_, arm) => pooled(periods.map((each) => each[arm] ?? NONE)));
  const known = totals.every(({ n }) => n >= rule.warmUpCells) ? beliefs(periods, totals, rule) : null;
  return {
    status: known ? 'ready' : 'warm_up',
    arms: totals.map(({ n, mean }, arm) => ({
      cells: n,
      mean: n === 0 ? null : mean,
      effect: known?.effects[arm] ?? null,
      standardDeviation: known?.spread[arm] ?? null,
      probabilityBest: known?.best[arm] ?? 1 / arms,
    })),
  };
}

const NONE: PeriodCell = { n: 0, mean: 0, m2: 0 };

/** Effects against the champion, the last arm, and who is best. */
interface Beliefs {
  effects: number[];
  spread: number[];
  best: readonly number[];
}

function beliefs(periods: PeriodCell[][], totals: PeriodCell[], rule: Rule): Beliefs | null {
  if (rule.posterior === 'beta_bernoulli') return betaBeliefs(totals, rule);
  if (rule.posterior === 'normal') return normalBeliefs(totals, rule);
  const championFirst = periods.map((period) => [period.at(-1) ?? NONE, ...period.slice(0, -1)]);
  const found = periodContrasts(championFirst);
  if (found.status !== 'ok') return null;
  const sign = rule.direction === 'increase' ? 1 : -1;
  const best = correlatedBestArm(
    found.effects.map((each) => sign * each),
    found.covariance,
  );
  const championLast = <T>([champion, ...others]: readonly T[]): T[] => [...others, champion as T];
  return {
    effects: championLast(found.effects),
    spread: championLast(found.covariance.map((row, i) => Math.sqrt(row[i] ?? 0))),
    best: championLast(best),
  };
}

/** Each closed cell is a trial that succeeded when any of its decisions was rewarded; uniform prior. */
function betaBeliefs(totals: PeriodCell[], { direction }: Rule): Beliefs {
  const shapes = totals.map(({ n, mean }) => ({ alpha: 1 + n * mean, beta: 1 + n * (1 - mean) }));
  const { probabilityBest, probabilitySmallest } = betaBestArm(shapes);
  const arms = shapes.map(({ alpha, beta }) => ({
    mean: alpha / (alpha + beta),
    variance: (alpha * beta) / (alpha + beta) ** 2 / (alpha + beta + 1),
  }));
  return { ...againstLast(arms), best: direction === 'increase' ? probabilityBest : probabilitySmallest };
}

/** Flat prior; variances are of each arm, with 100 cells' worth of the common one. */
function normalBeliefs(totals: PeriodCell[], { direction }: Rule): Beliefs | null {
  const degrees = totals.reduce((sum, { n }) => sum + Math.max(0, n - 1), 0);
  const common = degrees === 0 ? 0 : totals.reduce((sum, { m2 }) => sum + m2, 0) / degrees;
  if (!(common > 0)) return null;
  const arms = totals.map(({ n, mean, m2 }) => ({ mean, variance: (m2 + 100 * common) / (n - 1 + 100) / n }));
  const { probabilityBest, probabilitySmallest } = normalBestArm(
    arms.map(({ mean, variance }) => ({ mean, standardDeviation: Math.sqrt(variance) })),
  );
  return { ...againstLast(arms), best: direction === 'increase' ? probabilityBest : probabilitySmallest };
}

function againstLast(arms: { mean: number; variance: number }[]): Pick<Beliefs, 'effects' | 'spread'> {
  const champion = arms.at(-1) ?? { mean: 0, variance: 0 };
  const last = arms.length - 1;
  return {
    effects: arms.map(({ mean }) => mean - champion.mean),
    spread: arms.map(({ variance }, arm) => (arm === last ? 0 : Math.sqrt(variance + champion.variance))),
  };
}
