import { adjustP, eBenjaminiHochberg, effectHeterogeneity, heterogeneityLogE } from '../../stats/index.ts';
import type { SegmentReport } from '../contract/segment-contract.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { controlFirst, type ReportMetric } from './arms.ts';
import type { ReportRows } from './report-store.ts';
import { type Breakdown, type Heterogeneity, type SegmentEffect, segmentEffects } from './segment-effects.ts';
import { segmentSentence } from './segment-sentence.ts';

/** Standard deviations of effects between segments that the e-value looks for, in those of the control's units. */
const SPREADS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/** Of the error rate: for what is looked at while the phase runs, and for the one look at the end. */
const RUNNING_PART = 0.1;
const FINAL_PART = 0.9;

/**
 * Effects by the values of each declared attribute, on the primary and guardrail metrics that are rates or means. While
 * the phase runs e-values decide, which may be looked at all the time; when it has ended and all its units are mature,
 * p-values do, which nobody could see before.
 */
export function segmentReports(row: ExperimentRow, phase: PhaseRow, rows: ReportRows): SegmentReport[] {
  const breakdowns = breakdownsOf(row, phase, rows);
  const rate = 1 - phase.plan.level;
  const found = breakdowns.flatMap((each) => (each.found ? [each.found] : []));
  const complete = isComplete(phase, rows);
  const q = adjustP(
    found.map(({ p }) => Math.min(1, p / FINAL_PART)),
    'BH',
  );
  const byEvidence = eBenjaminiHochberg(
    found.map(({ logE }) => Math.exp(logE)),
    RUNNING_PART * rate,
  );
  return breakdowns.map((breakdown) => {
    const place = breakdown.found ? found.indexOf(breakdown.found) : -1;
    const adjusted = complete ? (q[place] ?? null) : null;
    const differs = adjusted === null ? byEvidence.includes(place) : adjusted < rate;
    return reportOf(breakdown, adjusted, differs, rate);
  });
}

function breakdownsOf(row: ExperimentRow, phase: PhaseRow, rows: ReportRows): Breakdown[] {
  const attributes = [...new Set(rows.segmentValues.map((each) => each.attribute))];
  const metrics = row.metrics.filter(
    ({ kind, role, capQuantile }) =>
      (kind === 'proportion' || kind === 'mean') && role !== 'secondary' && capQuantile === null,
  );
  const [control, ...challengers] = controlFirst(phase);
  if (!control?.control) return [];
  return attributes.flatMap((attribute) =>
    metrics.flatMap((metric) =>
      challengers.map(({ variant, variantId }) => {
        const { effects, leftOut } = segmentEffects(attribute, metric, control.variantId, variantId, rows);
        return { attribute, metric, variant, effects, leftOut, found: test(effects, metric, control.variantId, rows) };
      }),
    ),
  );
}

function test(
  effects: SegmentEffect[],
  metric: ReportMetric,
  controlId: number,
  rows: ReportRows,
): Heterogeneity | null {
  const all = rows.measures.find(
    (each) => each.mature && each.measureId === metric.measureId && each.variantId === controlId,
  );
  const spread = all && all.units > 1 ? Math.sqrt(all.m2 / (all.units - 1)) : 0;
  const estimates = effects.map((each) => each.estimate);
  const errors = effects.map((each) => each.standardError);
  const result = effectHeterogeneity(estimates, errors);
  if (result.status !== 'ok' || !(spread > 0)) return null;
  const spreads = SPREADS.map((each) => each * spread);
  return { ...result, logE: heterogeneityLogE(estimates, errors, spreads) };
}

/** Nothing can change any more: p-values are looked at once. */
function isComplete(phase: PhaseRow, rows: ReportRows): boolean {
  const open = rows.measures.some((each) => !each.mature && each.units > 0);
  const waiting = rows.pending.dirtyUnits > 0 || (phase.assignment === 'external' && phase.rebuildWanted);
  return phase.state === 'ended' && !open && !waiting;
}

function reportOf(breakdown: Breakdown, adjusted: number | null, differs: boolean, rate: number): SegmentReport {
  const { attribute, metric, variant, effects, found } = breakdown;
  return {
    attribute,
    metric: metric.key,
    variant,
    values: effects.map(({ value, units, estimate, standardError }, k) => ({
      value,
      units,
      estimate,
      standardError,
      shrunken: found?.shrunken[k] ?? estimate,
    })),
    heterogeneity: found && {
      common: { ...found.common },
      q: found.q,
      degreesOfFreedom: found.degreesOfFreedom,
      shareOfVariance: found.iSquared,
      logEValue: found.logE,
      pValue: adjusted === null ? null : Math.min(1, found.p / FINAL_PART),
      adjustedPValue: adjusted,
      oppositeSignsPValue: adjusted === null ? null : Math.min(1, found.qualitative.p / FINAL_PART),
      differs,
    },
    sentence: segmentSentence(breakdown, adjusted, differs, rate),
  };
}
