import { type LogFunction, logConcaveIntegral, logIntegral } from '../special/integrate.ts';

/** The posterior of one arm on the line of integration: the logarithm may be of a value, a logit or the like. */
export interface Marginal {
  readonly logDensity: LogFunction;
  readonly logBelow: LogFunction;
  readonly logAbove: LogFunction;
  readonly centre: number;
  readonly spread: number;
}

export interface BestArm {
  /** Per arm, the probability that its value is the largest; their sum is 1. */
  readonly probabilityBest: readonly number[];
  /** Per arm, the probability that its value is the smallest. */
  readonly probabilitySmallest: readonly number[];
}

/** Both probabilities for every arm, from a function that integrates density and tails for one arm. */
export function bestOf(count: number, logProbability: (arm: number, sign: 1 | -1) => number): BestArm {
  const side = (sign: 1 | -1): number[] =>
    Array.from({ length: count }, (_, arm) => (count === 1 ? 1 : Math.exp(Math.min(0, logProbability(arm, sign)))));
  return { probabilityBest: side(1), probabilitySmallest: side(-1) };
}

/**
 * log of the probability that one arm is the largest (sign 1) or the smallest (sign -1): the integral of its density
 * times the tails of all others, for marginals whose densities and tails have concave logarithms.
 */
export function logConcaveBest(marginals: readonly Marginal[], arm: number, sign: 1 | -1): number {
  const own = marginals[arm]!;
  const others = marginals.filter((_, index) => index !== arm);
  const tail = sign === 1 ? 'logBelow' : 'logAbove';
  const integrand = (x: number): number => others.reduce((sum, each) => sum + each[tail](x), own.logDensity(x));
  const bends = others.flatMap(({ centre, spread }) => [-6, 0, 6].map((k) => centre + k * spread));
  return logConcaveIntegral(integrand, own.centre, own.spread, bends);
}

/**
 * The expected shortfall of an arm: E[largest of all] - E[arm], the integral of P(arm < x) P(some other > x), which has
 * no difference of large numbers in it. `logMeasure` is log dx on the line of integration, 0 where that is x itself.
 */
export function expectedShortfall(marginals: readonly Marginal[], arm: number, logMeasure: LogFunction): number {
  const own = marginals[arm]!;
  const others = marginals.filter((_, index) => index !== arm);
  if (others.length === 0) return 0;
  const integrand = (x: number): number => {
    const allBelow = others.reduce((sum, each) => sum + each.logBelow(x), 0);
    const otherAbove = others.length === 1 ? others[0]!.logAbove(x) : logOneMinusExp(allBelow, others, x);
    return own.logBelow(x) + otherAbove + logMeasure(x);
  };
  const ends = marginals.flatMap(({ centre, spread }) => [-40, -9, -3, 0, 3, 9, 40].map((k) => centre + k * spread));
  return Math.exp(
    logIntegral(
      integrand,
      [...new Set(ends)].sort((a, b) => a - b),
    ),
  );
}

/** log(1 - product of the probabilities below); where it rounds to 1, the largest tail has all the digits there are. */
function logOneMinusExp(allBelow: number, others: readonly Marginal[], x: number): number {
  if (allBelow < -1e-12) return Math.log(-Math.expm1(allBelow));
  const tails = others.map((each) => each.logAbove(x));
  const top = Math.max(...tails);
  return top === Number.NEGATIVE_INFINITY
    ? top
    : top + Math.log(tails.reduce((sum, tail) => sum + Math.exp(tail - top), 0));
}
