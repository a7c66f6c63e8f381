import { requireLevel } from '../domain.ts';
import type { MeanPair } from '../means/fieller.ts';
import { finiteTest } from '../means/finite-test.ts';
import { type MeanDifference, meanDifference } from '../means/mean-difference.ts';
import { meanSummary } from '../means/mean-summary.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';
import { type Moments, meanDelta, mergeMoments, momentsOf, NO_VALUES } from '../moments.ts';
import { type Cluster, requireClusters } from './clusters.ts';

/** Below so many clusters in an arm no cluster-robust error can be relied on. */
const FEW_CLUSTERS = 5;

/** A test on the difference of two means whose units come in clusters. */
export interface ClusterTest extends MeanTest {
  readonly n: number;
  readonly clusters: number;
  readonly clustersInControl: number;
  readonly clustersInTreatment: number;
  /** True below 5 clusters in an arm: show, do not decide. */
  readonly fewClusters: boolean;
  /** For comparison: `iid` ignores clusters; CR1 is the usual small-sample factor on CR0; CR2 is the one used. */
  readonly standardErrors: { readonly iid: number; readonly CR0: number; readonly CR1: number; readonly CR2: number };
  /** Share of the variance within arms that lies between clusters (analysis of variance); `null` if undefined. */
  readonly intraclassCorrelation: number | null;
  /** Welch's t on the means of the clusters, each cluster counted once; `null` where a cluster is in both arms. */
  readonly clusterMeans: MeanDifference | null;
  /** What Fieller takes: both means, the CR2 variances of their errors and, of clusters in both arms, their covariance. */
  readonly pair: Required<MeanPair>;
}

/**
 * Whether and by how much the mean of treatment differs from that of control where units of a cluster are alike:
 * cluster-robust error CR2 with Satterthwaite's degrees of freedom.
 *
 * Input: one row a {@link Cluster} (its moments in each arm; moments of the arms are not enough). Output:
 * {@link ClusterTest}, the mean over units; p is below 1 - level exactly when the interval excludes 0.
 * Error: relative 1e-12 against R (clubSandwich) and matrices in 50 digits.
 * Assumes: independent clusters. Clusters may lie in one arm (randomised clusters) or in both (randomised requests).
 * Edges: fewer than 2 clusters in an arm: `insufficient`; fewer than 5: `fewClusters`; clusters that do not differ:
 * `no_variance`. Clusters of one unit give HC2.
 * Source: Bell and McCaffrey 2002; Pustejovsky and Tipton 2018, working model of independent units.
 * @throws RangeError if a count, mean, m2 or the level is out of its domain.
 * @example
 * clusterDifference(clustersOf([1, 2, 3, 5, 6, 8], [false, false, false, true, true, true], [1, 1, 2, 3, 4, 4])).clusters; // 4
 */
export function clusterDifference(
  clusters: readonly Cluster[],
  options: { readonly level?: number } = {},
): ClusterTest | NoVariance | NotEnough {
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireClusters(clusters);
  const parts = { control: partsOf(clusters, 'control'), treatment: partsOf(clusters, 'treatment') };
  const [inA, inB] = [parts.control.filter(Boolean).length, parts.treatment.filter(Boolean).length];
  if (inA < 2 || inB < 2) return { status: 'insufficient', missing: missingClusters(inA, inB) };
  const a = armOf(parts.control);
  const b = armOf(parts.treatment);
  const [n, count] = [a.total.n + b.total.n, clusters.length];
  const residuals = a.total.m2 + b.total.m2;
  const iid = n > 2 ? (residuals / (n - 2)) * (1 / a.total.n + 1 / b.total.n) : 0;
  const CR0 = sumOfSquares(b.scores.map((score, g) => score - a.scores[g]!));
  const CR2 = sumOfSquares(b.moves.map((move, g) => move - a.moves[g]!));
  const df = satterthwaite(a, b);
  const test = finiteTest('cluster-robust CR2', meanDelta(a.total, b.total), CR2, df, level);
  if (test.status !== 'ok') return test;
  const factor = n > 2 ? (count / (count - 1)) * ((n - 1) / (n - 2)) : Number.POSITIVE_INFINITY;
  const crossed = clusters.some((_, g) => parts.control[g] && parts.treatment[g]);
  return {
    ...test,
    n,
    clusters: count,
    clustersInControl: inA,
    clustersInTreatment: inB,
    fewClusters: Math.min(inA, inB) < FEW_CLUSTERS,
    standardErrors: {
      iid: Math.sqrt(iid),
      CR0: Math.sqrt(CR0),
      CR1: Math.sqrt(CR0 * factor),
      CR2: test.standardError,
    },
    intraclassCorrelation: crossed ? null : intraclassCorrelation([a, b], inA + inB),
    clusterMeans: crossed ? null : meanDifference(meansOf(parts.control), meansOf(parts.treatment), { level }),
    pair: {
      meanA: a.total.mean,
      varianceOfMeanA: sumOfSquares(a.moves),
      meanB: b.total.mean,
      varianceOfMeanB: sumOfSquares(b.moves),
      covariance: a.moves.reduce((sum, move, g) => sum + move * b.moves[g]!, 0),
    },
  };
}

