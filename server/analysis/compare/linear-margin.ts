import { normalSf, studentTSf } from '../../../stats/index.ts';
import type { AtLevel, Compared } from './compare-input.ts';
import { badEnd, higherIsBetter, type MarginAnswer, marginAnswer } from './margin-answer.ts';

interface Effect {
  estimate: number;
  standardError: number;
  /** Of Student's t; null: normal. */
  degreesOfFreedom: number | null;
  interval: { lower: number; upper: number };
  pair: Compared['pair'];
}

/**
 * Whether a ratio or an effect from unit totals is not worse than a margin: the effect, or for a share M of the control
 * the contrast B - (1 - M) A with the covariance of both, in its standard errors. Degrees of freedom are those of the
 * effect, so that a relative margin is decided as by Fieller's set of the same row.
 */
export function linearMargin(input: AtLevel, effect: Effect): MarginAnswer | null {
  const { margin } = input.metric;
  if (margin === null) return null;
  const limit = badEnd(input, effect.interval);
  const up = higherIsBetter(input) ? 1 : -1;
  const p = (sign: 1 | -1): number | null => {
    const t = 'absolute' in margin ? absolute(effect, margin.absolute, sign) : relative(effect, margin.relative, sign);
    if (t === null) return null;
    return effect.degreesOfFreedom === null ? normalSf(t) : studentTSf(t, effect.degreesOfFreedom);
  };
  const [worse, better] = [p(up), p(up === 1 ? -1 : 1)];
  return marginAnswer(input, worse === null || better === null ? null : { worse, better }, limit);
}

function absolute({ estimate, standardError }: Effect, margin: number, sign: 1 | -1): number {
  return (sign * estimate + margin) / standardError;
}

/** null: without values of the arms a share of the control has no meaning. */
function relative({ pair }: Effect, margin: number, sign: 1 | -1): number | null {
  if (pair === null) return null;
  const factor = 1 - sign * margin * (pair.meanA < 0 ? -1 : 1);
  const contrast = sign * (pair.meanB - factor * pair.meanA);
  const variance = pair.varianceOfMeanB + factor * factor * pair.varianceOfMeanA - 2 * factor * pair.covariance;
  return variance > 0 ? contrast / Math.sqrt(variance) : null;
}
