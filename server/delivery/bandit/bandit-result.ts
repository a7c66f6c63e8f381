import type { AdaptiveEstimates } from './adaptive-estimates.ts';
import type { BanditSums } from './bandit-sums.ts';

/** What the job on decisions stores of a bandit phase; arms in the order of its split. */
export interface BanditResult {
  asOf: string;
  /** Decisions made before this are closed, and in the sums. */
  closedTo: string;
  /** All decisions received so far. */
  decisions: number;
  sums: BanditSums;
  /** Written once, when the plan's end is reached: what the gate decides by. */
  final: BanditFinal | null;
}

export interface BanditFinal {
  at: string;
  units: number;
  decisions: number;
  estimates: AdaptiveEstimates;
  /** Of the posterior in force then. */
  probabilityBest: number[];
}
