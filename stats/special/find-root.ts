/**
 * The point where a continuous function crosses 0 between two arguments.
 *
 * Input: f; `inside` and `outside`, where f has opposite signs; f(inside) = 0 counts as the sign opposite to
 * f(outside), so that the root found is the limit of the set around `inside`.
 * Output: a root to the last bit or two. If the signs are the same, which rounding can cause where the root is at an
 * end, the end with the smaller |f|.
 * Source: Chandrupatla 1997 (bisection safe, inverse quadratic where it is trustworthy).
 */
export function findRoot(f: (x: number) => number, inside: number, outside: number): number {
  let a = outside;
  let b = inside;
  let fa = f(a);
  let fb = f(b);
  if (fb === 0) fb = -fa;
  if (fa === 0 || fa > 0 === fb > 0) return Math.abs(fa) <= Math.abs(fb) ? a : b;
  let c = a;
  let fc = fa;
  let t = 0.5;
  for (let k = 0; k < 2000; k++) {
    const x = a + t * (b - a);
    const fx = f(x);
    if (fx > 0 === fa > 0) {
      c = a;
      fc = fa;
    } else {
      c = b;
      fc = fb;
      b = a;
      fb = fa;
    }
    a = x;
    fa = fx;
    const best = Math.abs(fa) < Math.abs(fb) ? a : b;
    const tolerance = Number.EPSILON * Math.abs(best) + Number.MIN_VALUE;
    const span = Math.abs(b - a);
    if (span <= 2 * tolerance || fa === 0) return fa === 0 ? a : best;
    t = nextFraction(a, b, c, fa, fb, fc, tolerance / span);
  }
  return a;
}

function nextFraction(a: number, b: number, c: number, fa: number, fb: number, fc: number, margin: number): number {
  const xi = (a - b) / (c - b);
  const phi = (fa - fb) / (fc - fb);
  const trusted = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
  if (!trusted) return 0.5;
  const t = (fa / (fb - fa)) * (fc / (fb - fc)) + (((c - a) / (b - a)) * (fa / (fc - fa)) * fb) / (fc - fb);
  return Math.min(1 - margin, Math.max(margin, t));
}
