import { studentTLogSf, studentTUpperQuantile } from '../distributions/student-t.ts';
import { type Interval, requireFinite, requireLevel, requireNotEmpty, requirePositive } from '../domain.ts';
import { type Moments, requireMoments } from '../moments.ts';
import { logBetaKernel } from '../special/incomplete-beta.ts';
import { logIntegral } from '../special/integrate.ts';
import { logBeta } from '../special/log-gamma.ts';
import { type BestArm, bestOf } from './best-arm.ts';

/** A normal-inverse-gamma belief about the mean and the variance of a unit. */
export interface NormalInverseGamma {
  readonly mean: number;
  /** Units that the belief about the mean is worth. */
  readonly kappa: number;
  readonly alpha: number;
  readonly beta: number;
}

/** A Student t distribution with a centre and a scale. */
export interface StudentPosterior {
  readonly mean: number;
  readonly scale: number;
  readonly degreesOfFreedom: number;
}

export interface MeanPosterior extends NormalInverseGamma {
  /** What is believed of the mean by itself. */
  readonly marginal: StudentPosterior;
  readonly level: number;
  readonly interval: Interval;
}

/**
 * What is believed of a mean after a sample, when the variance is unknown too.
 *
 * Input: n, mean and m2 of the sample; a prior with kappa, alpha and beta above 0; the level. Output: {@link MeanPosterior}.
 * Error: relative 1e-14. Assumes: independent units, close to normal. Edges: no units give the prior back.
 * Source: Murphy 2007, eq. 86-89; the marginal of the mean is Student t with 2 alpha degrees of freedom.
 * @throws RangeError if a number is out of its domain.
 * @example
 * meanPosterior({ n: 20, mean: 5.2, m2: 38 }, { mean: 0, kappa: 0.01, alpha: 0.01, beta: 0.01 }).mean; // 5.1974...
 */
export function meanPosterior(
  sample: Moments,
  prior: NormalInverseGamma,
  options: { readonly level?: number } = {},
): MeanPosterior {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireMoments('sample', sample);
  requireFinite('prior.mean', prior.mean);
  for (const key of ['kappa', 'alpha', 'beta'] as const) requirePositive(`prior.${key}`, prior[key]);
  const kappa = prior.kappa + sample.n;
  const mean = sample.n === 0 ? prior.mean : prior.mean + (sample.n / kappa) * (sample.mean - prior.mean);
  const alpha = prior.alpha + sample.n / 2;
  const between = sample.n === 0 ? 0 : prior.kappa * (sample.n / kappa) * (sample.mean - prior.mean) ** 2;
  const beta = prior.beta + 0.5 * (sample.m2 + between);
  const marginal = { mean, scale: Math.sqrt(beta / alpha / kappa), degreesOfFreedom: 2 * alpha };
  const half = studentTUpperQuantile((1 - level) / 2, marginal.degreesOfFreedom) * marginal.scale;
  return { mean, kappa, alpha, beta, marginal, level, interval: { lower: mean - half, upper: mean + half } };
}

/**
 * The probability of each arm to have the highest, and the lowest, mean under Student t posteriors.
 *
 * Input: centre, scale and degrees of freedom per arm, at least 0.5. Output: {@link BestArm}.
 * Error: absolute 1e-10 (two Cauchy arms in closed form, normal limit). Source: quadrature over asinh of the standardised value, in
 * which the tails of Student's t fall exponentially.
 * @throws RangeError if there is no arm or a number is out of its domain.
 * @example
 * studentBestArm([{ mean: 1, scale: 0.3, degreesOfFreedom: 9 }, { mean: 1.4, scale: 0.4, degreesOfFreedom: 5 }])
 *   .probabilityBest; // [0.2369..., 0.7630...]
 */
export function studentBestArm(arms: readonly StudentPosterior[]): BestArm {
  requireNotEmpty('arms', arms);
  arms.forEach((arm, index) => {
    requireFinite(`arms[${index}].mean`, arm.mean);
    requirePositive(`arms[${index}].scale`, arm.scale);
    const df = arm.degreesOfFreedom;
    if (!(df >= 0.5 && df <= 1e12)) {
      throw new RangeError(`arms[${index}].degreesOfFreedom must be from 0.5 to 1e12, got ${String(df)}`);
    }
  });
  return bestOf(arms.length, (arm, sign) => logBest(arms, arm, sign));
}

function logBest(arms: readonly StudentPosterior[], arm: number, sign: 1 | -1): number {
  const own = arms[arm]!;
  const others = arms.filter((_, index) => index !== arm);
  const integrand = (u: number): number => {
    const t = Math.sinh(u);
    const x = own.mean + own.scale * t;
    const tails = others.reduce((sum, each) => {
      return sum + studentTLogSf((-sign * (x - each.mean)) / each.scale, each.degreesOfFreedom);
    }, 0);
    return tails + logDensity(t, own.degreesOfFreedom) + Math.log(Math.cosh(u));
  };
  const end = farEnd(own.degreesOfFreedom);
  // the places of the other arms, seen from this one: there the integrand bends, or peaks a second time
  const places = others.flatMap(({ mean, scale }) =>
    [-8, 0, 8].map((k) => Math.asinh((mean + k * scale - own.mean) / own.scale)),
  );
  const width = 1 / Math.sqrt(own.degreesOfFreedom);
  const near = [-8, -3, 0, 3, 8].map((k) => Math.asinh(k * Math.max(1, width)));
  const inside = [...places, ...near].filter((u) => Math.abs(u) < end);
  return logIntegral(
    integrand,
    [...new Set([-end, ...inside, end])].sort((a, b) => a - b),
  );
}

/** Where the density has fallen by e^300, or as far as sinh reaches. */
function farEnd(df: number): number {
  const top = logDensity(0, df);
  let end = 1;
  while (end < 700 && logDensity(Math.sinh(end), df) + end > top - 300) end *= 1.3;
  return Math.min(700, end);
}

function logDensity(t: number, df: number): number {
  if (t === 0) return -logBeta(df / 2, 0.5) - 0.5 * Math.log(df);
  const odds = (t / df) * t;
  if (!Number.isFinite(odds)) return Number.NEGATIVE_INFINITY;
  return logBetaKernel(1 / (1 + odds), odds / (1 + odds), df / 2, 0.5) - Math.log(Math.abs(t));
}
