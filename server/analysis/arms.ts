import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import type { MeasureSums, PairSums, ReportRows } from './report-store.ts';

/** One variant's units of one metric. */
export interface Arm {
  variant: string;
  variantId: number;
  control: boolean;
  /** Units whose value is final; null when there are none. */
  mature: MeasureSums | null;
  /** Units whose window is still open; null when there are none. */
  open: MeasureSums | null;
  /** Of a ratio: its denominator over the same units; null for every other kind. */
  denominator: { mature: MeasureSums | null; open: MeasureSums | null; product: PairSums | null } | null;
}

export type ReportMetric = ExperimentRow['metrics'][number];

/** The arms of a metric, control first, then the challengers in the plan's order. */
export function armsOf(metric: ReportMetric, phase: PhaseRow, rows: ReportRows): Arm[] {
  const { measureId, denominatorId } = metric;
  return controlFirst(phase).map(({ variant, variantId, control }) => {
    const find = (id: number, mature: boolean) =>
      rows.measures.find((each) => each.measureId === id && each.variantId === variantId && each.mature === mature) ??
      null;
    const mature = find(measureId, true);
    const denominator =
      denominatorId === null
        ? null
        : {
            mature: find(denominatorId, true),
            open: find(denominatorId, false),
            product: productOf(rows, measureId, denominatorId, variantId, mature),
          };
    return { variant, variantId, control, mature, open: find(measureId, false), denominator };
  });
}

/** The centred product of a ratio's two measures; where both are the same measure it is their sum of squares. */
function productOf(
  rows: ReportRows,
  one: number,
  other: number,
  variantId: number,
  mature: MeasureSums | null,
): PairSums | null {
  const [measureA, measureB] = [Math.min(one, other), Math.max(one, other)];
  if (measureA === measureB) {
    return mature && { measureA, measureB, variantId, units: mature.units, m11: mature.m2 };
  }
  const found = rows.pairs.find(
    (each) => each.measureA === measureA && each.measureB === measureB && each.variantId === variantId,
  );
  return found ?? null;
}

export function controlFirst(phase: PhaseRow): PhaseRow['split'] {
  return [...phase.split.filter((each) => each.control), ...phase.split.filter((each) => !each.control)];
}

/** Mature units of a metric over all arms. */
export function matureUnits(arms: Arm[]): number {
  return arms.reduce((total, arm) => total + (arm.mature?.units ?? 0), 0);
}
