import { sampleRatioEvidence, sampleRatioExact, sampleRatioTest } from '../../stats/index.ts';
import type { HealthItem, Report } from '../contract/report-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { controlFirst } from './arms.ts';
import { count, oneOf, percent } from './phrases.ts';
import type { ReportRows } from './report-store.ts';

/** e-value from which the sample ratio is an alarm, however often it is looked at. */
const SAMPLE_RATIO_ALARM = 1_000;
const MIXED_ALARM = 0.01;
/** p-value of the one test after the end. */
const SAMPLE_RATIO_P = 0.001;
/**
 * Prior units behind the weights: few notice a gross mismatch in a small experiment, many a slight one in a large one.
 * The mean of their e-values is an e-value again.
 */
const CONCENTRATIONS = [10, 100, 1_000, 10_000];
const LATE_WARNING = 0.01;
const MISSING_CALLS_WARNING = 0.01;
/** Waiting this long, new data are missing from the page. */
const LAG_WARNING_MS = 60_000;
const LAG_WAITING_MS = 5_000;

/** Whether the data deserve trust: this outranks every test. */
export function healthChecks(phase: PhaseRow, rows: ReportRows, variants: Report['variants'], now: Date): HealthItem[] {
  const items: (Omit<HealthItem, 'causes'> | null)[] = [
    sampleRatio(phase, rows),
    mixedUnits(phase, variants),
    calls(variants),
    lateOutcomes(phase, rows, variants),
    pending(rows, phase, now),
  ];
  return items.filter((each) => each !== null).map((each) => ({ ...each, causes: [] }));
}

/** Units by first exposure, before any is set aside, against the weights. */
function sampleRatio(phase: PhaseRow, rows: ReportRows): Omit<HealthItem, 'causes'> {
  const split = controlFirst(phase);
  const observed = split.map((each) => {
    const count = rows.counts.find((one) => one.variantId === each.variantId);
    return count ? count.units - count.sticky : 0; // a sticky decision is no new randomisation
  });
  const total = observed.reduce((sum, each) => sum + each, 0);
  const check = 'sample_ratio' as const;
  if (total === 0) {
    return { check, status: 'waiting', sentence: 'No unit has been exposed yet.', numbers: {} };
  }
  const weights = split.map((each) => each.weight);
  const chi = sampleRatioTest(observed, weights);
  const logEValue = logEvidence(observed, weights);
  const p = phase.state === 'ended' ? finalP(observed, weights) : null;
  const alarm = logEValue >= Math.log(SAMPLE_RATIO_ALARM) || (p !== null && p < SAMPLE_RATIO_P);
  const counts = split.map((each, i) => `${each.variant} ${count(observed[i] ?? 0)}`).join(', ');
  const expected = weights.map((weight) => count(Math.round(weight * total))).join(' : ');
  return {
    check,
    status: alarm ? 'alarm' : 'ok',
    sentence: alarm
      ? `The units are not split as planned (${counts}; expected ${expected}): something assigns or loses them unevenly, so no comparison can be trusted. Look first at redirects, crashes and filters that act after assignment.`
      : `The units are split as planned: ${counts}.`,
    numbers: {
      ...(chi.status === 'ok' ? { chiSquare: chi.chiSquare, degreesOfFreedom: chi.degreesOfFreedom } : {}),
      // Its p-value is for one look at the end; while units arrive, the e-value is what may be looked at.
      ...(chi.status === 'ok' && phase.state === 'ended' ? { pValue: chi.p } : {}),
      eValue: logEValue > 700 ? null : Math.exp(logEValue),
      logEValue,
    },
  };
}

/** Log e-value against the weights, which may be looked at all the time. */
function logEvidence(observed: number[], weights: number[]): number {
  const logs = CONCENTRATIONS.map(
    (concentration) => sampleRatioEvidence([{ observed, weights }], { concentration }).logE,
  );
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0) / logs.length);
}

/** The p-value of all units that there will be: exact where few are expected in an arm. */
function finalP(observed: number[], weights: number[]): number | null {
  const chi = sampleRatioTest(observed, weights);
  if (chi.status !== 'ok') return null;
  if (Math.min(...chi.expected) >= 5) return chi.p;
  const exact = sampleRatioExact(observed, weights);
  return exact.status === 'ok' ? exact.p : chi.p;
}

/** Whether counts fall on the arms in other proportions than units do, however often one looks. */
function isUneven(phase: PhaseRow, ofVariant: (variantId: number, key: string) => number): boolean {
  const split = controlFirst(phase);
  const observed = split.map((each) => ofVariant(each.variantId, each.variant));
  const weights = split.map((each) => each.weight);
  return logEvidence(observed, weights) >= Math.log(SAMPLE_RATIO_ALARM);
}

