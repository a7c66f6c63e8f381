import type { RandomStream } from './random-stream.ts';

/** One simulation, or one exact calculation, and the numbers it is judged by. */
export interface Check {
  /** Unique; what `--only` selects by. */
  name: string;
  /** The world that is simulated and what is done in it, in a sentence or two. */
  world: string;
  /** How many times it is simulated; 1 where nothing is random. */
  runs: { quick: number; full: number };
  measure: (random: RandomStream, runs: number) => Line[];
}

/** Checks on one subject: a section of docs/calibration.md. */
export interface Theme {
  title: string;
  checks: Check[];
}

/** A number found, and the number it should be. */
export interface Line {
  label: string;
  observed: number;
  /** 0 for a number that was calculated, not simulated. */
  standardError: number;
  target: Target;
}

export interface Target {
  is: 'equal' | 'at most' | 'at least';
  value: number;
  /** 0 for a number known exactly. */
  standardError: number;
  /** Half a unit of the last digit that its source prints. */
  rounding: number;
  source: string;
}

type Known = { standardError?: number; rounding?: number };

export function equal(value: number, source: string, { standardError = 0, rounding = 0 }: Known = {}): Target {
  return { is: 'equal', value, standardError, rounding, source };
}

export function atMost(value: number, source: string): Target {
  return { is: 'at most', value, standardError: 0, rounding: 0, source };
}

/** For what our rule must reach, and for the failure that another practice must show. */
export function atLeast(value: number, source: string): Target {
  return { is: 'at least', value, standardError: 0, rounding: 0, source };
}

/** Four combined standard errors: a sound check fails by chance once in sixteen thousand. */
const STANDARD_ERRORS = 4;
/** Sums of doubles differ by this much from exact values of order 1. */
const ROUNDING = 1e-9;

export function isMet({ observed, standardError, target }: Line): boolean {
  const slack = STANDARD_ERRORS * Math.hypot(standardError, target.standardError) + target.rounding + ROUNDING;
  const excess = observed - target.value;
  if (target.is === 'at most') return excess <= slack;
  if (target.is === 'at least') return -excess <= slack;
  return Math.abs(excess) <= slack;
}

/** The share of runs in which something happened. */
export function share(label: string, hits: number, runs: number, target: Target): Line {
  // Agresti and Coull: of no hits in few runs the plain formula says that it is certain
  const p = (hits + 2) / (runs + 4);
  return { label, observed: hits / runs, standardError: Math.sqrt((p * (1 - p)) / (runs + 4)), target };
}

/** The mean of a number over runs. */
export function average(label: string, values: ArrayLike<number>, target: Target): Line {
  let [mean, squares] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const value = values[k] ?? 0;
    const step = value - mean;
    mean += step / (k + 1);
    squares += step * (value - mean);
  }
  const standardError = values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : 0;
  return { label, observed: mean, standardError, target };
}

/** A number that was calculated. */
export function exactly(label: string, observed: number, target: Target): Line {
  return { label, observed, standardError: 0, target };
}

/** How many of so many runs something happens in. */
export function countRuns(runs: number, happens: () => boolean): number {
  let hits = 0;
  for (let run = 0; run < runs; run++) if (happens()) hits += 1;
  return hits;
}
