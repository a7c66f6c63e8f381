import { requireCount, requireFinite, requireNonNegative, requireNotEmpty } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { solvePositiveDefinite } from '../special/cholesky.ts';

/** Rewards of one arm in one period: how many cells, their mean and centred second moment. */
export interface PeriodCell {
  readonly n: number;
  readonly mean: number;
  readonly m2: number;
}

/** Effects of all arms against the first one, jointly normal. */
export interface PeriodContrasts {
  readonly status: 'ok';
  /** 0 for the first arm. */
  readonly effects: readonly number[];
  /** Of the effects; zeros for the first arm. */
  readonly covariance: readonly (readonly number[])[];
  /** Periods in which at least two arms were seen: only they tell. */
  readonly periods: number;
}

/**
 * So many cells' worth of the variance of all periods stands beside the variance of each period, and so many of the
 * common variance beside that of each arm: few cells without an event do not make an arm certain.
 */
const PRIOR_CELLS = 100;

/**
 * By how much arms differ, from comparisons within periods only: what moves all arms alike from one period to the next
 * drops out, however the shares of the arms changed with it.
 *
 * Input: a list of periods, each with a {@link PeriodCell} per arm in one order; n 0 where an arm was not seen.
 * Output: {@link PeriodContrasts} in the unit of the rewards, or `insufficient` where the arms are not all connected by
 * periods that saw two of them, or no reward varied yet.
 * Error: relative 1e-12 (a fit of dummies by another road).
 * Assumes: one effect an arm, the same in all periods; many cells. Weighted least squares with an effect per period; the
 * variance of a cell is that of its period times that of its arm, each shrunk by 100 cells to the common one.
 * Source: Cochran 1954; period weighting as in Scott 2015.
 * @throws RangeError if there is no period or arm, a number is out of its domain, or periods have different arms.
 * @example
 * const rate = (n, mean) => ({ n, mean, m2: n * mean * (1 - mean) });
 * periodContrasts([[rate(900, 0.05), rate(100, 0.06)], [rate(100, 0.1), rate(900, 0.11)]]).effects; // [0, 0.01...]
 */
export function periodContrasts(periods: readonly (readonly PeriodCell[])[]): PeriodContrasts | NotEnough {
  const arms = requirePeriods(periods);
  const telling = periods.filter((period) => period.filter(({ n }) => n > 0).length > 1);
  const variance = commonVariance(telling.flat());
  if (variance === 0) return { status: 'insufficient', missing: 'rewards that vary, in periods with two arms' };
  const ofPeriod = telling.map((period) => shrunkVariance(period, variance));
  const ofArm = Array.from({ length: arms }, (_, arm) =>
    shrunkVariance(
      telling.map((period, t) => ({ ...period[arm]!, m2: period[arm]!.m2 / ofPeriod[t]! })),
      1,
    ),
  );
  const information = Array.from({ length: arms }, () => new Array<number>(arms).fill(0));
  const score = new Array<number>(arms).fill(0);
  telling.forEach((period, t) => {
    addPeriod(
      information,
      score,
      period.map(({ n, mean }, arm) => ({ weight: n / ofPeriod[t]! / ofArm[arm]!, mean })),
    );
  });
  return solve(information, score, telling.length);
}

function requirePeriods(periods: readonly (readonly PeriodCell[])[]): number {
  requireNotEmpty('periods', periods);
  const arms = periods[0]!.length;
  requireNotEmpty('periods[0]', periods[0]!);
  periods.forEach((period, t) => {
    if (period.length !== arms) {
      throw new RangeError(`periods[${t}] must have one cell per arm, got ${period.length} for ${arms}`);
    }
    period.forEach(({ n, mean, m2 }, arm) => {
      requireCount(`periods[${t}][${arm}].n`, n);
      requireFinite(`periods[${t}][${arm}].mean`, mean);
      requireNonNegative(`periods[${t}][${arm}].m2`, m2);
      if (Math.abs(mean) > 1e100 || m2 > 1e200 || (m2 > 0 && m2 < 1e-200)) {
        throw new RangeError(`periods[${t}][${arm}] must be of ordinary size, got mean ${mean} and m2 ${m2}`);
      }
    });
  });
  return arms;
}

function commonVariance(cells: readonly PeriodCell[]): number {
  const degrees = cells.reduce((sum, { n }) => sum + Math.max(0, n - 1), 0);
  return degrees === 0 ? 0 : cells.reduce((sum, { m2 }) => sum + m2, 0) / degrees;
}

function shrunkVariance(cells: readonly PeriodCell[], prior: number): number {
  const degrees = cells.reduce((sum, { n }) => sum + Math.max(0, n - 1), 0);
  return (cells.reduce((sum, { m2 }) => sum + m2, 0) + PRIOR_CELLS * prior) / (degrees + PRIOR_CELLS);
}

/** Takes the period's own mean out: W - w w' / Σw, and W (m - weighted mean). */
function addPeriod(information: number[][], score: number[], cells: { weight: number; mean: number }[]): void {
  const total = cells.reduce((sum, { weight }) => sum + weight, 0);
  const centre = cells.reduce((sum, { weight, mean }) => sum + (weight / total) * mean, 0);
  cells.forEach(({ weight, mean }, i) => {
    if (weight === 0) return;
    score[i]! += weight * (mean - centre);
    cells.forEach((other, j) => {
      information[i]![j]! += i === j ? weight * (1 - weight / total) : -weight * (other.weight / total);
    });
  });
}

function solve(
  information: readonly (readonly number[])[],
  score: readonly number[],
  periods: number,
): PeriodContrasts | NotEnough {
  const free = information.slice(1).map((row) => row.slice(1));
  const units = free.map((_, i) => free.map((__, j) => (i === j ? 1 : 0)));
  const inverse = solvePositiveDefinite(free, units);
  if (inverse === null || inverse.some((row) => row.some((value) => !Number.isFinite(value)))) {
    return { status: 'insufficient', missing: 'periods in which every arm was compared with another one' };
  }
  const effects = inverse.map((row) => row.reduce((sum, value, j) => sum + value * score[j + 1]!, 0));
  const covariance = inverse.map((row, i) => [0, ...row.map((value, j) => (value + inverse[j]![i]!) / 2)]);
  return {
    status: 'ok',
    effects: [0, ...effects],
    covariance: [new Array<number>(effects.length + 1).fill(0), ...covariance],
    periods,
  };
}
