/** The effects of one experiment on a proxy and on a business metric, with their sampling errors. */
export interface EffectPair {
  readonly proxy: number;
  readonly business: number;
  /** Squares of the standard errors. */
  readonly proxyVariance: number;
  readonly businessVariance: number;
  /** Sampling covariance of the two: both are measured on the same units. */
  readonly covariance: number;
}

/** Standard deviations of true effects are looked for between these, in units of the spread of the observed ones. */
const SMALLEST = Math.log(1e-3);
const LARGEST = Math.log(10);
/** Starts of the search, on the same scale: noise may explain most of the spread of one metric and not of the other. */
const STARTS = [
  [0.7, 0.7],
  [0.05, 0.7],
  [0.7, 0.05],
] as const;
const ROUNDS = 60;
/** Log-likelihoods this close are the same for a limit that is shown with two digits. */
const FLAT = 1e-6;
/** Two metrics that are one: keeps the table of their errors invertible. */
const NEARLY_ONE = 1 - 1e-9;

type Point = readonly [number, number];

/** Effects in units of their spread, about their means: what the likelihood is computed from, without cancellation. */
export function standardised(pairs: readonly EffectPair[]): EffectPair[] {
  const n = pairs.length;
  const mean = (of: (pair: EffectPair) => number): number => pairs.reduce((sum, pair) => sum + of(pair) / n, 0);
  const [x, y] = [mean((pair) => pair.proxy), mean((pair) => pair.business)];
  const spreadX = Math.sqrt(mean((pair) => (pair.proxy - x) ** 2 + pair.proxyVariance));
  const spreadY = Math.sqrt(mean((pair) => (pair.business - y) ** 2 + pair.businessVariance));
  return pairs.map((pair) => ({
    proxy: (pair.proxy - x) / spreadX,
    business: (pair.business - y) / spreadY,
    proxyVariance: pair.proxyVariance / spreadX / spreadX,
    businessVariance: pair.businessVariance / spreadY / spreadY,
    covariance: (pair.covariance / spreadX / spreadY) * NEARLY_ONE,
  }));
}

/**
 * Restricted log-likelihood of true effects that are bivariate normal with standard deviations `a`, `b` and correlation
 * `rho` over experiments, their means integrated out.
 */
function restricted(pairs: readonly EffectPair[], a: number, b: number, rho: number): number {
  let [log, square, sxx, sxy, syy, bx, by] = [0, 0, 0, 0, 0, 0, 0];
  for (const { proxy, business, proxyVariance, businessVariance, covariance } of pairs) {
    const vxx = a * a + proxyVariance;
    const vyy = b * b + businessVariance;
    const vxy = rho * a * b + covariance;
    const determinant = vxx * vyy - vxy * vxy;
    if (!(determinant > 0)) return Number.NEGATIVE_INFINITY;
    const [ixx, ixy, iyy] = [vyy / determinant, -vxy / determinant, vxx / determinant];
    log += Math.log(determinant);
    sxx += ixx;
    sxy += ixy;
    syy += iyy;
    const [px, py] = [ixx * proxy + ixy * business, ixy * proxy + iyy * business];
    bx += px;
    by += py;
    square += proxy * px + business * py;
  }
  const total = sxx * syy - sxy * sxy;
  const fitted = (bx * bx * syy - 2 * bx * by * sxy + by * by * sxx) / total;
  return -0.5 * (log + Math.log(total) + square - fitted);
}

/** The largest restricted log-likelihood at a correlation, over both standard deviations. */
export function profile(pairs: readonly EffectPair[], rho: number): number {
  const f = ([a, b]: Point): number => restricted(pairs, Math.exp(a), Math.exp(b), rho);
  return Math.max(...STARTS.map(([a, b]) => simplexMaximum(f, [Math.log(a), Math.log(b)])));
}

/** The same where one of the metrics has no true variation: its correlation with anything is then undefined. */
export function profileWithoutVariation(pairs: readonly EffectPair[]): number {
  const along = (f: (x: number) => number): number => simplexMaximum(([a]) => f(a), [Math.log(0.5), 0]);
  return Math.max(
    along((a) => restricted(pairs, Math.exp(a), 0, 0)),
    along((b) => restricted(pairs, 0, Math.exp(b), 0)),
    restricted(pairs, 0, 0, 0),
  );
}

/** The largest value seen by a simplex that walks uphill within the limits. Source: Nelder and Mead 1965. */
function simplexMaximum(f: (point: Point) => number, start: Point): number {
  const inside = (x: number): number => Math.min(LARGEST, Math.max(SMALLEST, x));
  const at = (x: number, y: number) => ({ x: inside(x), y: inside(y), value: f([inside(x), inside(y)]) });
  let corners = [at(start[0], start[1]), at(start[0] + 0.7, start[1]), at(start[0], start[1] + 0.7)];
  for (let round = 0; round < ROUNDS; round++) {
    corners.sort((one, two) => two.value - one.value);
    const [best, middle, worst] = corners as [(typeof corners)[0], (typeof corners)[0], (typeof corners)[0]];
    if (best.value - worst.value < FLAT) break;
    const centre = { x: (best.x + middle.x) / 2, y: (best.y + middle.y) / 2 };
    const move = (by: number) => at(centre.x + by * (centre.x - worst.x), centre.y + by * (centre.y - worst.y));
    const mirrored = move(1);
    const further = mirrored.value > best.value ? move(2) : mirrored;
    const tried = further.value > mirrored.value ? further : mirrored;
    const better = tried.value > middle.value ? tried : move(tried.value > worst.value ? 0.5 : -0.5);
    corners =
      better.value > worst.value
        ? [best, middle, better]
        : [
            best,
            at((best.x + middle.x) / 2, (best.y + middle.y) / 2),
            at((best.x + worst.x) / 2, (best.y + worst.y) / 2),
          ];
  }
  return Math.max(...corners.map((corner) => corner.value));
}
