import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { anyNumber, count, counted, NONE, percentOf, words } from '../format.ts';
import { differences, estimateWords, plainly, type Scale, type ShadowEstimate, shares } from './estimate-words.ts';

/** The champion is grey as everywhere, the candidate the first colour. */
export const modelColours = { champion: 'var(--variant-control)', candidate: 'var(--variant-1)' };

export function shadowCounts({ comparisons, units, references, calls }: ShadowReport): [string, string][] {
  return [
    ['Compared', `${counted(comparisons, 'decision')} of ${counted(units, 'unit')}`],
    ['Champion called twice', counted(references, 'decision')],
    [
      'Shadow calls dropped',
      calls.droppedShare === null
        ? 'not told yet: clients tell it once a minute'
        : `${count(calls.dropped)} of ${count(calls.shadowed + calls.dropped)} (${percentOf(calls.droppedShare)})`,
    ],
  ];
}

/** "Mean time: candidate 2.3 ms (2.0 to 2.6), champion’s second call 1.4 ms (1.2 to 1.7)". */
export function besideTitle(what: string, candidate: ShadowEstimate, reference: ShadowEstimate, scale: Scale): string {
  const second = reference.estimate === null ? '' : `, champion’s second call ${estimateWords(reference, scale)}`;
  return `${what}: candidate ${estimateWords(candidate, scale)}${second}`;
}

type Scores = NonNullable<ShadowReport['scores']>;

export function scoreFacts({ difference, reference, limits, standardDeviation, ...shift }: Scores): [string, string][] {
  const number = (value: number) => anyNumber(Number(value.toPrecision(3)));
  return [
    ['Candidate minus champion, mean', estimateWords(difference, differences)],
    ['Champion’s second call minus first', estimateWords(reference, differences)],
    ['Spread of differences (SD)', standardDeviation === null ? NONE : number(standardDeviation)],
    ['Most differences lie between', limits ? `${number(limits.lower)} and ${number(limits.upper)}` : NONE],
    ['Population stability index', shift.stabilityIndex === null ? NONE : number(shift.stabilityIndex)],
    ['Largest distance of the distributions', shift.distance === null ? NONE : percentOf(shift.distance)],
  ];
}

/** Names of the built-in comparators in words; a service's own stay as they are. */
const measureNames: Record<string, string> = {
  agree: 'Answers agree',
  difference: 'Difference of the answers',
  absoluteDifference: 'Size of the difference',
  equalShare: 'Fields that are equal',
  overlap: 'Overlap of the first items',
  rbo: 'Rank-biased overlap',
  tau: 'Kendall’s tau',
};

export function measureName(name: string): string {
  if (name.startsWith('differs.')) return `Field “${name.slice('differs.'.length)}” differs`;
  return measureNames[name] ?? words(name);
}

/** Shares as percent; differences with their sign; the rest as they are. */
export function measureScale(name: string): Scale {
  if (name.startsWith('differs.') || name === 'agree' || name === 'equalShare' || name === 'overlap') return shares;
  return name === 'difference' ? differences : plainly;
}

export const segmentName = (value: string | null): string => value ?? 'all other';

export const lossNames: Record<ShadowReport['labels']['losses'][number]['name'], string> = {
  log_loss: 'Log loss',
  brier: 'Brier score',
  squared_error: 'Squared error',
  absolute_error: 'Absolute error',
  wrong: 'Wrong answers',
};

export const labelTitles: Record<ShadowReport['labels']['status'], string> = {
  not_declared: 'Which is better: no labels declared',
  refused: 'Which is better: these labels cannot say',
  waiting: 'Which is better: waiting for labels',
  ok: 'Which is better, by labels',
};

const callNames = { champion: 'Champion', candidate: 'Candidate', reference: 'Champion’s second call' } as const;
type Call = keyof typeof callNames;

const statusNames: Record<string, string> = { ok: 'answered', error: 'failed', timeout: 'ran out of time' };

/** What became of the calls, a line a call and status. */
export const callText = (call: Call, status: string): string => `${callNames[call]}: ${statusNames[status] ?? status}`;
