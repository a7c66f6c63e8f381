import type { PreferenceComparison } from '../../contract/interleave-contract.ts';
import type { ReportMetric } from '../arms.ts';
import { LEAST_UNITS } from '../look-clock.ts';
import { count, oneOf, percent, pPhrase, signedPercent } from '../phrases.ts';
import type { MetricSums, PreferenceRule } from './interleave-result.ts';

type Said = Pick<PreferenceComparison, 'variant' | 'against' | 'status' | 'preferred' | 'contested'>;

/** What one comparison says, with its numbers. */
export function preferenceSentence(metric: ReportMetric, sums: MetricSums, said: Said, rule: PreferenceRule): string {
  const { variant, against, status, preferred, contested } = said;
  const pair = `"${variant}" and "${against}"`;
  if (status === 'insufficient') {
    const alike = sums.units.complete >= 2 ? 'all complete units score alike' : 'fewer than two units are complete';
    return `Nothing can be said about ${pair} yet: ${alike}.`;
  }
  const net = signedPercent(contested.estimate ?? 0);
  const numbers = numbersOf(said, rule);
  const over = `over ${oneOf(sums.units.complete, 'unit', 'units')}`;
  if (preferred !== null) {
    const other = preferred === variant ? against : variant;
    return `By "${metric.name}", users prefer "${preferred}" to "${other}": "${variant}" wins ${net} of a unit's impressions net of those it loses (${numbers}), ${over}.`;
  }
  if (status === 'look') {
    return `By "${metric.name}", no preference between ${pair} was shown: "${variant}" wins ${net} of a unit's impressions, net (${numbers}), ${over}.`;
  }
  const waits =
    rule.decidedBy === 'look'
      ? 'the look at the planned end decides'
      : sums.units.complete < LEAST_UNITS
        ? `${count(LEAST_UNITS)} complete units are the least for a conclusion`
        : `no preference is shown yet (${numbers})`;
  return `So far "${variant}" wins ${net} of a unit's impressions against "${against}", net, ${over}; ${waits}.`;
}

function numbersOf({ contested }: Said, { level, atLook, decidedBy }: PreferenceRule): string {
  const found = decidedBy === 'look' && atLook ? contested.test : contested.alwaysValid;
  if (!found) return 'no interval yet';
  const { interval, pValue, adjustedPValue } = found;
  const range = `${signedPercent(interval.lower)} to ${signedPercent(interval.upper)} at ${percent(level)}`;
  const p = pPhrase(adjustedPValue, null);
  const corrected = adjustedPValue === pValue ? p : `${p} over all comparisons`;
  return decidedBy === 'look' ? `${range}, ${corrected}` : `${range}, ${corrected}, valid at any time`;
}

export function abTestSentence(units: number, times: number): string {
  const rounded = Number(units.toPrecision(2));
  const factor = times >= 10 ? count(Number(times.toPrecision(2))) : times.toPrecision(2);
  return `An A/B test would have needed at least about ${count(rounded)} units for the same answer, ${factor} times as many: a floor estimated from these units, since whole lists share more items than teams do.`;
}
