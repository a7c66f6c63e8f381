import { requireFinite, requireNonNegative } from '../domain.ts';

/** Estimates of two means with the variances of these estimates (not of single units) and their covariance. */
export interface MeanPair {
  readonly meanA: number;
  readonly varianceOfMeanA: number;
  readonly meanB: number;
  readonly varianceOfMeanB: number;
  /** 0 for independent arms, which is the default. */
  readonly covariance?: number;
}

/**
 * A confidence set of a ratio: an interval; everything outside one (`below` and `above` are its ends, and values up to
 * `below` and from `above` on belong to the set); or the whole line.
 */
export type RatioSet =
  | { readonly kind: 'bounded'; readonly lower: number; readonly upper: number }
  | { readonly kind: 'outside'; readonly below: number; readonly above: number }
  | { readonly kind: 'whole_line' };

export interface FiellerSet {
  readonly set: RatioSet;
  /** (critical value / the denominator's distance from 0 in standard errors) squared; from 1 on the set is unbounded. */
  readonly g: number;
}

/**
 * All ratios theta = B / A that the data do not reject: Fieller's confidence set.
 *
 * Input: {@link MeanPair} and the critical value (1.96 for the normal at 0.95, or Student's t).
 * Output: {@link FiellerSet}; theta = 1 is outside exactly when |B - A| exceeds the critical value times its standard
 * error. An unbounded set means that the denominator may be 0: show no interval then, and say why.
 * Error: relative 1e-12 of the ends where the discriminant is not itself rounding (mpmath).
 * Assumes: jointly normal estimates.
 * Edges: A = 0 gives g = `Infinity`; A = 0 without variance leaves the ratio undefined: the whole line.
 * Source: Fieller 1954; the three cases as in Franz 2007 (arXiv 0710.2024).
 * @throws RangeError if a number is not finite, a variance negative, or the covariance above what the variances allow.
 * @example
 * fiellerSet({ meanA: 10, varianceOfMeanA: 0.25, meanB: 11, varianceOfMeanB: 0.3, covariance: 0.2 }, 1.96).set.kind; // 'bounded'
 */
export function fiellerSet(pair: MeanPair, critical: number): FiellerSet {
  requirePair(pair, pair.covariance ?? 0, critical);
  const { meanA, meanB, varianceOfMeanA, varianceOfMeanB, covariance } = scaled(pair);
  const square = critical * critical;
  const g = varianceOfMeanA === 0 ? 0 : (square * varianceOfMeanA) / (meanA * meanA);
  // a theta^2 - 2 b theta + c <= 0
  const a = meanA * meanA - square * varianceOfMeanA;
  const b = meanA * meanB - square * covariance;
  const c = meanB * meanB - square * varianceOfMeanB;
  // b^2 - a c, with the products that cancel already cancelled
  const terms = [
    meanA * meanA * varianceOfMeanB,
    meanB * meanB * varianceOfMeanA,
    -2 * meanA * meanB * covariance,
    square * covariance * covariance,
    -square * varianceOfMeanA * varianceOfMeanB,
  ];
  const sum = terms.reduce((total, term) => total + term, 0);
  const rounding = 4 * Number.EPSILON * terms.reduce((total, term) => total + Math.abs(term), 0);
  const discriminant = square * (Math.abs(sum) <= rounding ? 0 : sum);
  return { set: solve(a, b, c, discriminant), g };
}

/** The pair in a unit (a power of 2) in which no square overflows: ratios do not depend on the unit. */
function scaled(pair: MeanPair): Required<MeanPair> {
  const sizes = [pair.meanA, pair.meanB, Math.sqrt(pair.varianceOfMeanA), Math.sqrt(pair.varianceOfMeanB)];
  const largest = Math.max(...sizes.map(Math.abs));
  const unit = largest > 1e70 || largest < 1e-70 ? 2 ** Math.round(Math.log2(largest || 1)) : 1;
  return {
    meanA: pair.meanA / unit,
    meanB: pair.meanB / unit,
    varianceOfMeanA: pair.varianceOfMeanA / unit / unit,
    varianceOfMeanB: pair.varianceOfMeanB / unit / unit,
    covariance: (pair.covariance ?? 0) / unit / unit,
  };
}

/** Beyond it squares may overflow. */
const LARGEST_CRITICAL = 1e100;

function requirePair(pair: MeanPair, covariance: number, critical: number): void {
  requireFinite('meanA', pair.meanA);
  requireFinite('meanB', pair.meanB);
  requireNonNegative('varianceOfMeanA', pair.varianceOfMeanA);
  requireNonNegative('varianceOfMeanB', pair.varianceOfMeanB);
  requireFinite('covariance', covariance);
  requireNonNegative('critical', critical);
  if (critical > LARGEST_CRITICAL)
    throw new RangeError(`critical must be at most ${LARGEST_CRITICAL}, got ${critical}`);
  const most = Math.sqrt(pair.varianceOfMeanA) * Math.sqrt(pair.varianceOfMeanB);
  if (Math.abs(covariance) > most * (1 + 1e-9)) {
    throw new RangeError(`covariance must be at most ${most} in size for these variances, got ${covariance}`);
  }
}

function solve(a: number, b: number, c: number, discriminant: number): RatioSet {
  if (a === 0) return solveLinear(b, c);
  if (discriminant < 0) return { kind: 'whole_line' };
  // the root without cancellation first, the other by the product c / a
  const far = b >= 0 ? b + Math.sqrt(discriminant) : b - Math.sqrt(discriminant);
  const one = far / a;
  const other = far === 0 ? 0 : c / far;
  const [low, high] = one <= other ? [one, other] : [other, one];
  return a > 0 ? { kind: 'bounded', lower: low, upper: high } : { kind: 'outside', below: low, above: high };
}

/** c <= 2 b theta: a half-line, said as "outside" with one end at infinity. */
function solveLinear(b: number, c: number): RatioSet {
  if (b === 0) return { kind: 'whole_line' };
  const end = c / (2 * b);
  return b > 0
    ? { kind: 'outside', below: Number.NEGATIVE_INFINITY, above: end }
    : { kind: 'outside', below: end, above: Number.POSITIVE_INFINITY };
}
