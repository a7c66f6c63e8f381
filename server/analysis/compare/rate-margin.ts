import {
  type BernoulliDifference,
  proportionNonInferiority,
  proportionRelativeNonInferiority,
} from '../../../stats/index.ts';
import type { AtLevel, Compared } from './compare-input.ts';
import { badEnd, higherIsBetter, type MarginAnswer, marginAnswer, oneSidedAlpha } from './margin-answer.ts';

/**
 * Whether a rate is not worse than a margin: Farrington and Manning's score test for points, the score test of the
 * ratio for a share of the control.
 */
export function rateMargin(
  input: AtLevel,
  { control, arm }: NonNullable<Compared['counts']>,
  interval: { lower: number; upper: number } | null,
): { margin: MarginAnswer | null; warnings: string[] } {
  const { margin } = input.metric;
  if (margin === null) return { margin: null, warnings: [] };
  const up = higherIsBetter(input);
  const alpha = oneSidedAlpha(input.level);
  if ('relative' in margin) {
    const p = (higher: boolean) => {
      const test = proportionRelativeNonInferiority(control, arm, margin.relative, { alpha, higherIsBetter: higher });
      return test.status === 'ok' ? test.p : 1;
    };
    return { margin: marginAnswer(input, { worse: p(up), better: p(!up) }, badEnd(input, interval)), warnings: [] };
  }
  if (margin.absolute >= 1) return withoutMeaning(input, margin.absolute, interval);
  const test = (higher: boolean) =>
    proportionNonInferiority(control, arm, margin.absolute, { alpha, higherIsBetter: higher });
  const [worse, better] = [test(up), test(!up)];
  if (worse.status !== 'ok' || better.status !== 'ok') return { margin: marginAnswer(input, null, null), warnings: [] };
  return { margin: marginAnswer(input, { worse: worse.p, better: better.p }, worse.limit), warnings: [] };
}

/** The same by the exact always-valid band: its end on the bad side lies within the margin. There is no p-value of it. */
export function exactRateMargin(
  input: AtLevel,
  { interval, lift }: BernoulliDifference,
): { margin: MarginAnswer | null; warnings: string[] } {
  const { margin } = input.metric;
  if (margin === null) return { margin: null, warnings: [] };
  if ('absolute' in margin && margin.absolute >= 1) return withoutMeaning(input, margin.absolute, interval);
  const { lower, upper } = 'relative' in margin ? lift : interval;
  const size = 'relative' in margin ? margin.relative : margin.absolute;
  const notLower = lower > -size;
  const notHigher = upper < size;
  const nonInferior = higherIsBetter(input) ? notLower : notHigher;
  const answer = {
    margin,
    pValue: null,
    nonInferior,
    equivalent: notLower && notHigher,
    limit: badEnd(input, interval),
  };
  return { margin: answer, warnings: [] };
}

function withoutMeaning(
  input: AtLevel,
  absolute: number,
  interval: { lower: number; upper: number } | null,
): { margin: MarginAnswer | null; warnings: string[] } {
  const warning = `A margin of ${absolute} allows every rate: rates lie between 0 and 1, so declare a smaller one.`;
  return { margin: marginAnswer(input, null, badEnd(input, interval)), warnings: [warning] };
}
