import { type InterleavingSensitivity, interleavingSensitivity, signTestSampleSize } from '../../stats/index.ts';
import { parseNumber } from './plan-fields.ts';

/** What the interleaving planner asks, as text in the address. */
export const interleavingFields = {
  old: { label: 'Ranking of the control', help: 'Items from the top, separated by commas', usual: 'a, b, c, d, e' },
  new: { label: 'Ranking of the new model', help: 'The same items in its order', usual: 'a, d, b, c, e' },
  good: { label: 'Items that users want', help: 'Some of the items above', usual: 'd' },
  shown: { label: 'Items shown', help: 'How many of them a list has room for', usual: '3' },
  click: { label: 'Click if wanted, %', help: 'When a user gets to it', usual: '12' },
  other: { label: 'Click if not, %', help: 'When a user gets to it', usual: '8' },
  stop: { label: 'Stop after a click, %', help: 'Chance to read no further', usual: '30' },
  wins: { label: 'Wins, %', help: 'Of the new model, among impressions that one of the two wins', usual: '52' },
  ties: { label: 'Ties, %', help: 'Impressions that neither wins', usual: '60' },
  ipower: { label: 'Power, %', help: 'Chance to see the preference', usual: '80' },
} as const;

export type InterleavingName = keyof typeof interleavingFields;
export type InterleavingTexts = Record<InterleavingName, string>;
type Answer<Value> = { value: Value | null; problems: Partial<Record<InterleavingName, string>> };

/** All click patterns of all mixed lists are counted; longer lists take seconds. */
const mostItems = 8;

export const readInterleaving = (search: URLSearchParams): InterleavingTexts =>
  Object.fromEntries(
    Object.entries(interleavingFields).map(([name, { usual }]) => [name, search.get(name) ?? usual]),
  ) as InterleavingTexts;

/** How many impressions team draft needs, and A/B tests, for two rankings and a reader with these habits. */
export function sensitivityOf(texts: InterleavingTexts): Answer<InterleavingSensitivity> {
  const problems: Answer<unknown>['problems'] = {};
  const control = rankingOf(texts.old);
  const treatment = rankingOf(texts.new);
  const good = new Set(rankingOf(texts.good));
  for (const [name, items] of [
    ['old', control],
    ['new', treatment],
  ] as const) {
    const problem = rankingProblem(items);
    if (problem) problems[name] = problem;
  }
  if (!problems.old && !problems.new && [...control].sort().join() !== [...treatment].sort().join()) {
    problems.new = 'Enter the same items as above, in another order.';
  }
  if ([...good].some((item) => !control.includes(item))) problems.good = 'Enter items of the rankings above.';
  const shown = parseNumber(texts.shown) ?? Number.NaN;
  if (!(Number.isInteger(shown) && shown >= 1 && shown <= mostItems)) {
    problems.shown = `Enter a whole number from 1 to ${mostItems}.`;
  }
  const click = shareOf('click', texts, problems);
  const other = shareOf('other', texts, problems);
  const stop = shareOf('stop', texts, problems);
  const power = powerOf(texts, problems);
  if (Object.keys(problems).length > 0) return { value: null, problems };
  const model = { click: (item: string) => (good.has(item) ? click : other), stop: () => stop };
  return { value: interleavingSensitivity(control, treatment, shown, model, { power }), problems };
}

/** Impressions until a preference of this size is seen; ties tell nothing. */
export function impressionsForWins(texts: InterleavingTexts): Answer<{ decided: number; impressions: number }> {
  const problems: Answer<unknown>['problems'] = {};
  const wins = shareOf('wins', texts, problems);
  const ties = shareOf('ties', texts, problems);
  if (!problems.wins && (wins === 0.5 || wins <= 0 || wins >= 1)) {
    problems.wins = 'Enter a percentage above 0 and below 100, other than 50.';
  }
  if (!problems.ties && ties >= 1) problems.ties = 'Enter a percentage from 0 to below 100.';
  const power = powerOf(texts, problems);
  if (Object.keys(problems).length > 0) return { value: null, problems };
  const decided = signTestSampleSize(wins, { power });
  return { value: { decided: Math.ceil(decided), impressions: Math.ceil(decided / (1 - ties)) }, problems };
}

const rankingOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function rankingProblem(items: string[]): string | null {
  if (items.length < 2 || items.length > mostItems) return `Enter 2 to ${mostItems} items, separated by commas.`;
  return new Set(items).size < items.length ? 'Enter every item once.' : null;
}

function shareOf(name: InterleavingName, texts: InterleavingTexts, problems: Answer<unknown>['problems']): number {
  const typed = parseNumber(texts[name]);
  if (typed !== null && typed >= 0 && typed <= 100) return typed / 100;
  problems[name] = 'Enter a percentage from 0 to 100.';
  return Number.NaN;
}

function powerOf(texts: InterleavingTexts, problems: Answer<unknown>['problems']): number {
  const typed = parseNumber(texts.ipower);
  if (typed !== null && typed >= 10 && typed < 100) return typed / 100;
  problems.ipower = 'Enter a percentage from 10 to below 100.';
  return Number.NaN;
}
