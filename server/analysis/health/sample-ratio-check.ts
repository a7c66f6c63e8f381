import { sampleRatioExact, sampleRatioTest } from '../../../stats/index.ts';
import type { HealthItem, Report } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { controlFirst } from '../arms.ts';
import { count, oneOf } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';
import { ratioCauses } from './ratio-causes.ts';
import { logEvidence, RATIO_ALARM, stratumOf } from './ratio-evidence.ts';

/** p-value of the one test after the end. */
const SAMPLE_RATIO_P = 0.001;

/** Units by first exposure, before any is set aside, against the weights. */
export function sampleRatio(phase: PhaseRow, rows: ReportRows, variants: Report['variants']): HealthItem {
  const stratum = stratumOf(phase, (variantId) => {
    const found = rows.counts.find((one) => one.variantId === variantId);
    return found ? found.units - found.sticky : 0; // a sticky decision is no new randomisation
  });
  const { observed, weights } = stratum;
  const remembered = rows.counts.reduce((sum, each) => sum + each.sticky, 0);
  const aside = remembered > 0 ? `; ${oneOf(remembered, 'unit', 'units')} with a remembered variant left aside` : '';
  const total = observed.reduce((sum, each) => sum + each, 0);
  const check = 'sample_ratio' as const;
  if (total === 0) {
    const sentence = remembered > 0 ? `No unit was drawn yet${aside}.` : 'No unit has been exposed yet.';
    return { check, status: 'waiting', sentence, numbers: {}, causes: [] };
  }
  const chi = sampleRatioTest(observed, weights);
  const logEValue = logEvidence([stratum]);
  const p = phase.state === 'ended' ? finalP(observed, weights) : null;
  const alarm = logEValue >= Math.log(RATIO_ALARM) || (p !== null && p < SAMPLE_RATIO_P);
  const counts = controlFirst(phase)
    .map((each, i) => `${each.variant} ${count(observed[i] ?? 0)}`)
    .join(', ');
  const expected = weights.map((weight) => count(Math.round(weight * total))).join(' : ');
  return {
    check,
    status: alarm ? 'alarm' : 'ok',
    sentence: alarm
      ? `The units are not split as planned (${counts}; expected ${expected}${aside}): something assigns or loses them unevenly, so no comparison can be trusted.`
      : `The units are split as planned: ${counts}${aside}.`,
    numbers: {
      ...(chi.status === 'ok' ? { chiSquare: chi.chiSquare, degreesOfFreedom: chi.degreesOfFreedom } : {}),
      // Its p-value is for one look at the end; while units arrive, the e-value is what may be looked at.
      ...(chi.status === 'ok' && phase.state === 'ended' ? { pValue: chi.p } : {}),
      eValue: logEValue > 700 ? null : Math.exp(logEValue),
      logEValue,
    },
    causes: alarm ? ratioCauses(phase, rows, variants, stratum) : [],
  };
}

/** The p-value of all units that there will be: exact where few are expected in an arm. */
function finalP(observed: number[], weights: number[]): number | null {
  const chi = sampleRatioTest(observed, weights);
  if (chi.status !== 'ok') return null;
  if (Math.min(...chi.expected) >= 5) return chi.p;
  const exact = sampleRatioExact(observed, weights);
  return exact.status === 'ok' ? exact.p : chi.p;
}
