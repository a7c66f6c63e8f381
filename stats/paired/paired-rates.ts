import { normalTwoSidedP, normalUpperQuantile } from '../distributions/normal.ts';
import { type Interval, requireCount, requireLevel } from '../domain.ts';
import { signTest } from '../interleaving/preference.ts';
import type { NotEnough } from '../means/mean-test.ts';
import { clopperPearsonInterval } from '../proportions/one-proportion.ts';
import { findRoot } from '../special/find-root.ts';
import { logBinomialPmf } from '../special/log-mass.ts';

/** Pairs by what happened to both answers of a request: for instance "right" or "wrong". */
export interface PairedCounts {
  readonly both: number;
  readonly controlOnly: number;
  readonly treatmentOnly: number;
  readonly neither: number;
}

export interface PairedRates {
  /** `no_variance`: no pair differs, so that there is nothing to test. */
  readonly status: 'ok' | 'no_variance';
  readonly method: string;
  /** Rate of treatment minus rate of control. */
  readonly estimate: number;
  /** McNemar's statistic and its p; `null` where no pair differs. */
  readonly z: number | null;
  readonly p: number | null;
  readonly log10P: number | null;
  /** Exact binomial p of the pairs that differ, and the same less half of what was seen. */
  readonly exactP: number | null;
  readonly midP: number | null;
  readonly level: number;
  /** Excludes 0 exactly when `p` is below 1 - level. */
  readonly interval: Interval;
  /** Share of pairs with the same answer, with an interval of at least the level. */
  readonly agreement: { readonly share: number; readonly interval: Interval };
}

/**
 * Whether two answers to the same requests are right equally often, and how often they agree.
 *
 * Input: {@link PairedCounts}; the level. Output: {@link PairedRates}.
 * Error: interval absolute 1e-12 (mpmath); exact p as `signTest`.
 * Assumes: independent pairs, one a unit: requests of one user are not.
 * Edges: no pairs: `insufficient`; no pair that differs: `no_variance` with the interval alone.
 * Source: McNemar 1947; Tango 1998 (interval by the same score); Fagerland, Lydersen, Laake 2013 (mid-p); Clopper and
 * Pearson 1934.
 * @throws RangeError if a count is not a whole number of at least 0 or the level outside (0, 1).
 * @example
 * pairedRates({ both: 850, controlOnly: 20, treatmentOnly: 45, neither: 85 }).p; // 0.0019...
 */
export function pairedRates(counts: PairedCounts, options: { readonly level?: number } = {}): PairedRates | NotEnough {
  const { both, controlOnly, treatmentOnly, neither } = counts;
  const level = options.level ?? 0.95;
  requireLevel(level);
  for (const [name, count] of Object.entries({ both, controlOnly, treatmentOnly, neither })) requireCount(name, count);
  const n = both + controlOnly + treatmentOnly + neither;
  requireCount('the number of pairs', n);
  if (n === 0) return { status: 'insufficient', missing: 'no pairs' };
  const agreed = both + neither;
  return {
    method: "McNemar, Tango's interval",
    estimate: (treatmentOnly - controlOnly) / n,
    ...tests(controlOnly, treatmentOnly),
    level,
    interval: scoreInterval(controlOnly, treatmentOnly, n, normalUpperQuantile((1 - level) / 2)),
    agreement: { share: agreed / n, interval: clopperPearsonInterval({ x: agreed, n }, { level }) },
  };
}

type Tests = Pick<PairedRates, 'status' | 'z' | 'p' | 'log10P' | 'exactP' | 'midP'>;

function tests(controlOnly: number, treatmentOnly: number): Tests {
  const differ = controlOnly + treatmentOnly;
  if (differ === 0) return { status: 'no_variance', z: null, p: null, log10P: null, exactP: null, midP: null };
  const z = (treatmentOnly - controlOnly) / Math.sqrt(differ);
  const sign = signTest({ winsControl: controlOnly, winsTreatment: treatmentOnly, ties: 0 });
  const exactP = sign.status === 'ok' ? sign.p! : 1;
  const seen = Math.exp(logBinomialPmf(treatmentOnly, differ, 0.5, 0.5));
  const midP = controlOnly === treatmentOnly ? 1 : Math.max(0, exactP - seen);
  return { status: 'ok', z, ...normalTwoSidedP(z), exactP, midP };
}

/** All differences that the score test does not reject. */
function scoreInterval(controlOnly: number, treatmentOnly: number, n: number, critical: number): Interval {
  return {
    lower: lowerLimit(controlOnly, treatmentOnly, n, critical),
    upper: -lowerLimit(treatmentOnly, controlOnly, n, critical),
  };
}

function lowerLimit(less: number, more: number, n: number, critical: number): number {
  const excess = (difference: number): number =>
    more - less - n * difference - critical * Math.sqrt(n * differenceVariance(less, more, n, difference));
  return findRoot(excess, (more - less) / n, -1);
}

/** Variance of a pair's difference, with the rate of `less` at its most likely under the given difference. */
function differenceVariance(less: number, more: number, n: number, difference: number): number {
  const b = (2 * n - more + less) * difference - less - more;
  const c = -less * difference * (1 - difference);
  const root = Math.sqrt(Math.max(0, b * b - 8 * n * c));
  // the larger root of 2 n q² + b q + c, without cancelling
  const q = b <= 0 ? (root - b) / (4 * n) : (-2 * c) / (root + b);
  return Math.max(0, 2 * Math.max(0, q) + difference * (1 - difference));
}