/** Units seen in two variants: left out of estimates, counted in the ratio. */
function mixedUnits(phase: PhaseRow, variants: Report['variants']): Omit<HealthItem, 'causes'> {
  const units = variants.reduce((sum, each) => sum + each.units, 0);
  const mixed = variants.reduce((sum, each) => sum + each.mixedUnits, 0);
  const share = units > 0 ? mixed / units : 0;
  const uneven = isUneven(phase, (_, key) => variants.find((each) => each.variant === key)?.mixedUnits ?? 0);
  const alarm = share > MIXED_ALARM || uneven;
  return {
    check: 'mixed_units',
    status: alarm ? 'alarm' : mixed > 0 ? 'warning' : 'ok',
    sentence:
      mixed === 0
        ? 'No unit was seen in two variants.'
        : `${oneOf(mixed, 'unit was', 'units were')} seen in two variants (${percent(share)}) and left out of the estimates${uneven ? ', more of them first in one variant than chance explains' : ''}${alarm ? ': check that all services send the same unit id' : ''}.`,
    numbers: { mixedUnits: mixed, share, alarmAbove: MIXED_ALARM },
  };
}

function calls(variants: Report['variants']): Omit<HealthItem, 'causes'> | null {
  const made = variants.reduce((sum, each) => sum + (each.calls?.made ?? 0), 0);
  if (made === 0) return null;
  const missing = variants.reduce((sum, each) => sum + (each.calls?.missing ?? 0), 0);
  const failed = variants.reduce((sum, each) => sum + (each.calls?.errors ?? 0) + (each.calls?.timeouts ?? 0), 0);
  const warn = missing / made > MISSING_CALLS_WARNING;
  return {
    check: 'calls',
    status: warn ? 'warning' : 'ok',
    sentence: warn
      ? `${oneOf(missing, 'call has', 'calls have')} no record (${percent(missing / made)}): processes crash or stop before they send; each counts as an error.`
      : `${oneOf(made, 'call', 'calls')} recorded, ${count(failed + missing)} failed (${percent((failed + missing) / made)}).`,
    numbers: { made, failed, missing },
  };
}

function lateOutcomes(phase: PhaseRow, rows: ReportRows, variants: Report['variants']): Omit<HealthItem, 'causes'> {
  const late = rows.late.reduce((sum, each) => sum + each.n, 0);
  const units = variants.reduce((sum, each) => sum + each.units, 0);
  const uneven = isUneven(phase, (variantId) => rows.late.find((each) => each.variantId === variantId)?.n ?? 0);
  const warn = uneven || (units > 0 && late / units > LATE_WARNING);
  return {
    check: 'late_outcomes',
    status: warn ? 'warning' : 'ok',
    sentence:
      late === 0
        ? 'No outcome arrived after its allowance.'
        : `${oneOf(late, 'outcome', 'outcomes')} arrived after the lateness allowance and do not count${uneven ? ', more of them in one variant than chance explains' : ''}${warn ? ': give the plan a longer allowance next time' : ''}.`,
    numbers: { late },
  };
}

function pending(rows: ReportRows, phase: PhaseRow, now: Date): Omit<HealthItem, 'causes'> {
  const { batches, oldestAt, dirtyUnits } = rows.pending;
  const lagMs = oldestAt ? Math.max(0, now.getTime() - oldestAt.getTime()) : 0;
  const numbers = { waitingBatches: batches, lagSeconds: Math.round(lagMs / 1000), unitsToRecompute: dirtyUnits };
  if (phase.assignment === 'external' && phase.rebuildWanted) {
    const sentence = 'New events have come; the numbers are being computed again, at most once a minute.';
    return { check: 'pending', status: 'waiting', sentence, numbers };
  }
  if (phase.assignment === 'external' && phase.state === 'ended') {
    // Computed once and for all: what others still send concerns it no more.
    return {
      check: 'pending',
      status: 'ok',
      sentence: 'All events received until its end are in these numbers.',
      numbers: {},
    };
  }
  if (lagMs > LAG_WARNING_MS) {
    const sentence = `The newest ${count(Math.round(lagMs / 1000))} s of events are not in these numbers yet.`;
    return { check: 'pending', status: 'warning', sentence, numbers };
  }
  const sentence =
    dirtyUnits > 0
      ? `${oneOf(dirtyUnits, 'unit is', 'units are')} being computed again.`
      : batches > 0
        ? `All events are in these numbers but those of the last ${count(Math.max(1, Math.round(lagMs / 1000)))} s, which are being added.`
        : 'All received events are in these numbers.';
  return { check: 'pending', status: dirtyUnits > 0 || lagMs > LAG_WAITING_MS ? 'waiting' : 'ok', sentence, numbers };
}
