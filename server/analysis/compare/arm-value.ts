import { ratioOfSums } from '../../../stats/index.ts';
import type { Arm, ReportMetric } from '../arms.ts';
import type { ReportRows } from '../report-store.ts';
import { coMomentsOfArm } from './compare-ratios.ts';
import { unitResultOf } from './compare-unit-effects.ts';

/** What a page shows of one arm. */
export interface ArmValue {
  /** Mature units behind the value. */
  units: number;
  /** Rate, mean, ratio, quantile. */
  value: number | null;
  standardError: number | null;
  /** Of quantiles only, at the plan's level. */
  interval: { lower: number; upper: number } | null;
  /** Rate, mean or ratio of the open units; null where it would need unit totals. */
  soFar: number | null;
}

export function armValue(metric: ReportMetric, arm: Arm, rows: ReportRows): ArmValue {
  const soFar = soFarOf(metric, arm);
  const stored = unitResultOf(metric, rows)?.result.arms.find((each) => each.variantId === arm.variantId);
  if (stored) {
    const { units, value, standardError, interval } = stored;
    return { units, value, standardError, interval, soFar };
  }
  return { units: arm.mature?.units ?? 0, ...matureValue(metric, arm), interval: null, soFar };
}

function matureValue(metric: ReportMetric, arm: Arm): Pick<ArmValue, 'value' | 'standardError'> {
  const { mature } = arm;
  if (!mature || needsUnits(metric)) return { value: null, standardError: null };
  if (metric.kind === 'ratio') {
    const sums = coMomentsOfArm(arm);
    const ratio = sums && ratioOfSums(sums);
    return ratio?.status === 'ok'
      ? { value: ratio.ratio, standardError: ratio.standardError }
      : { value: quotient(mature.sum, arm.denominator?.mature?.sum), standardError: null };
  }
  const degrees = metric.kind === 'proportion' ? mature.units : mature.units - 1;
  const standardError = degrees > 0 ? Math.sqrt(mature.m2 / degrees / mature.units) : null;
  return { value: mature.mean, standardError };
}

function soFarOf(metric: ReportMetric, { open, denominator }: Arm): number | null {
  if (!open || needsUnits(metric)) return null;
  return metric.kind === 'ratio' ? quotient(open.sum, denominator?.open?.sum) : open.mean;
}

/** Kinds whose value is no function of sums, whatever the plan. */
export function needsUnits(metric: ReportMetric): boolean {
  return metric.kind === 'quantile' || metric.kind === 'rank' || metric.capQuantile !== null;
}

function quotient(above: number, below: number | undefined): number | null {
  return below ? above / below : null;
}
