import { withError } from '../calibrate/line-text.ts';

/** A number found by simulation and the bar that it has to clear: the figure itself counts, not its error. */
export interface Bar {
  label: string;
  observed: number;
  /** Monte-Carlo error of `observed`; shown, never taken off the bar. */
  standardError: number;
  is: 'at most' | 'at least';
  value: number;
}

/** Simulates one mode, prints what people should know beside the bars, and answers the bars. */
export type Simulation = (firstSeed: number) => Bar[];

export function isCleared({ observed, is, value }: Bar): boolean {
  return is === 'at most' ? observed <= value : observed >= value;
}

export function tellBar(bar: Bar): string {
  const sign = bar.is === 'at most' ? '≤' : '≥';
  return `${isCleared(bar) ? 'ok    ' : 'MISSED'} ${bar.label}: ${withError(bar.observed, bar.standardError)}, bar ${sign} ${bar.value}`;
}

/** The share of runs in which something happened, with its binomial error. */
export function shareBar(label: string, hits: number, runs: number, is: Bar['is'], value: number): Bar {
  // Agresti and Coull: of no hits in few runs the plain formula says that it is certain
  const p = (hits + 2) / (runs + 4);
  return { label, observed: hits / runs, standardError: Math.sqrt((p * (1 - p)) / (runs + 4)), is, value };
}
