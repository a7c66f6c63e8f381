import { mixingVarianceForEffect } from '../../stats/index.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import type { Arm, ReportMetric } from './arms.ts';
import { armValue } from './compare/arm-value.ts';
import type { Compared } from './compare/compare-input.ts';
import { afterPlanRule, alwaysValidRule, fixedRule, type LookRule, plannedRule } from './look-bounds.ts';
import type { DueLook } from './look-clock.ts';
import type { StoredLook } from './look-result.ts';
import type { PastEffects } from './past-effects.ts';
import type { ReportRows } from './report-store.ts';

/** One comparison at a look that is due. */
export interface LookInput {
  metric: ReportMetric;
  control: Arm;
  arm: Arm;
  rows: ReportRows;
  current: PhaseRow;
  due: DueLook;
  /** Looks at this comparison, oldest first. */
  earlier: StoredLook[];
  mature: number;
  now: Date;
  views: boolean;
  past: PastEffects | null;
}

/** Looks closer than this in information are one look: they test the same data. */
const CLOSEST = 1e-5;

/** Without units, or anything to tune to, no bound can be stated. */
const closedRule: LookRule = {
  ...fixedRule,
  criticalZ: () => Number.POSITIVE_INFINITY,
  validP: () => null,
  spent: () => null,
};

interface Ruled {
  rule: LookRule;
  information: number;
  mixingVariance: number | null;
}

/** The rule of this look for one comparison. `compare`: the comparison without a level, for what a band is tuned to. */
export function ruleOf(input: LookInput, compare: () => Compared): Ruled {
  const { due, earlier } = input;
  const information = informationOf(input);
  const mixingVariance =
    earlier.findLast(({ result }) => result.mixingVariance !== null)?.result.mixingVariance ?? null;
  const none = { rule: closedRule, information, mixingVariance };
  if (due.rule === 'fixed') return { ...none, rule: fixedRule };
  if (information === 0) return none;
  if (due.rule === 'group_sequential') return { ...none, rule: plannedAt(input, information) };
  if (due.planned !== null) {
    const atLast = earlier.find(({ number }) => number === due.planned)?.result.information ?? 0;
    return atLast === 0 ? none : { ...none, rule: afterPlanRule(information, atLast, 1 - input.current.plan.level) };
  }
  const { comparison } = compare();
  const error = comparison.difference?.standardError ?? null;
  const frozen = mixingVariance ?? mixingVarianceOf(input);
  if (!error || frozen === null) return none;
  return { rule: alwaysValidRule(frozen / (error * error)), information, mixingVariance: frozen };
}

function informationOf({ metric, control, arm, rows, earlier }: LookInput): number {
  const [a, b] = [armValue(metric, control, rows).units, armValue(metric, arm, rows).units];
  return Math.max(earlier.at(-1)?.result.information ?? 0, a + b === 0 ? 0 : (a * b) / (a + b));
}

/** Planned looks so far, with their spending; one that brought nothing new gives its spending to the next. */
function plannedAt({ due, earlier }: LookInput, information: number): LookRule {
  const looks = [...earlier.map(pastLook), { information, time: due.spendingTime ?? 1 }];
  const distinct = looks.filter(
    (each, k) => each.information > 0 && !(each.information * (1 + CLOSEST) >= (looks[k + 1]?.information ?? Infinity)),
  );
  return plannedRule(
    distinct.map((each) => each.information),
    distinct.map((each) => each.time),
  );
}

function pastLook({ result }: StoredLook): { information: number; time: number } {
  return { information: result.information, time: result.comparison.look?.spendingTime ?? 0 };
}

/** From the smallest effect of interest, relative to the control's value; of a rank metric, relative to 1/2. */
function mixingVarianceOf({ metric, control, rows, current }: LookInput): number | null {
  const { minimumEffect, level } = current.plan;
  const size = metric.kind === 'rank' ? 0.5 : Math.abs(armValue(metric, control, rows).value ?? 0);
  if (minimumEffect === null || size === 0) return null;
  return mixingVarianceForEffect(minimumEffect * size, 1 - level);
}
