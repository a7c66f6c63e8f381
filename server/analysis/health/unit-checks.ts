import type { HealthItem, Report } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { count, oneOf, percent } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';
import { isUneven } from './ratio-evidence.ts';

const MIXED_ALARM = 0.01;
const LATE_WARNING = 0.01;
const MISSING_CALLS_WARNING = 0.01;

/** Units seen in two variants: left out of estimates, counted in the ratio. */
export function mixedUnits(phase: PhaseRow, variants: Report['variants']): HealthItem {
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
        : `${oneOf(mixed, 'unit was', 'units were')} seen in two variants (${percent(share)}) and left out of the estimates${uneven ? ', more of them first in one variant than chance explains' : ''}.`,
    numbers: { mixedUnits: mixed, share, alarmAbove: MIXED_ALARM },
    causes: alarm ? mixedCauses(phase) : [],
  };
}

function mixedCauses(phase: PhaseRow): string[] {
  return phase.assignment === 'external'
    ? ['The same unit was reported with two variants: the export joins on something that is not the unit.']
    : [
        'Services send different ids for the same person, for instance before and after sign-in, or one id for several.',
        'A service decides with an old ruleset or another range and still reports to this phase.',
      ];
}

/** Calls through `run`; null when there were none. */
export function calls(variants: Report['variants']): HealthItem | null {
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
    causes: [],
  };
}

/** Outcomes that came too late to count. */
export function lateOutcomes(phase: PhaseRow, rows: ReportRows, variants: Report['variants']): HealthItem {
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
    causes: [],
  };
}
