import { requireNonNegative } from '../domain.ts';
import { type Moments, requireMoments } from '../moments.ts';

export interface EqualTest {
  /** Units of an A/B test of two equal arms, both together, that would be as sure. */
  readonly units: number;
  /** How many times as many as were interleaved. */
  readonly times: number;
}

/**
 * How many units an A/B test of the same metric would have needed at least for the same answer: for an expected z as
 * large as the one that interleaving found.
 *
 * Input: moments of the units' scores, and of the metric over the same units; the outcomes on items of each team, in sum.
 * Output: {@link EqualTest}, or `null` where nothing can be told: no preference, no outcome, or a difference the other way.
 * Error: relative 1e-13. A floor: items of one team mostly stand in the other list too, further down, so that whole lists
 * differ by less than teams do (in `npm run simulate -- interleave` it is a third of the true number). As rough as the
 * preference itself.
 * Assumes: an item earns the same whatever stands around it; the metric varies between units as here; equal arms.
 * Source: sizes as in {@link interleavingSensitivity}: 4 variance / difference^2 against variance / mean^2 of the scores.
 * @throws RangeError if a moment is out of its domain, or a sum below 0 or not finite.
 * @example
 * equalTest({ n: 100, mean: 0.2, m2: 99 }, { n: 100, mean: 0.5, m2: 24.75 }, { control: 40, treatment: 50 }).times; // 3.24
 */
export function equalTest(
  scores: Moments,
  metric: Moments,
  outcomes: { readonly control: number; readonly treatment: number },
): EqualTest | null {
  requireMoments('scores', scores);
  requireMoments('metric', metric);
  requireNonNegative('control', outcomes.control);
  requireNonNegative('treatment', outcomes.treatment);
  const total = outcomes.control + outcomes.treatment;
  if (scores.n < 2 || scores.mean === 0 || total === 0) return null;
  const difference = (metric.mean * 2 * (outcomes.treatment - outcomes.control)) / total;
  if (difference * scores.mean <= 0 || scores.m2 === 0) return null;
  const times = ((4 * metric.m2) / difference ** 2 / scores.m2) * scores.mean ** 2;
  return { units: times * scores.n, times };
}
