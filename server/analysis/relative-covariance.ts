import type { PhaseRow } from '../experiments/experiment-store.ts';
import { controlFirst, type ReportMetric } from './arms.ts';
import type { ReportRows } from './report-store.ts';

/** A metric with the error of its relative effect, adjusted or not. */
export interface RelativeSide {
  metric: ReportMetric;
  standardError: number;
}

/** A measure with the slope of the metric's value by its mean. */
interface Slope {
  measureId: number;
  slope: number;
}

/**
 * The sampling covariance of the relative effects on two metrics of one comparison: the correlation that the sums of
 * products imply by the delta method, times the errors given. So it fits errors that covariates made smaller, on the
 * assumption that covariates leave the correlation as it is. null where a metric is no function of sums, a product was
 * not kept or nothing varies.
 */
export function relativeCovariance(
  phase: PhaseRow,
  rows: ReportRows,
  variantId: number,
  proxy: RelativeSide,
  business: RelativeSide,
): number | null {
  const control = controlFirst(phase)[0];
  if (!control?.control) return null;
  const cross = covarianceOfLifts(rows, control.variantId, variantId, proxy.metric, business.metric);
  const own = covarianceOfLifts(rows, control.variantId, variantId, proxy.metric, proxy.metric);
  const other = covarianceOfLifts(rows, control.variantId, variantId, business.metric, business.metric);
  if (cross === null || own === null || other === null || !(own > 0 && other > 0)) return null;
  const correlation = Math.max(-1, Math.min(1, cross / Math.sqrt(own) / Math.sqrt(other)));
  return correlation * proxy.standardError * business.standardError;
}

/** (B - A)/|A| has the slopes 1/|A| by B and -B/(A |A|) by A; arms are independent. */
function covarianceOfLifts(
  rows: ReportRows,
  controlId: number,
  variantId: number,
  one: ReportMetric,
  other: ReportMetric,
): number | null {
  const [a1, b1] = [valueIn(rows, controlId, one), valueIn(rows, variantId, one)];
  const [a2, b2] = [valueIn(rows, controlId, other), valueIn(rows, variantId, other)];
  if (a1 === null || b1 === null || a2 === null || b2 === null || a1 === 0 || a2 === 0) return null;
  const inControl = covarianceOfValues(rows, controlId, one, other);
  const inArm = covarianceOfValues(rows, variantId, one, other);
  if (inControl === null || inArm === null) return null;
  return (inArm + (b1 / a1) * (b2 / a2) * inControl) / Math.abs(a1) / Math.abs(a2);
}

function valueIn(rows: ReportRows, variantId: number, metric: ReportMetric): number | null {
  const above = meanOf(rows, variantId, metric.measureId);
  if (metric.denominatorId === null) return above;
  const below = meanOf(rows, variantId, metric.denominatorId);
  return above === null || !below ? null : above / below;
}

/** Covariance of two metrics' values in one arm. */
function covarianceOfValues(
  rows: ReportRows,
  variantId: number,
  one: ReportMetric,
  other: ReportMetric,
): number | null {
  const [slopes, others] = [slopesOf(rows, variantId, one), slopesOf(rows, variantId, other)];
  if (!slopes || !others) return null;
  let sum = 0;
  for (const x of slopes) {
    for (const y of others) {
      const covariance = covarianceOfMeans(rows, variantId, x.measureId, y.measureId);
      if (covariance === null) return null;
      sum += x.slope * y.slope * covariance;
    }
  }
  return sum;
}

function slopesOf(rows: ReportRows, variantId: number, metric: ReportMetric): Slope[] | null {
  const { kind, measureId, denominatorId } = metric;
  if (kind === 'quantile' || kind === 'rank') return null;
  if (denominatorId === null) return [{ measureId, slope: 1 }];
  const [ratio, below] = [valueIn(rows, variantId, metric), meanOf(rows, variantId, denominatorId)];
  if (ratio === null || !below) return null;
  return [
    { measureId, slope: 1 / below },
    { measureId: denominatorId, slope: -ratio / below },
  ];
}

/**
 * Of two measures' means in one arm. Their windows may differ, so that one has more mature units than the other: what
 * they share are those of the pair.
 */
function covarianceOfMeans(rows: ReportRows, variantId: number, one: number, other: number): number | null {
  const [x, y] = [matureOf(rows, variantId, one), matureOf(rows, variantId, other)];
  if (!x || !y) return null;
  const pair = rows.pairs.find(
    (each) =>
      each.variantId === variantId && each.measureA === Math.min(one, other) && each.measureB === Math.max(one, other),
  );
  const shared = one === other ? { units: x.units, m11: x.m2 } : pair;
  if (!shared || shared.units < 2) return null;
  return ((shared.m11 / (shared.units - 1)) * shared.units) / x.units / y.units;
}

function meanOf(rows: ReportRows, variantId: number, measureId: number): number | null {
  return matureOf(rows, variantId, measureId)?.mean ?? null;
}

function matureOf(rows: ReportRows, variantId: number, measureId: number) {
  return rows.measures.find(
    (each) => each.mature && each.variantId === variantId && each.measureId === measureId && each.units > 0,
  );
}
