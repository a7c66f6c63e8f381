import { studentTQuantile } from '../distributions/student-t.ts';
import { type Interval, requireFinite, requireLevel, requirePositive } from '../domain.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { wilsonInterval } from '../proportions/one-proportion.ts';
import { type EffectPair, profile, profileWithoutVariation, standardised } from './effect-likelihood.ts';

/** How well effects on a proxy predicted those on the business metric, over past experiments. */
export interface SurrogateCheck {
  readonly status: 'ok';
  readonly experiments: number;
  /** Of true effects; null where the effects on one of the metrics may vary no more than their errors explain. */
  readonly correlation: number | null;
  /** The correlation fits best at -1 or 1 itself: there is too little to tell how much below 1 it is. */
  readonly atLimit: boolean;
  readonly level: number;
  readonly interval: Interval;
  /** Of the experiments in which neither effect is exactly 0; null where there are none. */
  readonly signAgreement: { readonly same: number; readonly of: number; readonly interval: Interval } | null;
}

const LEAST_EXPERIMENTS = 10;
const GRID = 10;
/** Cuts of an interval of at most 2: correlations to 5e-4. */
const STEPS = 14;
const AT_LIMIT = 0.999;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Whether effects on a proxy predict effects on a business metric: the correlation of the true effects over experiments,
 * with the errors of both, and that they share units, taken out.
 *
 * Input: one {@link EffectPair} per past experiment, all in the same unit (relative effects); the level.
 * Output: {@link SurrogateCheck}. A wide interval says that the past does not tell, not that the proxy is bad.
 * Error: 1e-3 of the correlation (against Pearson's where errors are negligible). Coverage of the interval at
 * 0.95 for 10 to 30 experiments, errors of 0.3 to 1.5 times the effects, correlations 0 to 0.95: 0.92 to 1.00.
 * Assumes: independent experiments; true effects about bivariate normal; errors known.
 * Edges: below ten experiments `insufficient`; variation that the errors may explain: correlation null, interval [-1, 1].
 * Source: restricted maximum likelihood (Patterson and Thompson 1971; van Houwelingen, Arends and Stijnen 2002); interval
 * where its profile falls by less than (n - 1)/2 ln(1 + t²/(n - 2)), which without errors is the exact test of no
 * correlation. Signs: Wilson 1927.
 * @throws RangeError if an effect is not finite, a variance not above 0, a covariance impossible or the level outside (0, 1).
 * @example
 * surrogateCheck([{ proxy: 0.1, business: 0.02, proxyVariance: 1e-4, businessVariance: 1e-4, covariance: 0 }]).status; // 'insufficient'
 */
export function surrogateCheck(
  pairs: readonly EffectPair[],
  options: { readonly level?: number } = {},
): SurrogateCheck | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  pairs.forEach(requirePair);
  if (pairs.length < LEAST_EXPERIMENTS) {
    return { status: 'insufficient', missing: `${pairs.length} of at least ${LEAST_EXPERIMENTS} experiments` };
  }
  const scaled = standardised(pairs);
  for (const { proxy, business, covariance } of scaled) requireFinite('effects', proxy + business + covariance);
  const { best, top } = bestCorrelation(scaled);
  const least = top - allowedDrop(pairs.length, level);
  // Without variation every correlation fits as well.
  const unknown = profileWithoutVariation(scaled) >= least;
  return {
    status: 'ok',
    experiments: pairs.length,
    correlation: unknown ? null : best,
    atLimit: !unknown && Math.abs(best) > AT_LIMIT,
    level,
    interval: unknown ? { lower: -1, upper: 1 } : plausible(scaled, best, least),
    signAgreement: signs(pairs, level),
  };
}

function requirePair(pair: EffectPair, index: number): void {
  requireFinite(`pairs[${index}].proxy`, pair.proxy);
  requireFinite(`pairs[${index}].business`, pair.business);
  requirePositive(`pairs[${index}].proxyVariance`, pair.proxyVariance);
  requirePositive(`pairs[${index}].businessVariance`, pair.businessVariance);
  requireFinite(`pairs[${index}].covariance`, pair.covariance);
  const most = Math.sqrt(pair.proxyVariance) * Math.sqrt(pair.businessVariance);
  if (Math.abs(pair.covariance) > most * (1 + 1e-9)) {
    throw new RangeError(
      `pairs[${index}].covariance must be within ±${most}, which its variances allow, got ${pair.covariance}`,
    );
  }
}

function bestCorrelation(pairs: readonly EffectPair[]): { best: number; top: number } {
  const grid = Array.from({ length: GRID + 1 }, (_, k) => (2 * k) / GRID - 1);
  const heights = grid.map((rho) => profile(pairs, rho));
  const peak = heights.indexOf(Math.max(...heights));
  let [low, high] = [grid[Math.max(0, peak - 1)]!, grid[Math.min(GRID, peak + 1)]!];
  let found = { best: grid[peak]!, top: heights[peak]! };
  for (let k = 0; k < STEPS; k++) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    const [atLeft, atRight] = [profile(pairs, left), profile(pairs, right)];
    if (atLeft > found.top) found = { best: left, top: atLeft };
    if (atRight > found.top) found = { best: right, top: atRight };
    if (atLeft > atRight) high = right;
    else low = left;
  }
  return found;
}

/** So far a profile may fall below the best. */
function allowedDrop(n: number, level: number): number {
  const t = studentTQuantile(0.5 + level / 2, n - 2);
  return ((n - 1) / 2) * Math.log1p((t * t) / (n - 2));
}

/** Correlations whose profile is not too far below the best. */
function plausible(pairs: readonly EffectPair[], best: number, least: number): Interval {
  const limit = (end: -1 | 1): number => {
    if (profile(pairs, end) >= least) return end;
    let [inside, outside] = [best, end as number];
    for (let k = 0; k < STEPS; k++) {
      const middle = (inside + outside) / 2;
      if (profile(pairs, middle) >= least) inside = middle;
      else outside = middle;
    }
    return outside;
  };
  return { lower: limit(-1), upper: limit(1) };
}

function signs(pairs: readonly EffectPair[], level: number): SurrogateCheck['signAgreement'] {
  const signed = pairs.filter((pair) => pair.proxy !== 0 && pair.business !== 0);
  if (signed.length === 0) return null;
  const same = signed.filter((pair) => pair.proxy > 0 === pair.business > 0).length;
  return { same, of: signed.length, interval: wilsonInterval({ x: same, n: signed.length }, { level }) };
}
