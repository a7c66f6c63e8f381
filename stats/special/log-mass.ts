import { devianceTerm, stirlingError } from './saddle-point.ts';

/** log of the probability of x successes in n trials of probability p (q = 1 - p). Source: Loader 2000. */
export function logBinomialPmf(x: number, n: number, p: number, q: number): number {
  if (x < 0 || x > n) return Number.NEGATIVE_INFINITY;
  if (p === 0 || q === 0) return x === (p === 0 ? 0 : n) ? 0 : Number.NEGATIVE_INFINITY;
  if (x === 0) return n * (p < 0.5 ? Math.log1p(-p) : Math.log(q));
  if (x === n) return n * (q < 0.5 ? Math.log1p(-q) : Math.log(p));
  const offset = x * q - (n - x) * p;
  const deviance = devianceTerm(x, n * p, offset) + devianceTerm(n - x, n * q, -offset);
  const correction = stirlingError(n) - stirlingError(x) - stirlingError(n - x);
  return correction - deviance - 0.5 * Math.log(2 * Math.PI * x * ((n - x) / n));
}

/** log of the probability of x marked among n drawn without replacement from `marked` + `plain`. */
export function logHypergeometricPmf(x: number, marked: number, plain: number, n: number): number {
  const total = marked + plain;
  const p = n / total;
  const q = (total - n) / total;
  return logBinomialPmf(x, marked, p, q) + logBinomialPmf(n - x, plain, p, q) - logBinomialPmf(n, total, p, q);
}
