import { requireFinite, requireLevel, requireSameLength } from '../domain.ts';
import { finiteTest } from '../means/finite-test.ts';
import type { MeanTest, NotEnough, NoVariance } from '../means/mean-test.ts';

export interface ScoredRows {
  /** Scores of both models for the same rows. */
  readonly control: readonly number[];
  readonly treatment: readonly number[];
  /** Whether the row turned out to be a case. */
  readonly positive: readonly boolean[];
  /** Rows of one name hang together (a unit); left out: each row by itself. */
  readonly cluster?: readonly (string | number)[];
}

export interface AucTest extends MeanTest {
  /** Probability that a case scores above one that is none, ties counting a half. */
  readonly aucControl: number;
  readonly aucTreatment: number;
  readonly clusters: number;
}

/**
 * Whether one model ranks cases above the others better than another model on the same rows: difference of the areas under
 * both ROC curves.
 *
 * Input: {@link ScoredRows}, lists of one length, scores finite. Output: {@link AucTest} of treatment minus control.
 * Error: equal to counting all pairs, relative 1e-12.
 * Assumes: independent clusters; labels that do not depend on which score was used.
 * Edges: without cases or without others, or with fewer than two clusters: `insufficient`; clusters that do not differ (as for
 * two models that rank alike): `no_variance`.
 * Source: DeLong, DeLong and Clarke-Pearson 1988, computed by ranks as Sun and Xu 2014; clusters: Obuchowski 1997.
 * @throws RangeError if lengths differ, a score is not finite or the level is out of its domain.
 * @example
 * aucDifference({ control: [1, 2, 3, 4], treatment: [1, 3, 2, 4], positive: [false, true, false, true] }).aucTreatment; // 1
 */
export function aucDifference(
  rows: ScoredRows,
  options: { readonly level?: number } = {},
): AucTest | NoVariance | NotEnough {
  const { control, treatment, positive } = rows;
  const cluster = rows.cluster ?? control.map((_, i) => i);
  const level = options.level ?? 0.95;
  requireLevel(level);
  requireSameLength('control', control, 'treatment', treatment);
  requireSameLength('control', control, 'positive', positive);
  requireSameLength('control', control, 'cluster', cluster);
  control.forEach((score, i) => {
    requireFinite(`control[${i}]`, score);
    requireFinite(`treatment[${i}]`, treatment[i]!);
  });
  const cases = positive.filter(Boolean).length;
  const others = positive.length - cases;
  const clusters = new Set(cluster).size;
  if (cases === 0 || others === 0) return { status: 'insufficient', missing: `${cases} cases and ${others} others` };
  if (clusters < 2) return { status: 'insufficient', missing: `${clusters} of at least 2 clusters` };
  const [a, b] = [placements(control, positive, cases), placements(treatment, positive, cases)];
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value, i) => sum + (positive[i] ? value : 0), 0) / cases;
  const [aucControl, aucTreatment] = [mean(a), mean(b)];
  const estimate = mean(b.map((value, i) => value - a[i]!));
  const moves = new Map<string | number, number>();
  cluster.forEach((name, i) => {
    const move = (b[i]! - a[i]! - estimate) / (positive[i] ? cases : others);
    moves.set(name, (moves.get(name) ?? 0) + move);
  });
  const squares = [...moves.values()].reduce((sum, move) => sum + move * move, 0);
  const variance = squares <= 1e-28 ? 0 : (clusters / (clusters - 1)) * squares;
  const test = finiteTest('DeLong, clustered', estimate, variance, clusters - 1, level);
  return test.status === 'ok' ? { ...test, aucControl, aucTreatment, clusters } : test;
}

/** Of each case the share of others below it, of each other the share of cases above it; ties count a half. */
function placements(scores: readonly number[], positive: readonly boolean[], cases: number): number[] {
  const others = scores.length - cases;
  const order = scores.map((_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
  const placed = new Array<number>(scores.length).fill(0);
  let [casesBelow, othersBelow] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    let [tiedCases, tiedOthers] = [0, 0];
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) {
      if (positive[order[to]!]) tiedCases++;
      else tiedOthers++;
      to++;
    }
    for (const i of order.slice(from, to)) {
      placed[i] = positive[i] ? (othersBelow + tiedOthers / 2) / others : (cases - casesBelow - tiedCases / 2) / cases;
    }
    casesBelow += tiedCases;
    othersBelow += tiedOthers;
    from = to;
  }
  return placed;
}
