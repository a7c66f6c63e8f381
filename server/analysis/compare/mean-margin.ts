import { type MeanSummary, meanEquivalence, meanNonInferiority, relativeNonInferiority } from '../../../stats/index.ts';
import type { AtLevel } from './compare-input.ts';
import { badEnd, higherIsBetter, type MarginAnswer, marginAnswer, oneSidedAlpha } from './margin-answer.ts';

/** Whether a mean is not worse than a margin, by Welch's t or, for a share of the control, by its linear contrast. */
export function meanMargin(
  input: AtLevel,
  control: MeanSummary,
  arm: MeanSummary,
  interval: { lower: number; upper: number },
): MarginAnswer | null {
  const { margin } = input.metric;
  if (margin === null) return null;
  const up = higherIsBetter(input);
  const alpha = oneSidedAlpha(input.level);
  if ('relative' in margin) {
    const p = (higher: boolean) => {
      const test = relativeNonInferiority(control, arm, margin.relative, { alpha, higherIsBetter: higher });
      return test.status === 'ok' ? test.p : 1;
    };
    return marginAnswer(input, { worse: p(up), better: p(!up) }, badEnd(input, interval));
  }
  const size = margin.absolute;
  const worse = meanNonInferiority(control, arm, size, { alpha, higherIsBetter: up });
  const both = meanEquivalence(control, arm, { lower: -size, upper: size }, { alpha });
  if (worse.status !== 'ok' || both.status !== 'ok') return marginAnswer(input, null, null);
  return marginAnswer(input, { worse: worse.p, better: up ? both.againstUpper.p : both.againstLower.p }, worse.limit);
}
