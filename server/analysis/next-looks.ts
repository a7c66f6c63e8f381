import type { Comparison } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { type Arm, armsOf, type ReportMetric } from './arms.ts';
import { armValue } from './compare/arm-value.ts';
import type { Compared } from './compare/compare-input.ts';
import { compareArms } from './compare-arms.ts';
import { type LookRule, levelOf } from './look-bounds.ts';
import { dueLook, lookClock } from './look-clock.ts';
import { decideFamilies, type FamilyMember } from './look-families.ts';
import { type LookArm, type LookResult, readLooks, takenLook } from './look-result.ts';
import { type LookInput, ruleOf } from './look-rule.ts';
import { soFar } from './look-so-far.ts';
import type { ReportRows } from './report-store.ts';

/**
 * The next look of a phase: a result a metric and challenger, or null when none is due. Pure: rows, plan and earlier looks
 * decide, so that a simulation sees what people are shown.
 */
export function nextLooks(
  row: ExperimentRow,
  current: PhaseRow,
  rows: ReportRows,
  past: null,
  now: Date,
): LookResult[] | null {
  const steps = lookSteps(row, current, rows, past, now);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps: a test of a small table may take a second, and whoever waits may let others go in between. */
export function* lookSteps(
  row: ExperimentRow,
  current: PhaseRow,
  rows: ReportRows,
  _past: null,
  now: Date,
): Generator<undefined, LookResult[] | null> {
  const looks = readLooks(rows.looks);
  const clock = lookClock(row, current, rows, now);
  const due = dueLook(current, rows, clock, takenLook(rows.looks));
  if (!due) return null;
  const drafts: Draft[] = [];
  for (const metric of row.metrics) {
    const arms = armsOf(metric, current, rows);
    const control = arms.find((arm) => arm.control);
    if (!control) continue;
    for (const arm of arms.filter((each) => !each.control)) {
      const earlier = looks.filter(({ result }) => result.metricId === metric.id && result.variantId === arm.variantId);
      drafts.push(draftOf({ metric, control, arm, rows, current, due, earlier, mature: clock.mature, now }));
      yield;
    }
  }
  const answers = decideFamilies(
    drafts.map((each) => each.member),
    current,
    due,
  );
  return drafts.map(({ result }, i) => ({ ...result, comparison: { ...result.comparison, ...answers[i] } }));
}

interface Draft {
  result: LookResult;
  member: FamilyMember;
}

function draftOf(input: LookInput): Draft {
  const { metric, control, arm, rows, current, due, earlier } = input;
  const alpha = 1 - current.plan.level;
  const compareAt = (level: number | null) =>
    compareArms({ metric, control, arm, rows, phase: current, level, occasion: 'look' });
  const { rule, information, mixingVariance } = ruleOf(input, () => compareAt(null));
  const criticalZ = rule.criticalZ(alpha);
  const level = levelOf(criticalZ);
  const compared = compareAt(level);
  const own = level === null ? null : rule.validP(compared.tested);
  const before = earlier.at(-1)?.result.comparison ?? null;
  const sticky = soFar(compared.comparison, own, due.rule === 'always_valid' ? before : null);
  const { z } = compared.tested;
  const logE = z === null ? null : rule.logE(z);
  const [controlArm, variantArm] = [lookArm(metric, control, rows), lookArm(metric, arm, rows)];
  const result: LookResult = {
    metricId: metric.id,
    variantId: arm.variantId,
    role: metric.role,
    comparison: { ...sticky, ...shownAt(input, compared, rule, level === null ? null : criticalZ, logE) },
    control: controlArm,
    arm: variantArm,
    z,
    information,
    mature: input.mature,
    mixingVariance,
    relative: relativeOf(compared),
    businessCovariance: null,
  };
  const intervalAt = (share: number) => {
    const wider = levelOf(rule.criticalZ(share));
    return wider === null ? null : (compareAt(wider).comparison.difference?.interval ?? null);
  };
  return {
    result,
    member: {
      role: metric.role,
      testable: compared.comparison.status !== 'insufficient',
      pValue: sticky.pValue,
      logE,
      estimate: compared.comparison.difference?.estimate ?? 0,
      z: z ?? 0,
      units: { control: controlArm.units, arm: variantArm.units },
      intervalAt,
      before,
    },
  };
}

/** What tells a reader which look it is and by which rule. */
function shownAt(
  { current, due, now }: LookInput,
  { comparison }: Compared,
  rule: LookRule,
  criticalZ: number | null,
  logEValue: number | null,
): Pick<Comparison, 'status' | 'lookAt' | 'look'> {
  const at = now.toISOString();
  return {
    status: comparison.status === 'insufficient' ? 'insufficient' : due.last ? 'final' : 'look',
    lookAt: at,
    look: {
      number: due.number,
      at,
      planned: due.planned,
      rule: due.rule,
      spendingTime: due.spendingTime,
      criticalZ,
      alphaSpent: rule.spent(1 - current.plan.level),
      logEValue,
    },
  };
}

function lookArm(metric: ReportMetric, arm: Arm, rows: ReportRows): LookArm {
  const { units, value, standardError, interval } = armValue(metric, arm, rows);
  return { variant: arm.variant, units, value, standardError, interval, probabilityBest: null };
}

/** (B - A) / |A| with its error by the delta method. */
function relativeOf({ pair }: Compared): LookResult['relative'] {
  if (!pair || pair.meanA === 0) return null;
  const { meanA, meanB, varianceOfMeanA, varianceOfMeanB, covariance } = pair;
  const ratio = meanB / meanA;
  const variance = varianceOfMeanB - 2 * ratio * covariance + ratio * ratio * varianceOfMeanA;
  const standardError = Math.sqrt(Math.max(0, variance)) / Math.abs(meanA);
  return standardError > 0 ? { estimate: (meanB - meanA) / Math.abs(meanA), standardError } : null;
}
