import type { ShadowReport } from '../../contract/shadow-contract.ts';
import { count, NARROW_SPACE, oneOf, percent, quantity } from '../phrases.ts';
import type { ShadowEstimate } from './shadow-estimate.ts';
import type { ShadowResult } from './shadow-result.ts';

/** "97.2 % (96.5 % to 97.8 %)"; without an interval the estimate alone. */
export function told(found: ShadowEstimate, show: (value: number) => string): string {
  if (found.estimate === null) return 'not known yet';
  if (found.status !== 'ok') return `${show(found.estimate)} so far`;
  return `${show(found.estimate)} (${show(found.interval.lower)} to ${show(found.interval.upper)})`;
}

export const milliseconds = (value: number): string => `${quantity(value)}${NARROW_SPACE}ms`;

/** Of a difference of shares, in percentage points. */
export const points = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : ''}${quantity(Math.abs(100 * value))}${NARROW_SPACE}pp`;

type Agreement = Pick<ShadowReport['agreement'], 'candidate' | 'noiseFloor'>;

export function shadowSentence({ comparisons, units }: ShadowResult, { candidate, noiseFloor }: Agreement): string {
  if (comparisons === 0) return 'No comparison has come yet.';
  const base = `${oneOf(comparisons, 'decision', 'decisions')} of ${oneOf(units, 'unit', 'units')} compared`;
  if (candidate.estimate === null) return `${base}; the answers could not be compared.`;
  const floor = noiseFloor.estimate === null ? '' : ` (noise floor ${percent(noiseFloor.estimate)})`;
  return `${base}: the candidate agrees in ${percent(candidate.estimate)}${floor}.`;
}

export function agreementSentence({
  candidate,
  noiseFloor,
  difference,
}: Omit<ShadowReport['agreement'], 'sentence'>): string {
  if (candidate.estimate === null) return 'No answers have been compared yet.';
  const agrees = `The candidate answers as the champion in ${told(candidate, percent)} of decisions.`;
  if (noiseFloor.estimate === null) return `${agrees} The champion was not called twice: there is no noise floor.`;
  const floor = `The champion agrees with itself in ${told(noiseFloor, percent)}.`;
  if (difference.status !== 'ok') return `${agrees} ${floor}`;
  const { lower, upper } = difference.interval;
  const than =
    upper < 0
      ? 'The candidate agrees less often than the champion with itself'
      : lower > 0
        ? 'The candidate agrees more often than the champion with itself'
        : 'That the candidate differs more than the champion from itself is not shown';
  return `${agrees} ${floor} ${than}: ${told(difference, points)}.`;
}

export function scoreSentence(
  difference: ShadowEstimate,
  {
    limits,
    stabilityIndex,
    distance,
  }: Pick<NonNullable<ShadowReport['scores']>, 'limits' | 'stabilityIndex' | 'distance'>,
): string {
  const mean = `The candidate's score is on average ${told(difference, signed)} above the champion's.`;
  const spread = limits
    ? ` 95 % of differences lie about between ${signed(limits.lower)} and ${signed(limits.upper)}.`
    : '';
  const shift =
    stabilityIndex === null || distance === null
      ? ''
      : ` Distributions: stability index ${quantity(stabilityIndex)}, largest distance ${quantity(distance)}; both describe, they test nothing.`;
  return `${mean}${spread}${shift}`;
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${quantity(value)}`;

export function latencySentence({
  ratio,
  candidateMs,
  referenceMs,
}: Omit<ShadowReport['latency'], 'sentence' | 'quantiles'>) {
  if (ratio.estimate === null) {
    return "Latency is compared with the champion's second call, of which there is none yet.";
  }
  const means = `On average ${told(candidateMs, milliseconds)} against ${told(referenceMs, milliseconds)} of the champion's second call`;
  return `${means}: ${told(ratio, quantity)} times its time.`;
}

export function errorSentence({
  candidate,
  reference,
  difference,
}: Omit<ShadowReport['errors'], 'sentence' | 'statuses'>) {
  if (candidate.estimate === null) return 'No shadow call has ended yet.';
  const own = `${told(candidate, percent)} of the candidate's calls failed or ran out of time.`;
  if (reference.estimate === null)
    return `${own} The champion was not called twice: there is nothing fair to compare with.`;
  return `${own} Of the champion's second calls ${told(reference, percent)} did; difference where both were made: ${told(difference, points)}.`;
}

/** "1,204 of 1,000 comparisons" */
export function comparedOf(comparisons: number, minimum: number): string {
  return `${count(comparisons)} of at least ${oneOf(minimum, 'comparison', 'comparisons')}`;
}
