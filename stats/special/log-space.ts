/** Arithmetic on natural logarithms of probabilities, for values that underflow as plain numbers. */

/** log(1 - e^x) for x <= 0, without cancellation at either end (Maechler 2012, "log1mexp"). */
export function log1mExp(x: number): number {
  if (x >= 0) return Number.NEGATIVE_INFINITY;
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/** log(e^a + e^b). */
export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b);
  const low = Math.min(a, b);
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

/** A base-10 logarithm from a natural one; 0 stays +0. */
export function toLog10(naturalLog: number): number {
  return naturalLog === 0 ? 0 : naturalLog / Math.LN10;
}
