import { mixingVarianceForEffect } from '../../stats/index.ts';
import { armValue } from './compare/arm-value.ts';
import type { Compared } from './compare/compare-input.ts';
import {
  afterPlanRule,
  alwaysValidRule,
  exactRule,
  fixedRule,
  type LookRule,
  PLANNED_SHARE,
  plannedRule,
} from './look-bounds.ts';
import type { LookInput } from './look-input.ts';
import { bandTrials, type RateRegime, rateRegime, sizeOfControl } from './look-regime.ts';
import type { StoredLook } from './look-result.ts';

/** Looks closer than this in information are one look: they test the same data. */
const CLOSEST = 1e-5;

/** Without units, or anything to tune to, no bound can be stated. */
const closedRule: LookRule = {
  ...fixedRule,
  criticalZ: () => Number.POSITIVE_INFINITY,
  validP: () => null,
  spent: () => null,
};

/** Without any event yet: what is shown beside no conclusion is not worth a test of the whole table. */
const waitingRule: LookRule = { ...closedRule, band: { tunedTo: 1 } };

interface Ruled {
  rule: LookRule;
  information: number;
  mixingVariance: number | null;
}

/** The rule of this look for one comparison. `compare`: the comparison without a level, for what a band is tuned to. */
export function ruleOf(input: LookInput, compare: () => Compared): Ruled {
  const { due } = input;
  const information = informationOf(input);
  const none = { rule: closedRule, information, mixingVariance: frozenVariance(input) };
  if (due.rule === 'fixed') return { ...none, rule: fixedRule };
  if (information === 0) return none;
  if (due.rule === 'group_sequential') return { ...none, rule: plannedAt(input, information) };
  const regime = rateRegime(input);
  if (due.planned !== null) return { ...none, rule: afterPlan(input, information, regime) };
  const frozen = none.mixingVariance ?? mixingVarianceOf(input);
  if (frozen === null) return regime.exact ? { ...none, rule: waitingRule } : none;
  const rule = alwaysValid(input, frozen, regime, compare);
  return rule ? { rule, information, mixingVariance: frozen } : none;
}

function afterPlan({ due, earlier, current }: LookInput, information: number, regime: RateRegime): LookRule {
  const atLast = earlier.find(({ number }) => number === due.planned)?.result.information ?? 0;
  if (atLast === 0) return closedRule;
  const alpha = 1 - current.plan.level;
  const share = (1 - PLANNED_SHARE) * regime.share;
  if (!regime.exact) return afterPlanRule(information, atLast, alpha, share);
  // twice the units of that look, per arm: its information is half of those where arms are equal
  return exactRule({ tunedTo: 4 * atLast, alphaOpt: share * alpha }, share);
}

function alwaysValid(
  { current }: LookInput,
  mixingVariance: number,
  { exact, share }: RateRegime,
  compare: () => Compared,
): LookRule | null {
  const alphaOpt = share * (1 - current.plan.level);
  if (exact) return exactRule({ tunedTo: bandTrials(current, mixingVariance), alphaOpt }, share);
  const error = compare().comparison.difference?.standardError ?? null;
  return error ? alwaysValidRule(mixingVariance / (error * error), share) : null;
}

function frozenVariance({ earlier }: LookInput): number | null {
  return earlier.findLast(({ result }) => result.mixingVariance !== null)?.result.mixingVariance ?? null;
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

/** From the smallest effect of interest, relative to the size of the control's value. */
function mixingVarianceOf(input: LookInput): number | null {
  const { minimumEffect, level } = input.current.plan;
  const size = sizeOfControl(input);
  if (minimumEffect === null || size === 0) return null;
  return mixingVarianceForEffect(minimumEffect * size, 1 - level);
}
