import { ratioOfSums, studentTQuantile } from '../../../stats/index.ts';
import type { PairSums } from './growing-sums.ts';
import type { ValueEstimate } from './split-value.ts';

/**
 * A ratio of sums over units with an interval that reaches further to the side on which rare large values may be missing:
 * few rewards of a starved arm make both its mean and its error too small. null without a finite ratio.
 * Source: Hall 1992, J. R. Statist. Soc. B 54:221, the cubic transformation, with Student's t for the normal.
 */
export function skewedEstimate(sums: PairSums, level: number): ValueEstimate | null {
  const found = ratioOfSums(sums);
  if (found.status !== 'ok') return null;
  const { ratio, standardError, n } = found;
  const lean = leanOf(sums, ratio) ?? 0;
  const quantile = studentTQuantile((1 + level) / 2, n - 1);
  return {
    estimate: ratio,
    standardError,
    interval: {
      lower: ratio - turnedBack(quantile, lean) * standardError,
      upper: ratio - turnedBack(-quantile, lean) * standardError,
    },
  };
}

/** Skewness over units of (y − ratio x), divided by √n: of k equal rewards among many units 1/√k. null where nothing varies. */
export function leanOf({ products, cubes = [0, 0, 0, 0] }: PairSums, ratio: number): number | null {
  const [[yy, yx], [, xx]] = products as [[number, number], [number, number]];
  const [yyy, yyx, yxx, xxx] = cubes as [number, number, number, number];
  const squares = yy - 2 * ratio * yx + ratio ** 2 * xx;
  if (!(squares > 0)) return null;
  const lean = (yyy - 3 * ratio * yyx + 3 * ratio ** 2 * yxx - ratio ** 3 * xxx) / squares ** 1.5;
  // Deviations that sum to 0 are never more skewed than √n: beyond it there is rounding alone.
  return Math.abs(lean) <= 1 ? lean : 0;
}

/** The t whose transform t + s(t²/3 + 1/6) + s²t³/27 is the quantile, s the skewness divided by √n. */
function turnedBack(quantile: number, lean: number): number {
  if (Math.abs(lean) < 1e-12) return quantile;
  const v = lean * (quantile - lean / 6);
  return (3 / lean) * (v > -1 ? Math.expm1(Math.log1p(v) / 3) : Math.cbrt(1 + v) - 1);
}
