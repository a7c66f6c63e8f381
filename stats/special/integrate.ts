/**
 * Integrals of positive functions given by their logarithm, so that a result of 1e-300 has as many digits as one near 1.
 */

/** The natural logarithm of a positive integrand; `-Infinity` where it is 0. */
export type LogFunction = (x: number) => number;

interface Panel {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly error: number;
}

/** Node, weight of the 15-point rule, weight of the 7-point rule within it. Source: Piessens et al. 1983, QUADPACK. */
const RULE = [
  [0.9914553711208126, 0.022935322010529224, 0],
  [0.9491079123427585, 0.06309209262997856, 0.1294849661688697],
  [0.8648644233597691, 0.10479001032225017, 0],
  [0.7415311855993943, 0.14065325971552592, 0.27970539148927664],
  [0.5860872354676911, 0.1690047266392679, 0],
  [0.4058451513773972, 0.19035057806478542, 0.3818300505051189],
  [0.20778495500789848, 0.20443294007529889, 0],
] as const;
const CENTRE = [0.20948214108472782, 0.4179591836734694] as const;
const GOLDEN = 0.3819660112501051;
/** Into how many panels an interval between two points is cut at once. */
const PIECES = 4;
const MAX_PANELS = 2000;
/** The error looked for by the estimate, which overstates it; below this it would chase the rounding of f. */
const TOLERANCE = 1e-12;
/** A concave logarithm is followed until it has fallen by this much: e^-50 of the peak is below the last digit. */
const DROP = 50;

/**
 * The logarithm of the integral of exp(f) over a list of neighbouring intervals.
 *
 * Input: f; `points`, at least two, increasing: the ends, and every place where f bends or peaks.
 * Output: the natural logarithm of the integral; `-Infinity` where the integrand is 0 at every point looked at.
 * Error: relative 1e-13 of the integral where f is smooth between the points.
 * Source: Gauss–Kronrod 7/15, the panel with the largest error halved first.
 */
export function logIntegral(f: LogFunction, points: readonly number[]): number {
  const ends = points.slice(0, -1).flatMap((from, i) => {
    const step = (points[i + 1]! - from) / PIECES;
    return Array.from({ length: PIECES }, (_, k) => from + k * step);
  });
  ends.push(points.at(-1)!);
  const scale = largest(f, ends);
  if (scale === Number.NEGATIVE_INFINITY) return scale;
  const panels = ends.slice(0, -1).map((from, i) => panel(f, scale, from, ends[i + 1]!));
  return scale + Math.log(refine(f, scale, panels));
}

function largest(f: LogFunction, ends: readonly number[]): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i + 1 < ends.length; i++) {
    for (let k = 0; k < 3; k++) best = Math.max(best, f(ends[i]! + ((ends[i + 1]! - ends[i]!) * (k + 0.5)) / 3));
  }
  return best;
}

function refine(f: LogFunction, scale: number, panels: Panel[]): number {
  const sum = (key: 'value' | 'error'): number => panels.reduce((total, each) => total + each[key], 0);
  while (panels.length < MAX_PANELS) {
    const total = sum('value');
    if (sum('error') <= TOLERANCE * total) break;
    // halve all panels that matter at once: fewer passes than one at a time
    const share = (TOLERANCE * total) / panels.length;
    const coarse = panels.filter((each) => each.error > share);
    const fine = panels.filter((each) => each.error <= share);
    const halves = coarse.flatMap(({ from, to }) => {
      const middle = from + (to - from) / 2;
      return [panel(f, scale, from, middle), panel(f, scale, middle, to)];
    });
    panels.splice(0, panels.length, ...fine, ...halves);
    if (coarse.every(({ from, to }) => to - from <= 1e-14 * Math.max(Math.abs(from), Math.abs(to)))) break;
  }
  return sum('value');
}

function panel(f: LogFunction, scale: number, from: number, to: number): Panel {
  const half = (to - from) / 2;
  const middle = from + half;
  const at = (x: number): number => Math.exp(f(x) - scale);
  const centre = at(middle);
  let kronrod = CENTRE[0] * centre;
  let gauss = CENTRE[1] * centre;
  for (const [node, weight, coarse] of RULE) {
    const both = at(middle - half * node) + at(middle + half * node);
    kronrod += weight * both;
    gauss += coarse * both;
  }
  // the difference of the two rules overstates the error of the finer one by far (QUADPACK's power 1.5)
  const difference = Math.abs(kronrod - gauss);
  const relative = kronrod === 0 ? 0 : difference / kronrod;
  return { from, to, value: kronrod * half, error: half * kronrod * Math.min(relative, (200 * relative) ** 1.5) };
}

/**
 * The logarithm of the integral of exp(f) over the whole line, for a concave f.
 *
 * Input: f, concave, falling without bound on both sides; `start`, where f is finite; `step`, a rough width of the peak;
 * `bends`, places where f turns within a small part of that width.
 * Output: the natural logarithm of the integral, as {@link logIntegral}, also where the peak is 1e-300 high.
 */
export function logConcaveIntegral(f: LogFunction, start: number, step: number, bends: readonly number[] = []): number {
  const peak = findPeak(f, start, step);
  const top = f(peak);
  const low = fallenEnd(f, peak, -step, top - DROP);
  const high = fallenEnd(f, peak, step, top - DROP);
  const inside = [peak, ...bends].filter((x) => x > low && x < high);
  return logIntegral(
    f,
    [...new Set([low, ...inside, high])].sort((a, b) => a - b),
  );
}

/** The place of the largest f, to a small part of the width of the peak; f rises before it and falls after it. */
function findPeak(f: LogFunction, start: number, step: number): number {
  let [low, high] = [start - step, start + step];
  for (let width = step; f(low) > f(low + width / 8); width *= 2) low -= width;
  for (let width = step; f(high) > f(high - width / 8); width *= 2) high += width;
  let left = low + GOLDEN * (high - low);
  let right = high - GOLDEN * (high - low);
  let [fLeft, fRight] = [f(left), f(right)];
  for (let k = 0; k < 60 && high - low > 1e-12 * Math.abs(high); k++) {
    if (fLeft >= fRight) {
      [high, right, fRight] = [right, left, fLeft];
      left = low + GOLDEN * (high - low);
      fLeft = f(left);
    } else {
      [low, left, fLeft] = [left, right, fRight];
      right = high - GOLDEN * (high - low);
      fRight = f(right);
    }
  }
  return (low + high) / 2;
}

/** Where f has fallen to the level, within a tenth of the distance from the peak. */
function fallenEnd(f: LogFunction, peak: number, step: number, level: number): number {
  let near = 0;
  let far = step;
  while (f(peak + far) > level && Number.isFinite(far)) {
    near = far;
    far *= 2;
  }
  while (Math.abs(far - near) > 0.1 * Math.abs(far)) {
    const middle = (near + far) / 2;
    if (f(peak + middle) > level) near = middle;
    else far = middle;
  }
  return peak + far;
}
