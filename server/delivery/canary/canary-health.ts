import { pending } from '../../analysis/health/pending-check.ts';
import { calls } from '../../analysis/health/unit-checks.ts';
import { oneOf, percent } from '../../analysis/phrases.ts';
import type { ReportRows } from '../../analysis/report-store.ts';
import { variantReports } from '../../analysis/variant-reports.ts';
import type { HealthItem } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { CanaryView } from './canary-view.ts';

/** Whether a ramp's data deserve trust. Shares change with its steps, so that each is judged by its own. */
export function canaryHealth(phase: PhaseRow, rows: ReportRows, view: CanaryView, now: Date): HealthItem[] {
  const items = [sampleRatio(view), mixedUnits(view), calls(variantReports(phase, rows)), pending(rows, phase, now)];
  return items.filter((each) => each !== null);
}

function sampleRatio({ ratio }: CanaryView): HealthItem {
  const { alarm, sentence, logE, tooFewCandidates, perStep } = ratio;
  const check = 'sample_ratio' as const;
  if (perStep.length === 0) {
    return { check, status: 'waiting', sentence: 'No unit has been exposed yet.', numbers: {}, causes: [] };
  }
  const lost = [
    'The process of the candidate crashes before its exposures are sent.',
    'A filter after the assignment drops requests of the candidate.',
  ];
  return {
    check,
    status: alarm ? 'alarm' : 'ok',
    sentence,
    numbers: { logEValue: logE, eValue: logE > 700 ? null : Math.exp(logE) },
    causes: alarm
      ? tooFewCandidates
        ? lost
        : ['Exposures of the control are lost, or a few units of the candidate come back under many ids.']
      : [],
  };
}

function mixedUnits({ mixed: { units, mixed }, facts }: CanaryView): HealthItem {
  const alarm = facts.troubles.length > 0;
  return {
    check: 'mixed_units',
    status: alarm ? 'alarm' : mixed > 0 ? 'warning' : 'ok',
    sentence:
      mixed === 0
        ? 'No unit was seen in two variants within a step.'
        : `${oneOf(mixed, 'unit was', 'units were')} seen in two variants within a step (${percent(mixed / units)}) and left out of the estimates.`,
    numbers: { mixedUnits: mixed, share: units > 0 ? mixed / units : 0 },
    causes: alarm ? ['Services send different ids for the same person, or one id for several.'] : [],
  };
}
