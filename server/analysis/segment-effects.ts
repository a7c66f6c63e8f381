import type { EffectHeterogeneity } from '../../stats/index.ts';
import type { ReportMetric } from './arms.ts';
import type { ReportRows, SegmentSums } from './report-store.ts';
import { segmentSums } from './segment-sums.ts';

/** A challenger's effect among the units of one value of an attribute. */
export interface SegmentEffect {
  /** null: all other values, and units without the attribute. */
  value: string | null;
  /** Of both variants. */
  units: number;
  estimate: number;
  standardError: number;
}

/** A breakdown before the family of all of them decides. */
export interface Breakdown {
  attribute: string;
  metric: ReportMetric;
  variant: string;
  effects: SegmentEffect[];
  /** Values with too few units, by name. */
  leftOut: string[];
  found: Heterogeneity | null;
}

export type Heterogeneity = EffectHeterogeneity & { logE: number };

/** Below this many units in a variant the normal limit of an effect is too rough. */
export const LEAST_UNITS = 50;
/** And below this many expected events, or non-events, of a rate. */
export const LEAST_EVENTS = 5;

/** The effect by each value of an attribute over mature units; values with too few units are named, not estimated. */
export function segmentEffects(
  attribute: string,
  metric: ReportMetric,
  controlId: number,
  variantId: number,
  rows: ReportRows,
): { effects: SegmentEffect[]; leftOut: string[] } {
  const effects: SegmentEffect[] = [];
  const leftOut: string[] = [];
  for (const { id, value } of rows.segmentValues.filter((each) => each.attribute === attribute)) {
    const [control, arm] = [controlId, variantId].map((each) => segmentSums(rows, id, each, metric.measureId));
    const effect = control && arm ? effectOf(metric, control, arm) : null;
    if (effect && control && arm) effects.push({ value, units: control.units + arm.units, ...effect });
    else if (control || arm) leftOut.push(value ?? 'other');
  }
  return { effects, leftOut };
}

function effectOf(metric: ReportMetric, control: SegmentSums, arm: SegmentSums) {
  const fewest = Math.min(control.units, arm.units);
  if (fewest < LEAST_UNITS) return null;
  if (metric.kind === 'proportion') {
    const share = (control.sum + arm.sum) / (control.units + arm.units);
    if (Math.min(share, 1 - share) * fewest < LEAST_EVENTS) return null;
  }
  const variance = varianceOfMean(control) + varianceOfMean(arm);
  return variance > 0 ? { estimate: arm.mean - control.mean, standardError: Math.sqrt(variance) } : null;
}

function varianceOfMean({ units, m2 }: SegmentSums): number {
  return m2 / (units - 1) / units;
}
