import type { TrialTuning } from '../../stats/index.ts';
import type { Comparison } from '../contract/report-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { type Arm, armsOf, type ReportMetric } from './arms.ts';
import { armValue } from './compare/arm-value.ts';
import type { Compared } from './compare/compare-input.ts';
import { relativeEffect } from './compare/relative-effect.ts';
import { compareArms } from './compare-arms.ts';
import { type LookRule, levelOf } from './look-bounds.ts';
import { dueLook, lookClock } from './look-clock.ts';
import { decideFamilies, type FamilyMember } from './look-families.ts';
import type { LookInput } from './look-input.ts';
import { marginOverLooks } from './look-margin.ts';
import { type LookArm, type LookResult, readLooks, takenLook } from './look-result.ts';
import { ruleOf } from './look-rule.ts';
import { soFar } from './look-so-far.ts';
import { bayesOf, withBusinessCovariance, withProbabilitiesBest } from './look-views.ts';
import type { PastEffects } from './past-effects.ts';
import type { ReportRows } from './report-store.ts';

export interface LookOptions {
  /** Whether what decides nothing is computed too: the Bayesian view, covariances for later. true by default. */
  views?: boolean;
}

/**
 * The next look of a phase: a result a metric and challenger, or null when none is due. Pure: rows, plan and earlier looks
 * decide, so that a simulation sees what people are shown.
 */
export function nextLooks(
  row: ExperimentRow,
  current: PhaseRow,
  rows: ReportRows,
  past: PastEffects | null,
  now: Date,
  options: LookOptions = {},
): LookResult[] | null {
  const steps = lookSteps(row, current, rows, past, now, options);
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
  past: PastEffects | null,
  now: Date,
  { views = true }: LookOptions = {},
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
      drafts.push(
        draftOf({ metric, control, arm, rows, current, due, earlier, mature: clock.mature, now, views, past }),
      );
      yield;
    }
  }
  const answers = decideFamilies(
    drafts.map((each) => each.member),
    current,
    due,
  );
  const decided = drafts.map(({ result }, i) => ({ ...result, comparison: { ...result.comparison, ...answers[i] } }));
  if (!views) return decided;
  yield;
  const withBest = withProbabilitiesBest(decided, row.metrics, current, rows);
  return withBusinessCovariance(withBest, row.metrics, current, rows);
}

interface Draft {
  result: LookResult;
  member: FamilyMember;
}

function draftOf(input: LookInput): Draft {
  const { metric, control, arm, rows, current, due, earlier } = input;
  const alpha = 1 - current.plan.level;
  const compareAt = (level: number | null, band?: TrialTuning) =>
    compareArms({ metric, control, arm, rows, phase: current, level, occasion: 'look', band });
  const { rule, information, mixingVariance } = ruleOf(input, () => compareAt(null));
  const criticalZ = rule.criticalZ(alpha);
  const level = levelOf(criticalZ);
  const compared = compareAt(level, rule.band);
  const own = level === null ? null : rule.validP(compared.tested);
  const before = earlier.at(-1)?.result.comparison ?? null;
  const sticky = soFar(compared.comparison, own, due.rule === 'always_valid' ? before : null);
  const { z } = compared.tested;
  const logE = rule.logE(compared.tested);
  const [controlArm, variantArm] = [lookArm(metric, control, rows), lookArm(metric, arm, rows)];
  const result: LookResult = {
    metricId: metric.id,
    variantId: arm.variantId,
    asOf: rows.asOf.toISOString(),
    role: metric.role,
    comparison: {
      ...sticky,
      ...shownAt(input, compared, rule, level === null ? null : criticalZ, logE),
      margin: marginOverLooks(compared.comparison.margin, rule, level !== null),
      bayes: input.views ? bayesOf(input, compared, information, input.past) : null,
    },
    control: controlArm,
    arm: variantArm,
    z,
    information,
    mature: input.mature,
    mixingVariance,
    relative: compared.pair && relativeEffect(compared.pair),
    businessCovariance: null,
  };
  // Both sides of a family may ask for the same, and an exact interval takes up to a second.
  const intervals = new Map<number, ReturnType<FamilyMember['intervalAt']>>();
  const intervalAt: FamilyMember['intervalAt'] = (share) => {
    const known = intervals.get(share);
    if (known !== undefined) return known;
    const wider = levelOf(rule.criticalZ(share));
    const found = wider === null ? null : (compareAt(wider, rule.band).comparison.difference?.interval ?? null);
    intervals.set(share, found);
    return found;
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
