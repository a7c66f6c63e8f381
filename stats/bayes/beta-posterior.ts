import { betaQuantile, betaUpperQuantile } from '../distributions/beta.ts';
import { type Interval, requireFinite, requireLevel, requireNotEmpty, requireShape } from '../domain.ts';
import { logBetaKernel, logBetaTails } from '../special/incomplete-beta.ts';
import { logConcaveIntegral, logIntegral } from '../special/integrate.ts';
import { toLog10 } from '../special/log-space.ts';
import { type BestArm, bestOf, logConcaveBest, type Marginal } from './best-arm.ts';

/** A beta posterior of a rate: alpha counts successes and beta failures, each with what the prior adds. */
export interface BetaPosterior {
  readonly alpha: number;
  readonly beta: number;
}

export interface BetaComparison {
  readonly probabilityTreatmentBetter: number;
  readonly probabilityControlBetter: number;
  /** Base-10 logarithm of the smaller of the two, right also where it underflows. */
  readonly log10Smaller: number;
  /** The rate that is given up on average by choosing this arm: E[max(other - this, 0)]. */
  readonly lossTreatment: number;
  readonly lossControl: number;
  readonly meanControl: number;
  readonly meanTreatment: number;
  readonly level: number;
  readonly intervalControl: Interval;
  readonly intervalTreatment: Interval;
}

interface Logit {
  readonly x: number;
  readonly y: number;
}

function fromLogit(t: number): Logit {
  return { x: 1 / (1 + Math.exp(-t)), y: 1 / (1 + Math.exp(t)) };
}

/** On the line of logits, where density and tails of every beta distribution have concave logarithms. */
function onLogits({ alpha, beta }: BetaPosterior): Marginal {
  const at = <T>(f: (x: number, y: number, a: number, b: number) => T) => {
    return (t: number): T => {
      const { x, y } = fromLogit(t);
      return f(x, y, alpha, beta);
    };
  };
  return {
    logDensity: (t) => {
      const { x, y } = fromLogit(t);
      return x === 0 || y === 0 ? Number.NEGATIVE_INFINITY : logBetaKernel(x, y, alpha, beta);
    },
    logBelow: at((x, y, a, b) => logBetaTails(x, y, a, b).lower),
    logAbove: at((x, y, a, b) => logBetaTails(x, y, a, b).upper),
    centre: Math.log(alpha / beta),
    spread: Math.sqrt(1 / alpha + 1 / beta),
  };
}

/**
 * Which of two rates is higher, and what a wrong choice costs, under beta posteriors.
 *
 * Input: posteriors of control and treatment, parameters above 0; level of the intervals.
 * Output: {@link BetaComparison}. Choose an arm when its loss is below what you care about; the probability is not a p.
 * Error: relative 1e-12 of both probabilities, 1e-11 of losses, for parameters from 0.5 to 1e4 (finite sum, mpmath).
 * Assumes: independent units and a prior that was fixed before the data.
 * Edges: parameters below 0.05 put mass closer to 0 or 1 than a double can hold.
 * Source: one-dimensional quadrature over logits; loss by Stucchio 2015 as the integral of P(A > x) P(B < x).
 * @throws RangeError if a parameter is not above 0 and at most 1e12 or the level outside (0, 1).
 * @example
 * betaComparison({ alpha: 11, beta: 91 }, { alpha: 15, beta: 87 }).probabilityTreatmentBetter; // 0.8034...
 */
export function betaComparison(
  control: BetaPosterior,
  treatment: BetaPosterior,
  options: { readonly level?: number } = {},
): BetaComparison {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireBeta('control', control);
  requireBeta('treatment', treatment);
  const arms = [onLogits(control), onLogits(treatment)];
  const logTreatment = Math.min(0, logConcaveBest(arms, 1, 1));
  const logControl = Math.min(0, logConcaveBest(arms, 0, 1));
  return {
    probabilityTreatmentBetter: Math.exp(logTreatment),
    probabilityControlBetter: Math.exp(logControl),
    log10Smaller: toLog10(Math.min(logTreatment, logControl)),
    lossTreatment: loss(arms[1]!, arms[0]!),
    lossControl: loss(arms[0]!, arms[1]!),
    meanControl: control.alpha / (control.alpha + control.beta),
    meanTreatment: treatment.alpha / (treatment.alpha + treatment.beta),
    level,
    intervalControl: credibleInterval(control, level),
    intervalTreatment: credibleInterval(treatment, level),
  };
}

/** E[max(other - chosen, 0)]: the integral of P(chosen < x) P(other > x) dx. */
function loss(chosen: Marginal, other: Marginal): number {
  const integrand = (t: number): number => {
    const { x, y } = fromLogit(t);
    return chosen.logBelow(t) + other.logAbove(t) + Math.log(x) + Math.log(y);
  };
  const start = (chosen.centre + other.centre) / 2;
  const bends = [chosen, other].flatMap(({ centre, spread }) => [-6, 0, 6].map((k) => centre + k * spread));
  return Math.exp(logConcaveIntegral(integrand, start, Math.min(chosen.spread, other.spread), bends));
}

