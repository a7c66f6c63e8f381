import { logGamma } from '../../stats/index.ts';

/** Numbers that look random and repeat with their seed. */
export interface RandomStream {
  /** From 0 to below 1, 53 bits. */
  uniform: () => number;
  normal: () => number;
  /** Sum of n squares of normals, n above 0 and not necessarily whole. */
  chiSquare: (degreesOfFreedom: number) => number;
  beta: (alpha: number, beta: number) => number;
  binomial: (n: number, p: number) => number;
  /** A whole number from 0 to below n. */
  below: (n: number) => number;
}

/** Streams of other names are independent, so that a check draws the same numbers whether or not it runs alone. */
export function randomStream(seed: number, name: string): RandomStream {
  const uniform = uniformsOf(nextWordOf(stateOf(seed, name)));
  const normal = normalsOf(uniform);
  const gamma = (shape: number): number => drawGamma(shape, uniform, normal);
  return {
    uniform,
    normal,
    chiSquare: (degreesOfFreedom) => 2 * gamma(degreesOfFreedom / 2),
    beta: (alpha, beta) => {
      const a = gamma(alpha);
      return a / (a + gamma(beta));
    },
    binomial: (n, p) => (p > 0.5 ? n - drawBinomial(n, 1 - p, uniform) : drawBinomial(n, p, uniform)),
    below: (n) => Math.floor(uniform() * n),
  };
}

/** The state of a generator from a number and a name: FNV-1a, spread by splitmix32. */
function stateOf(seed: number, name: string): Uint32Array {
  let hash = 0x811c9dc5;
  for (const char of `${seed} ${name}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  const state = new Uint32Array(4);
  for (let k = 0; k < 4; k++) {
    hash = (hash + 0x9e3779b9) | 0;
    let z = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    state[k] = z ^ (z >>> 15);
  }
  return state;
}

/** xoshiro128**: whole numbers of 32 bits, changing the state. Source: Blackman and Vigna 2021. */
export function nextWordOf(state: Uint32Array): () => number {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  return () => {
    const word = Math.imul(turn(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = turn(d, 11);
    return word >>> 0;
  };
}

function uniformsOf(nextWord: () => number): () => number {
  return () => ((nextWord() >>> 5) * 67_108_864 + (nextWord() >>> 6)) / 2 ** 53;
}

/** Source: the polar method of Marsaglia and Bray 1964, which gives two at a time. */
function normalsOf(uniform: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      spare = y * scale;
      return x * scale;
    }
  };
}

/** Source: Marsaglia and Tsang 2000; below shape 1 by the power of a uniform. */
function drawGamma(shape: number, uniform: () => number, normal: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, uniform, normal) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** For p up to a half. Source: inversion below 10 expected events, else the rejection BTRS of Hörmann 1993. */
function drawBinomial(n: number, p: number, uniform: () => number): number {
  if (n === 0 || p === 0) return 0;
  return n * p < 10 ? invertBinomial(n, p, uniform) : rejectBinomial(n, p, uniform);
}

function invertBinomial(n: number, p: number, uniform: () => number): number {
  const odds = p / (1 - p);
  let mass = Math.exp(n * Math.log1p(-p));
  let left = uniform();
  let x = 0;
  while (left >= mass && x < n) {
    left -= mass;
    mass *= (odds * (n - x)) / (x + 1);
    x += 1;
  }
  return x;
}

function rejectBinomial(n: number, p: number, uniform: () => number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const fast = 0.92 - 4.2 / b;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const logMode = logGamma(mode + 1) + logGamma(n - mode + 1);
  for (;;) {
    const u = uniform() - 0.5;
    const v = 1 - uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + centre);
    if (k < 0 || k > n) continue;
    if (edge >= 0.07 && v <= fast) return k;
    const height = Math.log((v * (2.83 + 5.1 / b) * spread) / (a / (edge * edge) + b));
    if (height <= logMode - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * logOdds) return k;
  }
}
