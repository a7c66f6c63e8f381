import type { HealthItem } from '../../contract/report-contract.ts';
import { logEvidence, RATIO_ALARM } from '../health/ratio-evidence.ts';
import { count, list, oneOf, percent } from '../phrases.ts';
import type { ImpressionSums } from './interleave-result.ts';

/** Of impressions; more than this may be units of one sort. */
const MOST_DEGRADED = 0.01;

/** The coin of the draft: who picks first, and who has the odd item more, in rounds whose lists differ. */
export function draftCheck({ teams, uneven }: ImpressionSums): HealthItem {
  const firsts = teams.map(({ firstPicks }) => firstPicks);
  const total = firsts.reduce((sum, each) => sum + each, 0);
  const check = 'team_draft' as const;
  if (total === 0) {
    const sentence = 'No impression has begun with an item that the lists contest yet.';
    return { check, status: 'waiting', sentence, numbers: {}, causes: [] };
  }
  const fair = [
    { observed: firsts, weights: firsts.map(() => 1 / firsts.length) },
    ...uneven.map(({ more, fewer }) => ({ observed: [more, fewer], weights: [0.5, 0.5] })),
  ];
  const logs = fair.map((each) => logEvidence([each]));
  // The mean of e-values is one again.
  const most = Math.max(...logs);
  const logEValue = most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0) / logs.length);
  const alarm = logEValue >= Math.log(RATIO_ALARM);
  const told = list(teams.map(({ variant, firstPicks }) => `"${variant}" ${count(firstPicks)}`));
  return {
    check,
    status: alarm ? 'alarm' : 'ok',
    sentence: alarm
      ? `The draft is not fair (first picks: ${told}): something prefers a variant's items, so no preference can be trusted.`
      : `Variants pick first equally often and place equally many items: first picks ${told}.`,
    numbers: { logEValue, eValue: logEValue > 700 ? null : Math.exp(logEValue) },
    causes: alarm
      ? [
          'A client mixes lists by rules of its own: compare it with sdk/vectors/team-draft.json.',
          'Impressions of one variant are lost, or sent twice under new ids.',
        ]
      : [],
  };
}

export function degradedCheck({ total, degraded }: ImpressionSums): HealthItem {
  const lost = degraded.reduce((sum, each) => sum + each.impressions, 0);
  const share = total > 0 ? lost / total : 0;
  const item = { check: 'degraded' as const, numbers: { impressions: total, degraded: lost, share } };
  if (total === 0) return { ...item, status: 'waiting', sentence: 'No impression has come yet.', causes: [] };
  if (lost === 0) return { ...item, status: 'ok', sentence: 'Every variant gave a list every time.', causes: [] };
  const told = list(degraded.map((each) => `"${each.variant}" ${count(each.impressions)} (${each.cause})`));
  const isMuch = share > MOST_DEGRADED;
  return {
    ...item,
    status: isMuch ? 'warning' : 'ok',
    sentence: `In ${oneOf(lost, 'impression', 'impressions')} (${percent(share)}) a variant gave no list: ${told}. They are left out.`,
    causes: isMuch
      ? [
          'A ranker fails or is slower than its time limit, perhaps for units of one sort: what is left stands for the others only.',
        ]
      : [],
  };
}