/** The interval with equal tails. */
function credibleInterval({ alpha, beta }: BetaPosterior, level: number): Interval {
  const tail = (1 - level) / 2;
  return { lower: betaQuantile(tail, alpha, beta), upper: betaUpperQuantile(tail, alpha, beta) };
}

/**
 * The probability that treatment is better than control by more than a threshold.
 *
 * Input: two posteriors; `difference`, a difference of rates; `lift`, a relative one (0.05 for 5 %), above -1.
 * Output: P(treatment - control > difference) and P(treatment / control - 1 > lift).
 * Error: absolute 1e-12 (closed forms for uniform rates). Assumes, edges: as {@link betaComparison}.
 * @throws RangeError if a parameter is out of its domain.
 * @example
 * betaThreshold({ alpha: 501, beta: 9501 }, { alpha: 561, beta: 9441 }, { difference: 0.002, lift: 0.05 });
 * // { probabilityDifference: 0.8965..., probabilityLift: 0.8592... }
 */
export function betaThreshold(
  control: BetaPosterior,
  treatment: BetaPosterior,
  threshold: { readonly difference: number; readonly lift: number },
): { probabilityDifference: number; probabilityLift: number } {
  requireBeta('control', control);
  requireBeta('treatment', treatment);
  const { difference, lift } = threshold;
  requireFinite('difference', difference);
  if (!(Number.isFinite(lift) && lift > -1)) throw new RangeError(`lift must be a finite number above -1, got ${lift}`);
  const centre = treatment.alpha / (treatment.alpha + treatment.beta);
  const above = (shift: (rate: Logit) => Logit, places: readonly number[]): number => {
    const integrand = (t: number, own: Marginal): number => {
      const { x, y } = shift(fromLogit(t));
      return own.logDensity(t) + logBetaTails(x, y, treatment.alpha, treatment.beta).upper;
    };
    return integrateOver(control, integrand, places);
  };
  return {
    probabilityDifference: above(
      ({ x, y }) => ({ x: x + difference, y: y - difference }),
      [-difference, 1 - difference, centre - difference],
    ),
    probabilityLift: above(
      ({ x, y }) => ({ x: (1 + lift) * x, y: y - lift * x }),
      [1 / (1 + lift), centre / (1 + lift)],
    ),
  };
}

/** The integral over the rate of one arm; `places` are rates where the integrand bends. */
function integrateOver(
  arm: BetaPosterior,
  integrand: (t: number, own: Marginal) => number,
  places: readonly number[],
): number {
  const own = onLogits(arm);
  const floor = own.logDensity(own.centre) - 700;
  const end = (sign: 1 | -1): number => {
    let far = own.spread;
    while (own.logDensity(own.centre + sign * far) > floor) far *= 1.5;
    return own.centre + sign * far;
  };
  const [low, high] = [end(-1), end(1)];
  const bends = places.filter((rate) => rate > 0 && rate < 1).map((rate) => Math.log(rate / (1 - rate)));
  const near = [-8, -3, 0, 3, 8].map((k) => own.centre + k * own.spread);
  const inside = [...near, ...bends].filter((t) => t > low && t < high);
  const points = [...new Set([low, ...inside, high])].sort((a, b) => a - b);
  return Math.min(1, Math.exp(logIntegral((t) => integrand(t, own), points)));
}

/**
 * The probability of each arm to have the highest, and the lowest, rate.
 *
 * Input: one beta posterior per arm. Output: {@link BestArm}. Error: absolute 1e-11 (sum of all arms).
 * Assumes, edges: as {@link betaComparison}. Source: quadrature of one density times the tails of the others.
 * @throws RangeError if there is no arm or a parameter is out of its domain.
 * @example
 * betaBestArm([{ alpha: 11, beta: 91 }, { alpha: 15, beta: 87 }, { alpha: 9, beta: 93 }]).probabilityBest;
 * // [0.1786..., 0.7571..., 0.0641...]
 */
export function betaBestArm(arms: readonly BetaPosterior[]): BestArm {
  requireNotEmpty('arms', arms);
  arms.forEach((arm, index) => {
    requireBeta(`arms[${index}]`, arm);
  });
  const marginals = arms.map(onLogits);
  return bestOf(arms.length, (arm, sign) => logConcaveBest(marginals, arm, sign));
}

function requireBeta(name: string, { alpha, beta }: BetaPosterior): void {
  requireShape(`${name}.alpha`, alpha);
  requireShape(`${name}.beta`, beta);
}
