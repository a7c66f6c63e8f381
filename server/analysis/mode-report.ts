import type { GateReport } from '../contract/gate-contract.ts';
import type { HealthItem, Report, Verdict } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { ReportRows } from './report-store.ts';
import { shadowParts } from './shadow/shadow-mode.ts';

/** What each mode says for itself: its own part, whether it may hand over, and what to do. */
export interface ModeParts {
  delivery: NonNullable<Report['delivery']>;
  gate: GateReport;
  health: HealthItem[];
  verdict: Verdict;
}

export interface ModeInput {
  row: ExperimentRow;
  current: PhaseRow;
  rows: ReportRows;
  now: Date;
}

/** Null in A/B phases, which the common report covers. */
export function modeParts(input: ModeInput): ModeParts | null {
  const { mode } = input.rows;
  switch (mode?.mode) {
    case undefined:
      return null;
    case 'shadow':
      return shadowParts(input, mode.stored);
    default:
      throw new Error(`phases of mode ${mode?.mode} have no report yet`);
  }
}
