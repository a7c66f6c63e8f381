import { type Interval, mergeCoMoments, ratioOfSums, studentTQuantile } from '../../../stats/index.ts';
import type { BanditSums } from './bandit-sums.ts';
import { combined, type GrowingSums } from './growing-sums.ts';

/** Below so many effective units an answer says more of chance than of the policy. */
export const LEAST_EFFECTIVE_UNITS = 100;

/** A value per decision, its error clustered by unit. */
export interface ValueEstimate {
  estimate: number;
  standardError: number;
  interval: Interval;
}

/** What a fixed split of the arms would have earned per decision, or why the log cannot tell. */
export interface SplitValue {
  status: 'ok' | 'insufficient';
  /** What is missing; null when ok. */
  missing: string | null;
  effectiveUnits: number;
  meanWeight: number;
  ips: ValueEstimate | null;
  snips: ValueEstimate | null;
  doublyRobust: ValueEstimate | null;
}

/** `split`: weights by arm, which sum to 1 and were fixed before looking. */
export function splitValue(sums: BanditSums, split: readonly number[], level: number): SplitValue {
  const armCount = split.length;
  const rewards = [...split, ...split.map(() => 0), 0];
  const weights = [...split.map(() => 0), ...split, 0];
  const decisions = [...split.map(() => 0), ...split.map(() => 0), 1];
  const over = (rows: (fold: number) => number[][]) =>
    sums.policy.map((fold, f) => combined(fold, rows(f))).reduce(mergeCoMoments);
  const overlap = over(() => [weights, decisions]);
  const [meanWeight = 0, meanDecisions = 0] = overlap.means;
  const squares = (overlap.products[0]?.[0] ?? 0) + overlap.n * meanWeight ** 2;
  const effectiveUnits = squares === 0 ? 0 : (overlap.n * meanWeight) ** 2 / squares;
  const shape = { effectiveUnits, meanWeight: meanDecisions === 0 ? 0 : meanWeight / meanDecisions };
  if (effectiveUnits < LEAST_EFFECTIVE_UNITS) {
    const missing = `${LEAST_EFFECTIVE_UNITS} effective units, found ${effectiveUnits.toFixed(1)}`;
    return { status: 'insufficient', missing, ...shape, ips: null, snips: null, doublyRobust: null };
  }
  const corrected = (fold: number) => {
    const predicted = otherFoldsMeans(sums.policy, fold, armCount);
    const direct = split.reduce((sum, share, arm) => sum + share * predicted[arm]!, 0);
    return [[...split, ...split.map((share, arm) => -share * predicted[arm]!), direct], decisions];
  };
  return {
    status: 'ok',
    missing: null,
    ...shape,
    ips: estimateOf(ratioOfSums(over(() => [rewards, decisions])), level),
    snips: estimateOf(ratioOfSums(over(() => [rewards, weights])), level),
    doublyRobust: estimateOf(ratioOfSums(over(corrected)), level),
  };
}

/** Mean reward of each arm, by inverse propensity in the units of all other folds; 0 where they never took it. */
function otherFoldsMeans(folds: GrowingSums[], fold: number, armCount: number): number[] {
  const others = folds.filter((_, f) => f !== fold);
  const total = (part: number) => others.reduce((sum, each) => sum + each.n * each.means[part]!, 0);
  return Array.from({ length: armCount }, (_, arm) => {
    const weight = total(armCount + arm);
    return weight === 0 ? 0 : total(arm) / weight;
  });
}

/** By Student's t over units; null without a finite ratio. */
export function estimateOf(found: ReturnType<typeof ratioOfSums>, level: number): ValueEstimate | null {
  if (found.status !== 'ok') return null;
  const { ratio, standardError, n } = found;
  const half = studentTQuantile((1 + level) / 2, n - 1) * standardError;
  return { estimate: ratio, standardError, interval: { lower: ratio - half, upper: ratio + half } };
}
