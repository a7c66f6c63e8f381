import type { Queryable } from '../db/queryable.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { type ModeRows, readModeRows } from './mode-rows.ts';
import { readAfterRetention } from './report-store/read-after-retention.ts';
import { readCalls, readLate, readPending } from './report-store/read-events.ts';
import { readPairs } from './report-store/read-pairs.ts';
import { readLooks, readUnitResults } from './report-store/read-results.ts';
import { readMeasures, readSegments } from './report-store/read-sums.ts';
import { readUnits } from './report-store/read-units.ts';
import type { UnitResult } from './unit-result.ts';

/**
 * Everything a report reads of one phase. All of it comes from roll-ups of bounded size, never from unit or raw rows,
 * so that a report costs the same at ten thousand and at ten million exposures.
 */
export interface ReportRows {
  /** Data up to here is complete: now, or the receipt of the oldest batch that is not rolled up yet. */
  asOf: Date;
  measures: MeasureSums[];
  /** Products of two measures over mature units: ratios, and proxies with their business metrics. */
  pairs: PairSums[];
  /** Mature units of each measure by segment. */
  segments: SegmentSums[];
  segmentValues: { id: number; attribute: string; value: string | null }[];
  /** `units`: by first exposure, sticky ones left out. */
  segmentCounts: { segmentId: number; variantId: number; units: number }[];
  /** What the job on unit totals found last. */
  unitResults: { metricId: number; computedAt: Date; result: UnitResult }[];
  /** `sticky`: of the units, those whose first decision was remembered, not drawn. */
  counts: { variantId: number; units: number; mixed: number; sticky: number }[];
  cohorts: { at: Date; variantId: number; units: number }[];
  calls: { variantId: number; status: string; n: number; ms: number }[];
  late: { variantId: number; n: number }[];
  /** Events that came after raw events of the phase had begun to go. */
  afterRetention: number;
  pending: { batches: number; oldestAt: Date | null; dirtyUnits: number };
  looks: LookRow[];
  /** What only the phase's mode has; null in A/B phases. */
  mode: ModeRows | null;
}

/** A measure over the units of one arm that are mature, or over those still open. Zeros of absent units are in. */
export interface MeasureSums {
  measureId: number;
  variantId: number;
  mature: boolean;
  units: number;
  /** Sum of the units' values; a whole number for `any` and `count`. */
  sum: number;
  mean: number;
  /** Centred second moment: Σ(y − mean)². */
  m2: number;
  /** Centred third moment: Σ(y − mean)³. */
  m3: number;
  /** Units whose value lies beyond a fixed limit and was clipped to it. */
  capped: number;
}

export interface PairSums {
  /** The smaller id of the two. */
  measureA: number;
  measureB: number;
  variantId: number;
  units: number;
  /** Centred co-moment: Σ(a − mean a)(b − mean b). */
  m11: number;
}

export interface SegmentSums extends Omit<MeasureSums, 'mature' | 'm3' | 'capped'> {
  segmentId: number;
}

export interface LookRow {
  metricId: number;
  /** Variant id of the challenger. */
  comparison: number;
  /** Number of the look, from 1. */
  k: number;
  at: Date;
  result: unknown;
}

/** What tells whether a look is due: a small part of a report, for it is asked every second. */
export type DueRows = Pick<ReportRows, 'asOf' | 'measures' | 'pending' | 'looks'>;

export async function readDueRows(db: Queryable, phase: PhaseRow, now: Date): Promise<DueRows> {
  const pending = await readPending(db, phase);
  const asOf = pending.oldestAt && pending.oldestAt < now ? pending.oldestAt : now;
  return { asOf, pending, measures: await readMeasures(db, phase, asOf), looks: await readLooks(db, phase.id) };
}

export async function readReportRows(db: Queryable, phase: PhaseRow, now: Date): Promise<ReportRows> {
  const due = await readDueRows(db, phase, now);
  return {
    ...due,
    pairs: await readPairs(db, phase, due.asOf),
    segments: await readSegments(db, phase, due.asOf),
    unitResults: await readUnitResults(db, phase.id),
    ...(await readUnits(db, phase.id)),
    calls: await readCalls(db, phase.id),
    late: await readLate(db, phase.id),
    afterRetention: await readAfterRetention(db, phase),
    mode: await readModeRows(db, phase, due.asOf),
  };
}
