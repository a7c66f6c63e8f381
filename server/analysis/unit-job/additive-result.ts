import type { Queryable } from '../../db/queryable.ts';
import type { UnitEffect } from '../unit-result.ts';
import { type AdditiveOutcome, cappedIn, noValue, outcomeOf } from './additive-outcome.ts';
import { covariateColumns } from './covariate-columns.ts';
import {
  armOf,
  type EffectNumbers,
  type FoundEffects,
  insufficient,
  type NamedArm,
  type OkEffect,
  welch,
} from './found-effect.ts';
import { type Adjusted, linEffects } from './lin-effects.ts';
import type { UnitMetric } from './unit-values.ts';

/** Proportions, means and ratios of independent units: capped at a quantile, adjusted for covariates, or both. */
export async function additiveResult(
  client: Queryable,
  metric: UnitMetric,
  arms: readonly NamedArm[],
  phase: { id: number; level: number; adjusted: boolean },
): Promise<FoundEffects> {
  const outcome = await outcomeOf(client, metric);
  const { columns, missingShare } = phase.adjusted
    ? await covariateColumns(client, metric, phase.id)
    : { columns: [], missingShare: 0 };
  const found = await linEffects(client, outcome.text, columns, arms);
  const [control, ...challengers] = arms;
  return {
    arms: arms.map((arm) =>
      armOf(arm, outcome.undefined.has(arm.variantId) ? null : (found.plain.get(arm.variantId) ?? null)),
    ),
    effects: challengers.flatMap((arm) =>
      control ? [effectOf({ metric, outcome, found, missingShare, ...phase }, control, arm)] : [],
    ),
  };
}

interface Context {
  metric: UnitMetric;
  outcome: AdditiveOutcome;
  found: Adjusted;
  missingShare: number;
  level: number;
  adjusted: boolean;
}

function effectOf(context: Context, control: NamedArm, arm: NamedArm): UnitEffect {
  const { metric, outcome, found, level } = context;
  const missing = noValue(outcome, found.plain, [control, arm]);
  const [a, b] = [found.plain.get(control.variantId), found.plain.get(arm.variantId)];
  if (missing || !a || !b) return insufficient(arm, missing ?? 'Too few units.');
  const plain = welch(a, b, level);
  if ('missing' in plain) return insufficient(arm, allCapped(outcome) ?? plain.missing);
  const { capped, warnings } = cappedIn(outcome, control, arm);
  const { estimate, standardError, degreesOfFreedom } = plain.test;
  const unadjusted = { method: methodOf(metric), estimate, standardError, degreesOfFreedom, pair: plain.pair };
  const lin = linPart(context, arm, unadjusted);
  const fallback = context.adjusted && !lin ? [`Not adjusted: ${found.reason}.`] : [];
  return {
    variantId: arm.variantId,
    status: 'ok',
    ...(lin ?? { ...unadjusted, adjustment: null }),
    capped,
    others: [
      ...(lin
        ? [{ method: `${methodOf(metric)}, not adjusted`, pValue: plain.test.p, interval: { ...plain.test.interval } }]
        : []),
      ...uncappedLine(outcome, control, arm, level),
    ],
    warnings: [...warnings, ...fallback],
  };
}

/** Where the cap leaves nothing to compare, that is why. */
function allCapped({ cap, uncapped }: AdditiveOutcome): string | null {
  if (!cap || ![...uncapped.values()].some(({ m2 }) => m2 > 0)) return null;
  return `The cap is ${Number(cap.upper.toPrecision(4))}, and nothing varies below it: choose a higher quantile for this metric.`;
}

function methodOf({ kind, capQuantile }: UnitMetric): string {
  if (kind === 'ratio') return 'ratio, delta method';
  return capQuantile === null ? 'Welch t' : `Welch t, capped at the ${percent(capQuantile)} quantile of all units`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(6))} %`;

function linPart(
  { found, missingShare, metric }: Context,
  arm: NamedArm,
  unadjusted: EffectNumbers,
): (EffectNumbers & Pick<OkEffect, 'adjustment'>) | null {
  const test = found.tests.get(arm.variantId);
  if (!test) return null;
  const { pair, estimate, standardError, degreesOfFreedom } = test;
  const capped =
    metric.capQuantile === null ? '' : `, capped at the ${percent(metric.capQuantile)} quantile of all units`;
  return {
    method: `${test.method}${capped}`,
    estimate,
    standardError,
    degreesOfFreedom,
    pair,
    adjustment: {
      method: test.method,
      covariates: found.covariates,
      varianceReduction: 1 - (standardError / unadjusted.standardError) ** 2,
      unadjusted: { estimate: unadjusted.estimate, standardError: unadjusted.standardError },
      missingShare,
    },
  };
}

/** How the answer would be without the cap. */
function uncappedLine(
  { uncapped }: AdditiveOutcome,
  control: NamedArm,
  arm: NamedArm,
  level: number,
): OkEffect['others'] {
  const [a, b] = [uncapped.get(control.variantId), uncapped.get(arm.variantId)];
  const plain = a && b ? welch(a, b, level) : null;
  if (!plain || 'missing' in plain) return [];
  return [{ method: 'Welch t, not capped', pValue: plain.test.p, interval: { ...plain.test.interval } }];
}
