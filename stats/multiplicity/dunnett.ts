import { normalSf, normalUpperQuantile } from '../distributions/normal.ts';
import { studentTUpperQuantile } from '../distributions/student-t.ts';
import { requireErrorRate, requireNotEmpty, requireNumber, requirePositive } from '../domain.ts';
import { findRoot } from '../special/find-root.ts';
import { gaussLegendre } from '../special/gauss-legendre.ts';
import { logIntegral } from '../special/integrate.ts';
import { stirlingError } from '../special/saddle-point.ts';

/** Several treatments against one control: the arms, and the degrees of freedom of the common variance. */
export interface DunnettDesign {
  readonly controlUnits: number;
  /** One per treatment. */
  readonly treatmentUnits: readonly number[];
  /** `Infinity`, the default, for large samples: the normal. */
  readonly degreesOfFreedom?: number;
}

export interface DunnettCritical {
  /** Reject where |t| is above it; intervals are estimate ± critical × standard error. */
  readonly critical: number;
  /** Bonferroni's for comparison; never smaller. */
  readonly bonferroni: number;
}

const HALF_LOG_TWO_PI = 0.9189385332046727;
/** Where the density of the standard deviation has fallen by e^-this from its peak, it ends. */
const DROP = 34;
const RULE = gaussLegendre(24);

/**
 * The critical value for comparing several treatments with one control: of the largest |t|, whose comparisons are
 * correlated because they share the control.
 *
 * Input: {@link DunnettDesign}; alpha, between 0 and 1, for all comparisons together. Output: {@link DunnettCritical}.
 * Error: absolute 1e-9 (one comparison against Student's t; two against the bivariate normal; published tables).
 * Assumes: one variance in all arms; the correlation of i and j is √(n_i / (n_i + n_0)) √(n_j / (n_j + n_0)).
 * Source: Dunnett 1955, 1964, by his integral over control's mean and the standard deviation.
 * @throws RangeError if there is no treatment, a number of units or df is not above 0, or alpha outside (0, 1).
 * @example
 * dunnettCriticalValue({ controlUnits: 100, treatmentUnits: [100, 100] }, 0.05).critical; // 2.2121...
 */
export function dunnettCriticalValue(design: DunnettDesign, alpha: number): DunnettCritical {
  requireErrorRate('alpha', alpha);
  const { loadings, df } = requireDesign(design);
  const quantile = (q: number): number =>
    df === Number.POSITIVE_INFINITY ? normalUpperQuantile(q) : studentTUpperQuantile(q, df);
  const bonferroni = quantile(alpha / (2 * loadings.length));
  if (loadings.length === 1) return { critical: bonferroni, bonferroni };
  const excess = (critical: number): number => Math.log(largestTail(critical, loadings, df) / alpha);
  return { critical: findRoot(excess, quantile(alpha / 2), bonferroni), bonferroni };
}

/**
 * P-values of several treatments against one control, adjusted for all comparisons together: the chance of a largest |t|
 * at least as large as each.
 *
 * Input: the t statistics, in the order of the design's treatments. Output: from 0 to 1; at most alpha exactly where
 * |t| is at least the critical value of {@link dunnettCriticalValue}.
 * Error: relative 1e-9 for p above 1e-12. Assumes, source: as {@link dunnettCriticalValue}.
 * @throws RangeError as {@link dunnettCriticalValue}, or if there is not one statistic per treatment.
 * @example
 * dunnettP([2.2121, 0.5], { controlUnits: 100, treatmentUnits: [100, 100] })[0]; // 0.05000...
 */
export function dunnettP(statistics: readonly number[], design: DunnettDesign): number[] {
  const { loadings, df } = requireDesign(design);
  if (statistics.length !== loadings.length) {
    throw new RangeError(`statistics must be one per treatment, ${loadings.length}, got ${statistics.length}`);
  }
  return statistics.map((statistic, index) => {
    requireNumber(`statistics[${index}]`, statistic);
    return Math.min(1, largestTail(Math.abs(statistic), loadings, df));
  });
}

function requireDesign(design: DunnettDesign): { loadings: number[]; df: number } {
  const { controlUnits, treatmentUnits, degreesOfFreedom: df = Number.POSITIVE_INFINITY } = design;
  requireNotEmpty('treatmentUnits', treatmentUnits);
  requirePositive('controlUnits', controlUnits);
  if (df !== Number.POSITIVE_INFINITY) requirePositive('degreesOfFreedom', df);
  const loadings = treatmentUnits.map((units, index) => {
    requirePositive(`treatmentUnits[${index}]`, units);
    return Math.sqrt(units / (units + controlUnits));
  });
  return { loadings, df };
}

/** P(max |T| >= c): over the standard deviation s, whose logarithm is integrated, of the normal tail at c s. */
function largestTail(c: number, loadings: readonly number[], df: number): number {
  if (c === 0) return 1;
  if (c === Number.POSITIVE_INFINITY) return 0;
  if (df === Number.POSITIVE_INFINITY) return normalTail(c, loadings);
  const logPeak = 0.5 * Math.log(df / Math.PI) - stirlingError(df / 2);
  const fall = (u: number): number => df * (u - Math.expm1(2 * u) / 2);
  const fallen = (u: number): number => fall(u) + DROP;
  const low = findRoot(fallen, 0, -DROP / df - 1);
  const high = findRoot(fallen, 0, Math.log1p(DROP / df) + Math.sqrt(DROP / df));
  const panels = df < 5 ? 12 : 4;
  const width = (high - low) / (2 * panels);
  let total = 0;
  for (let panel = 0; panel < panels; panel++) {
    RULE.nodes.forEach((node, k) => {
      const u = low + (2 * panel + 1 + node) * width;
      total += RULE.weights[k]! * width * Math.exp(logPeak + fall(u)) * normalTail(c * Math.exp(u), loadings);
    });
  }
  return total;
}

/** The same for a known variance: over control's mean z, given which the comparisons are independent. */
function normalTail(c: number, loadings: readonly number[]): number {
  const logIntegrand = (z: number): number => {
    let logNone = 0;
    for (const loading of loadings) {
      const spread = Math.sqrt(1 - loading * loading);
      logNone += Math.log1p(-normalSf((c - loading * z) / spread) - normalSf((c + loading * z) / spread));
    }
    return Math.log(-Math.expm1(logNone)) - 0.5 * z * z - HALF_LOG_TWO_PI;
  };
  const largest = c * Math.max(...loadings);
  return 2 * Math.exp(logIntegral(logIntegrand, largest > 0 ? [0, largest, largest + 12] : [0, 12]));
}
