import {
  liftOfEstimates,
  normalQuantile,
  normalTwoSidedP,
  studentTQuantile,
  studentTTwoSidedP,
} from '../../../stats/index.ts';
import type { ReportMetric } from '../arms.ts';
import type { ReportRows } from '../report-store.ts';
import type { UnitEffect } from '../unit-result.ts';
import type { Answer, AtLevel, Found } from './compare-input.ts';
import { ratioComponents } from './compare-ratios.ts';
import { linearMargin } from './linear-margin.ts';
import { isPlanLevel } from './other-lines.ts';
import { relativeOf } from './relative-sets.ts';
import { signedZ } from './signed-z.ts';

/** What the job on unit totals stored for a metric; null when there is nothing. */
export function unitResultOf(metric: ReportMetric, rows: ReportRows): ReportRows['unitResults'][number] | null {
  return rows.unitResults.find((each) => each.metricId === metric.id) ?? null;
}

/** Effects that need unit totals: the stored estimate and error, tested at the level asked for. */
export function compareUnitEffects(input: AtLevel): Answer {
  const stored = unitResultOf(input.metric, input.rows);
  const effect = stored?.result.effects.find((each) => each.variantId === input.arm.variantId);
  if (!stored || !effect) {
    return { missing: 'This needs the totals of single units, which are read every few minutes: not yet done.' };
  }
  if (effect.status === 'insufficient') return { missing: effect.missing };
  if (!(effect.standardError > 0)) {
    return { missing: 'Nothing varies within either arm: there is no error to test by.' };
  }
  return testEffect(input, effect, stored.computedAt);
}

function testEffect(input: AtLevel, effect: Extract<UnitEffect, { status: 'ok' }>, computedAt: Date): Found {
  const { estimate, standardError, degreesOfFreedom, pair, others, capped, adjustment } = effect;
  const { p, log10P } = twoSidedP(estimate / standardError, degreesOfFreedom);
  const critical = criticalValue(input.level, degreesOfFreedom);
  const half = critical * standardError;
  const most = input.metric.kind === 'rank' ? 0.5 : Number.POSITIVE_INFINITY; // a probability less a half
  const interval = { lower: Math.max(-most, estimate - half), upper: Math.min(most, estimate + half) };
  const margin = linearMargin(input, { estimate, standardError, degreesOfFreedom, interval, pair });
  const noShare = margin && 'relative' in margin.margin && !pair ? [NO_SHARE] : [];
  return {
    parts: {
      difference: { estimate, standardError, interval, method: effect.method },
      relative: pair && possibleLift(input.metric, relativeOf(liftOfEstimates(pair, critical, input.level))),
      adjustment: adjustment && { ...adjustment, computedAt: computedAt.toISOString() },
      components: ratioComponents(input),
      capped,
      margin,
      others: isPlanLevel(input) ? others : [], // the job stores them at that level
      warnings: [...effect.warnings, ...noShare],
    },
    tested: { pValue: p, log10P, z: signedZ(p, log10P, estimate) },
    pair,
    counts: null,
  };
}

/** A rate cannot fall by more than all of it, whatever a regression finds plausible. */
function possibleLift({ kind }: ReportMetric, lift: ReturnType<typeof relativeOf>): ReturnType<typeof relativeOf> {
  const { set } = lift;
  if (kind !== 'proportion' || set.shape !== 'bounded' || (set.upper !== null && set.upper <= -1)) return lift;
  return { ...lift, set: { ...set, lower: Math.max(-1, set.lower) } };
}

const NO_SHARE =
  'A margin as a share of the control has no meaning for this kind of metric: declare an absolute one, a difference of probability.';

function twoSidedP(statistic: number, df: number | null): { p: number; log10P: number } {
  return df === null ? normalTwoSidedP(statistic) : studentTTwoSidedP(statistic, df);
}

function criticalValue(level: number, df: number | null): number {
  const tail = (1 - level) / 2;
  return df === null ? -normalQuantile(tail) : -studentTQuantile(tail, df);
}
