import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { MeasureSums, ReportRows } from './report-store.ts';

/** One variant's units of one metric. */
export interface Arm {
  variant: string;
  variantId: number;
  control: boolean;
  /** Units whose value is final; null when there are none. */
  mature: MeasureSums | null;
  /** Units whose window is still open; null when there are none. */
  open: MeasureSums | null;
}

export type ReportMetric = ExperimentRow['metrics'][number];

/** The arms of a metric, control first, then the challengers in the plan's order. */
export function armsOf(metric: ReportMetric, phase: PhaseRow, rows: ReportRows): Arm[] {
  const find = (variantId: number, mature: boolean) =>
    rows.measures.find(
      (each) => each.measureId === metric.measureId && each.variantId === variantId && each.mature === mature,
    ) ?? null;
  return controlFirst(phase).map(({ variant, variantId, control }) => ({
    variant,
    variantId,
    control,
    mature: find(variantId, true),
    open: find(variantId, false),
  }));
}

export function controlFirst(phase: PhaseRow): PhaseRow['split'] {
  return [...phase.split.filter((each) => each.control), ...phase.split.filter((each) => !each.control)];
}

/** Mature units of a metric over all arms. */
export function matureUnits(arms: Arm[]): number {
  return arms.reduce((total, arm) => total + (arm.mature?.units ?? 0), 0);
}
