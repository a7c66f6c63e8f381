import type {
  InterleaveMetric,
  InterleaveReport,
  Preference,
  PreferenceComparison,
} from '../../server/contract/interleave-contract.ts';
import type { EstimateRow } from '../charts/estimate-rows.ts';
import type { Tally } from '../charts/tally-rows.ts';
import { count, counted, dateTime, percentOf, plain, words } from '../format.ts';
import { pText } from '../metric-numbers.ts';
import { intervalWords, moreShares, rangeWords } from './estimate-words.ts';

export function draftFacts({ impressions, units, look, decidedBy }: InterleaveReport): [string, string][] {
  return [
    ['Impressions', count(impressions.total)],
    ['Units', count(units)],
    ['Left out: a variant gave no list', count(impressions.degraded)],
    ['Concluded by', decidedBy === 'look' ? lookText(look) : 'intervals that hold at any time'],
  ];
}

function lookText({ at, dueUnits, dueAt }: InterleaveReport['look']): string {
  if (at) return `one look, taken ${dateTime(at)}`;
  const due = [
    ...(dueUnits === null ? [] : [counted(dueUnits, 'complete unit')]),
    ...(dueAt === null ? [] : [dateTime(dueAt)]),
  ];
  return due.length === 0 ? 'one look, at the end of the plan' : `one look, due at ${due.join(' or ')}`;
}

/** The interval that decides: of the look once it was taken, else the one that holds at any time. */
function decidingInterval({ test, alwaysValid }: Preference) {
  return test?.interval ?? alwaysValid?.interval ?? null;
}

/** A line for either way to credit outcomes; none without an estimate. */
export function preferenceRows({ contested, plain: all }: PreferenceComparison, colour: string): EstimateRow[] {
  return [
    { name: 'Contested items', preference: contested, colour },
    { name: 'All items', preference: all, colour: 'var(--live)' },
  ].flatMap(({ name, preference, colour: own }) => {
    if (preference.estimate === null) return [];
    const interval = decidingInterval(preference);
    return [
      {
        id: name,
        name,
        estimate: preference.estimate * 100,
        interval: interval && { lower: interval.lower * 100, upper: interval.upper * 100 },
        colour: own,
        text: intervalWords(preference.estimate, interval, moreShares),
      },
    ];
  });
}

/** What the deciding interval says, without a conclusion that the sentence above does not draw. */
export function preferenceTitle({ contested, variant, against }: PreferenceComparison): string {
  if (contested.estimate === null) return 'Nothing to compare yet';
  const range = intervalWords(contested.estimate, decidingInterval(contested), moreShares);
  return `On contested items “${variant}” wins ${range} of a unit’s impressions against “${against}”, net`;
}

/** "412 won, 90 tied, 301 lost". */
export const tallyText = ({ wins, ties, losses }: Preference['units']): string =>
  `${count(wins)} won, ${count(ties)} tied, ${count(losses)} lost`;

/** Tests with what they say; a p-value never without its interval. Empty before they may be read. */
export function testLines({ test, signTest, alwaysValid }: Preference): string[] {
  const lines: string[] = [];
  if (test) {
    const degrees = plain(test.degreesOfFreedom, 0);
    lines.push(
      `t over units: ${rangeWords(test.interval, moreShares)}, ${adjustedText(test)}, ${degrees} degrees of freedom.`,
    );
  }
  if (signTest && signTest.pValue !== null && signTest.winRate !== null) {
    const preferred = percentOf(signTest.winRate);
    lines.push(`Exact sign test: ${preferred} of the units that prefer one, ${pText(signTest.pValue, null)}.`);
  }
  if (alwaysValid) {
    lines.push(`Valid at any time: ${rangeWords(alwaysValid.interval, moreShares)}, ${adjustedText(alwaysValid)}.`);
  }
  return lines;
}

const adjustedText = ({ pValue, adjustedPValue }: { pValue: number; adjustedPValue: number }): string =>
  `${pText(adjustedPValue, null)}${adjustedPValue === pValue ? '' : ' over all comparisons'}`;

export function unitsText({ units, impressions }: InterleaveMetric): string {
  const late =
    impressions.late === 0 ? '' : ` ${counted(impressions.late, 'impression')} came after completion and is left out.`;
  return `${counted(units.complete, 'complete unit')} with ${counted(impressions.complete, 'impression')}; ${counted(units.open, 'unit')} still open.${late}`;
}

const causes: Record<string, string> = {
  error: 'its call failed',
  timeout: 'it ran out of time',
  empty: 'it gave no items',
  invalid: 'its list could not be used',
};

export const causeText = (cause: string): string => causes[cause] ?? words(cause);

/** What is counted on contested items: units first, for only they are independent. */
export const talliesOf = ({ contested: { units, impressions } }: PreferenceComparison): Tally[] =>
  [
    { name: 'Units', ...units },
    { name: 'Impressions', ...impressions },
  ].filter(({ wins, ties, losses }) => wins + ties + losses > 0);