type Parts = readonly (Moments | null)[];

interface Arm {
  readonly total: Moments;
  readonly parts: Parts;
  /** Per cluster the sum of its residuals over the units of the arm; 0 where it has none. */
  readonly scores: readonly number[];
  /** Per cluster 1 / √(1 - its share of the arm's units), what CR2 multiplies the score with. */
  readonly corrections: readonly number[];
  /** Their product: how far a cluster moves the mean of its arm. */
  readonly moves: readonly number[];
}

function partsOf(clusters: readonly Cluster[], arm: 'control' | 'treatment'): Parts {
  return clusters.map((cluster) => (cluster[arm] && cluster[arm].n > 0 ? cluster[arm] : null));
}

function missingClusters(control: number, treatment: number): string {
  const arms = [
    ['control', control],
    ['treatment', treatment],
  ] as const;
  return arms
    .filter(([, count]) => count < 2)
    .map(([name, count]) => `${name} has ${count} of at least 2 clusters`)
    .join('; ');
}

function armOf(parts: Parts): Arm {
  const total = parts.reduce<Moments>((sum, part) => (part ? mergeMoments(sum, part) : sum), NO_VALUES);
  const score = (part: Moments): number => {
    const delta = meanDelta(total, part);
    const rounding = 4 * Number.EPSILON * Math.max(Math.abs(total.mean), Math.abs(part.mean));
    return Math.abs(delta) <= rounding ? 0 : (part.n / total.n) * delta;
  };
  const scores = parts.map((part) => (part ? score(part) : 0));
  const corrections = parts.map((part) => correction(part, total));
  return { total, parts, scores, corrections, moves: scores.map((value, g) => value * corrections[g]!) };
}

function correction(part: Moments | null, total: Moments): number {
  return part ? Math.sqrt(total.n / (total.n - part.n)) : 0;
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/**
 * 2 E²/Var of the CR2 estimate, a sum over clusters of squares u_g' y: u_g' u_h is d_g (g = h) less the share that the
 * fitted means of both arms take away.
 */
function satterthwaite(a: Arm, b: Arm): number {
  const sums = (arm: Arm): number[] =>
    arm.parts.map((part, g) => (part ? (part.n / arm.total.n) * arm.corrections[g]! : 0));
  const arms = [a, b].map((arm) => ({ units: arm.total.n, sums: sums(arm), parts: arm.parts }));
  let trace = 0;
  let squares = 0;
  a.parts.forEach((_, g) => {
    const own = arms.reduce((sum, { sums: s, parts }) => sum + (parts[g] ? s[g]! ** 2 / parts[g].n : 0), 0);
    const taken = arms.reduce((sum, { sums: s, units }) => sum + s[g]! ** 2 / units, 0);
    trace += own - taken;
    squares += own * own - 2 * own * taken;
  });
  for (const one of arms) {
    for (const other of arms) {
      const cross = one.sums.reduce((sum, value, g) => sum + value * other.sums[g]!, 0);
      squares += (cross * cross) / one.units / other.units;
    }
  }
  return (trace * trace) / squares;
}

/** Analysis of variance within arms: mean squares between and within clusters, at the mean size that makes them equal. */
function intraclassCorrelation(arms: readonly Arm[], clusters: number): number | null {
  const units = arms.reduce((sum, { total }) => sum + total.n, 0);
  const all = arms.flatMap(({ parts, total, scores }) =>
    parts.flatMap((part, g) => (part ? [{ part, between: (scores[g]! * total.n) ** 2 / part.n, total }] : [])),
  );
  const between = all.reduce((sum, item) => sum + item.between, 0) / (clusters - arms.length);
  const within = units > clusters ? all.reduce((sum, { part }) => sum + part.m2, 0) / (units - clusters) : 0;
  const size =
    (units - all.reduce((sum, { part, total }) => sum + (part.n * part.n) / total.n, 0)) / (clusters - arms.length);
  const total = between + (size - 1) * within;
  return units > clusters && total > 0 ? (between - within) / total : null;
}

function meansOf(parts: Parts): ReturnType<typeof meanSummary> {
  return meanSummary(momentsOf(parts.flatMap((part) => (part ? [part.mean] : []))));
}
