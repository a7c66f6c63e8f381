import {
  adjustP,
  asymptoticSequence,
  equalTest,
  type Moments,
  momentsFromShiftedSums,
  scoreTest,
  signTest,
} from '../../../stats/index.ts';
import type { Preference, PreferenceComparison } from '../../contract/interleave-contract.ts';
import type { ReportMetric } from '../arms.ts';
import { LEAST_UNITS } from '../look-clock.ts';
import type { MetricSums, MetricWithSums, PairSums, PreferenceRule, ScoreSums } from './interleave-result.ts';
import { abTestSentence, preferenceSentence } from './interleave-sentences.ts';

/** Every pair of every metric; p-values are corrected over the primary metrics together, else over a metric's pairs. */
export function comparePreferences(all: MetricWithSums[], rule: PreferenceRule): Map<number, PreferenceComparison[]> {
  const primary = all.filter(({ metric }) => metric.role === 'primary');
  const others = all.filter(({ metric }) => metric.role !== 'primary').map((each) => [each]);
  const compared = new Map<number, PreferenceComparison[]>();
  for (const family of [primary, ...others]) {
    const lines = family.flatMap(({ metric, sums }) => sums.pairs.map((pair) => ({ metric, sums, pair })));
    const contested = preferences(lines, 'contested', rule);
    const plain = preferences(lines, 'plain', rule);
    lines.forEach(({ metric, sums, pair }, i) => {
      const found = comparisonOf(metric, sums, pair, { contested: contested[i]!, plain: plain[i]! }, rule);
      compared.set(metric.id, [...(compared.get(metric.id) ?? []), found]);
    });
  }
  return compared;
}

type Line = { metric: ReportMetric; sums: MetricSums; pair: PairSums };

function preferences(lines: Line[], kind: 'contested' | 'plain', rule: PreferenceRule): Preference[] {
  const found = lines.map(({ sums, pair }) => preferenceOf(sums, pair[kind], rule));
  const atLook = adjustP(found.map(({ test }) => test?.pValue ?? null));
  const always = adjustP(found.map(({ alwaysValid }) => alwaysValid?.pValue ?? null));
  return found.map((each, i) => ({
    ...each,
    test: each.test && { ...each.test, adjustedPValue: atLook[i] ?? each.test.pValue },
    alwaysValid: each.alwaysValid && { ...each.alwaysValid, adjustedPValue: always[i] ?? each.alwaysValid.pValue },
  }));
}

const momentsOfScores = (n: number, { sum, sumOfSquares }: ScoreSums): Moments =>
  momentsFromShiftedSums({ n, shift: 0, sum, sumOfSquares });

function preferenceOf({ units, impressions }: MetricSums, sums: ScoreSums, rule: PreferenceRule): Preference {
  const { level, tunedTo, atLook } = rule;
  const n = units.complete;
  const { wins, ties, losses, impressionWins, impressionLosses } = sums;
  const moments = momentsOfScores(n, sums);
  const t = scoreTest(moments, { level });
  const sign = signTest({ winsTreatment: wins, winsControl: losses, ties });
  const sure = t.status === 'ok' ? t : null;
  const always =
    sure && n >= LEAST_UNITS
      ? asymptoticSequence({ estimate: sure.estimate, standardError: sure.standardError, n, tunedTo, level })
      : null;
  return {
    estimate: n > 0 ? moments.mean : null,
    standardError: sure?.standardError ?? null,
    test:
      atLook && sure
        ? { interval: sure.interval, pValue: sure.p, adjustedPValue: sure.p, degreesOfFreedom: sure.degreesOfFreedom }
        : null,
    signTest: atLook && sign.status === 'ok' ? { pValue: sign.p, winRate: sign.winRate } : null,
    alwaysValid: always && { interval: always.interval, pValue: always.p, adjustedPValue: always.p },
    units: { wins, ties, losses },
    impressions: {
      wins: impressionWins,
      ties: impressions.complete - impressionWins - impressionLosses,
      losses: impressionLosses,
    },
  };
}

function comparisonOf(
  metric: ReportMetric,
  sums: MetricSums,
  { variant, against, contested: scores, outcomes }: PairSums,
  found: { contested: Preference; plain: Preference },
  rule: PreferenceRule,
): PreferenceComparison {
  const { contested } = found;
  const winner = (contested.estimate ?? 0) > 0 ? variant : against;
  const preferred = isShown(contested, rule) ? winner : null;
  const status = rule.atLook ? ('look' as const) : ('live' as const);
  const enough = sums.units.complete >= 2 && contested.standardError !== null;
  const said = { variant, against, status: enough ? status : ('insufficient' as const), preferred, ...found };
  return {
    ...said,
    sentence: preferenceSentence(metric, sums, said, rule),
    outcomes,
    abTest: preferred === null ? null : abTestOf(metric, sums, scores, outcomes),
  };
}

/** Whether the deciding p-value, corrected for all comparisons beside it, is small enough. */
function isShown({ test, alwaysValid }: Preference, { level, atLook, decidedBy }: PreferenceRule): boolean {
  const p = decidedBy === 'look' ? (atLook ? test?.adjustedPValue : undefined) : alwaysValid?.adjustedPValue;
  return p !== undefined && p < 1 - level;
}

function abTestOf(
  metric: ReportMetric,
  { units: { complete: n }, value }: MetricSums,
  scores: ScoreSums,
  { variant, against }: PairSums['outcomes'],
): PreferenceComparison['abTest'] {
  if (variant < 0 || against < 0) return null;
  const moments = momentsOfScores(n, scores);
  const better = metric.direction === 'decrease' ? { ...moments, mean: -moments.mean } : moments;
  const spread = momentsFromShiftedSums({ n, shift: 0, ...value });
  const found = equalTest(better, spread, { control: against, treatment: variant });
  if (!found) return null;
  const units = Math.ceil(found.units);
  return { units, times: found.times, sentence: abTestSentence(units, found.times) };
}
