import { normalCdf } from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const UNITS = 800;
const EPOCHS = 30;
const FLOOR = 0.1;
const Z = 1.959963984540054;

/** A decision and its reward. */
interface Row {
  unit: number;
  epoch: number;
  treated: boolean;
  y: number;
}

/** Sums of one arm in one epoch. */
interface Cell {
  n: number;
  sum: number;
}

/**
 * A bandit of two equal arms over units that come back and differ: the z of treatment against control at its end. With
 * `freshDraw` each epoch draws each unit anew.
 */
function zAtEnd(random: RandomStream, freshDraw: boolean, test: (rows: Row[], weights: number[]) => number): number {
  const rates = Float64Array.from({ length: UNITS }, () => random.beta(1, 1));
  const place = Float64Array.from({ length: UNITS }, random.uniform);
  const rows: Row[] = [];
  const weights: number[] = [];
  const contrast = { sum: 0, information: 0 };
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const weight = FLOOR + (1 - 2 * FLOOR) * probabilityBetter(contrast);
    weights.push(weight);
    const cells: [Cell, Cell] = [
      { n: 0, sum: 0 },
      { n: 0, sum: 0 },
    ];
    for (let unit = 0; unit < UNITS; unit++) {
      if (random.uniform() < 0.5) continue; // stays away
      const draw = freshDraw ? random.uniform() : (place[unit] ?? 0);
      const treated = draw < weight;
      const y = random.uniform() < (rates[unit] ?? 0) ? 1 : 0;
      const cell = cells[treated ? 1 : 0];
      cell.n += 1;
      cell.sum += y;
      rows.push({ unit, epoch, treated, y });
    }
    addContrast(contrast, cells);
  }
  return test(rows, weights);
}

/** Within-period contrasts, weighted by their information. */
function addContrast(contrast: { sum: number; information: number }, [control, treated]: [Cell, Cell]): void {
  if (control.n === 0 || treated.n === 0) return;
  const rate = (control.sum + treated.sum + 1) / (control.n + treated.n + 2);
  const information = 1 / (rate * (1 - rate) * (1 / control.n + 1 / treated.n));
  contrast.sum += information * (treated.sum / treated.n - control.sum / control.n);
  contrast.information += information;
}

function probabilityBetter({ sum, information }: { sum: number; information: number }): number {
  return information === 0 ? 0.5 : normalCdf(sum / Math.sqrt(information));
}

/**
 * The difference by AIPW, clustered by unit, epochs weighted by the root of the product of both arms' weights: its variance
 * then does not depend on how the weights went. The model of a reward is the mean of earlier epochs.
 */
function stabilisedZ(rows: Row[], weights: number[]): number {
  const sums = { epoch: -1, before: 0, seen: 0, seenSum: 0, total: 0, totalWeight: 0 };
  const terms = rows.map(({ unit, epoch, treated, y }) => {
    if (epoch !== sums.epoch) {
      sums.epoch = epoch;
      sums.before = sums.seen === 0 ? 0 : sums.seenSum / sums.seen;
    }
    sums.seen += 1;
    sums.seenSum += y;
    const weight = weights[epoch]!;
    const h = Math.sqrt(weight * (1 - weight));
    const residual = y - sums.before;
    const value = treated ? residual / weight : -residual / (1 - weight);
    sums.total += h * value;
    sums.totalWeight += h;
    return { unit, h, value };
  });
  const estimate = sums.total / sums.totalWeight;
  const scores = new Float64Array(UNITS);
  for (const { unit, h, value } of terms) scores[unit]! += (h * (value - estimate)) / sums.totalWeight;
  return estimate / Math.sqrt(scores.reduce((sum, score) => sum + score * score, 0));
}

/** As if decisions were independent and had been split the same way all the time. */
function pooledZ(rows: Row[]): number {
  const of = (treated: boolean): Cell => {
    const mine = rows.filter((row) => row.treated === treated);
    return { n: mine.length, sum: mine.reduce((sum, row) => sum + row.y, 0) };
  };
  const contrast = { sum: 0, information: 0 };
  addContrast(contrast, [of(false), of(true)]);
  return contrast.sum / Math.sqrt(contrast.information);
}

const epochs: Check = {
  name: 'bandit-epochs',
  world: `Two equal arms, ${UNITS} units that differ and come back in half of ${EPOCHS} epochs, weights by within-period contrasts with a floor of ${FLOOR}; the difference by AIPW with √weight stabilisation, errors clustered by unit, tested at the end at 5 %. The world is ours: the rule names none; with a floor of 0.05 and rewards that come from few units the normal limit is farther off, and it rejects 6 %.`,
  runs: { quick: 150, full: 3000 },
  measure: (random, runs) => {
    const rejected = (freshDraw: boolean, test: typeof stabilisedZ) =>
      countRuns(runs, () => Math.abs(zAtEnd(random, freshDraw, test)) > Z);
    const before = 'simulated before: 70 %';
    return [
      share(
        'each epoch draws anew',
        rejected(true, stabilisedZ),
        runs,
        atMost(0.05, 'definition; simulated before: 3.6 %'),
      ),
      share('beside: one fixed hash, decisions pooled', rejected(false, pooledZ), runs, atLeast(0.25, before)),
    ];
  },
};

export const epochChecks: Check[] = [epochs];
