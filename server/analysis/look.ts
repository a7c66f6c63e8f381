import { adjustP, normalQuantile } from '../../stats/index.ts';
import type { Comparison } from '../contract/report-contract.ts';
import type { Arm, ReportMetric } from './arms.ts';
import { compareArms } from './compare-arms.ts';

/** What is stored of an arm, so that the value beside a conclusion is the one it was drawn from. */
export interface LookArm {
  variant: string;
  units: number;
  value: number | null;
  standardError: number | null;
}

/** One row of `look`: a metric, a challenger, what was concluded, and from what. */
export interface LookResult {
  metricId: number;
  variantId: number;
  role: ReportMetric['role'];
  comparison: Comparison;
  control: LookArm;
  arm: LookArm;
  z: number | null;
  criticalZ: number;
}

export function lookOf(metric: ReportMetric, control: Arm, arm: Arm, level: number, now: Date): LookResult {
  const { comparison, tested, z } = compareArms(metric.kind, control, arm, level, 'look');
  const final = comparison.status === 'insufficient' ? comparison.status : ('final' as const);
  return {
    metricId: metric.id,
    variantId: arm.variantId,
    role: metric.role,
    comparison: { ...comparison, ...tested, status: final, lookAt: now.toISOString() },
    control: lookArm(metric.kind, control),
    arm: lookArm(metric.kind, arm),
    z,
    criticalZ: -normalQuantile((1 - level) / 2),
  };
}

/** Holm over the primary comparisons decides those; each other metric stands for itself. */
export function adjustLook(results: LookResult[], level: number): LookResult[] {
  const primary = results.filter((each) => each.role === 'primary' && each.comparison.pValue !== null);
  const adjusted = adjustP(
    primary.map((each) => each.comparison.pValue ?? 1),
    'holm',
  );
  return results.map((each) => {
    const place = primary.indexOf(each);
    const { pValue } = each.comparison;
    const decides = place >= 0 ? (adjusted[place] ?? null) : pValue;
    return {
      ...each,
      comparison: {
        ...each.comparison,
        adjustedPValue: place >= 0 ? decides : null,
        significant: decides === null ? null : decides < 1 - level,
      },
    };
  });
}

export function lookArm(kind: ReportMetric['kind'], arm: Arm): LookArm {
  return {
    variant: arm.variant,
    units: arm.mature?.units ?? 0,
    value: arm.mature?.mean ?? null,
    standardError: errorOf(kind, arm),
  };
}

/** Standard error of an arm's rate or mean over its mature units. */
function errorOf(kind: ReportMetric['kind'], { mature }: Arm): number | null {
  if (!mature || mature.units < (kind === 'proportion' ? 1 : 2)) return null;
  const degrees = kind === 'proportion' ? mature.units : mature.units - 1;
  return Math.sqrt(mature.m2 / degrees / mature.units);
}
