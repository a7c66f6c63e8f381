import type { GateReport } from '../contract/gate-contract.ts';
import type { HealthItem, Report, Verdict } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { ReportRows } from './report-store.ts';

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
