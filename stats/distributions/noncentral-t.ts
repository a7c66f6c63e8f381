import { requireFinite, requireNonNegative, requirePositive } from '../domain.ts';
import { logConcaveIntegral } from '../special/integrate.ts';
import { devianceTerm, stirlingError } from '../special/saddle-point.ts';
import { normalLogSf } from './normal.ts';

/**
 * The natural logarithm of the probability that a noncentral Student t variable is above t.
 *
 * Input: t at least 0; df above 0, not necessarily whole; the noncentrality, any finite number. Output: at most 0.
 * Error: relative 1e-12 of the probability for df from 1 to 1e8 (mpmath).
 * Source: P(Z + noncentrality > t V) with V the root of a mean square of df values, integrated over log V, where the
 * integrand has a concave logarithm.
 * @throws RangeError if t is negative or not finite, df not above 0 or the noncentrality not finite.
 * @example
 * Math.exp(noncentralTLogSf(2.1009220402410382, 18, 1.118033988749895)); // 0.1838...
 */
export function noncentralTLogSf(t: number, df: number, noncentrality: number): number {
  requireNonNegative('t', t);
  requirePositive('df', df);
  requireFinite('noncentrality', noncentrality);
  if (t === 0) return normalLogSf(-noncentrality);
  const shape = df / 2;
  const scale = Math.LN2 + 0.5 * Math.log(shape / (2 * Math.PI)) - stirlingError(shape);
  const integrand = (logV: number): number => {
    const square = shape * Math.exp(2 * logV);
    const density =
      square === 0 ? 2 * shape * logV + shape : -devianceTerm(shape, square, -shape * Math.expm1(2 * logV));
    return scale + density + normalLogSf(t * Math.exp(logV) - noncentrality);
  };
  return Math.min(0, logConcaveIntegral(integrand, 0, 1 / Math.sqrt(2 * df)));
}
