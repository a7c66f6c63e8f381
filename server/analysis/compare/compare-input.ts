import type { MeanPair, Proportion, TrialTuning } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { Arm, ReportMetric } from '../arms.ts';
import type { ReportRows } from '../report-store.ts';

export interface CompareInput {
  metric: ReportMetric;
  control: Arm;
  arm: Arm;
  rows: ReportRows;
  phase: PhaseRow;
  /** Of intervals and margins: the plan's, or the nominal one of a look. null: nothing may be concluded. */
  level: number | null;
  /** Small tables are tested exactly only at a look: it takes up to a second, too long for every reading of a page. */
  occasion: 'reading' | 'look';
  /** Where rates are compared by the exact always-valid band: what it is tuned to. */
  band?: TrialTuning | undefined;
}

/** A test by itself, as of a fixed length. */
export interface Tested {
  pValue: number | null;
  log10P: number | null;
  /** With the sign of the estimate; of Student's t or an exact p the normal quantile of that p. */
  z: number | null;
  /** Of a test that is always valid by itself: natural logarithm of its e-value. */
  logE?: number;
}

export interface Compared {
  comparison: Comparison;
  tested: Tested;
  /** The values compared, with the variances of their estimates; null where there are none (ranks, insufficient). */
  pair: Required<MeanPair> | null;
  /** Events of an unadjusted rate. */
  counts: { control: Proportion; arm: Proportion } | null;
}

/** What the kinds of metric answer each in their way; the level is a number here. */
export type Answer = { missing: string } | Found;

export interface Found extends Pick<Compared, 'tested' | 'pair' | 'counts'> {
  parts: Pick<Comparison, 'difference'> &
    Partial<Pick<Comparison, 'relative' | 'components' | 'adjustment' | 'capped' | 'margin' | 'others' | 'warnings'>>;
}

export type AtLevel = CompareInput & { level: number };
