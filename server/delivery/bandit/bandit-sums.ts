import { addPair, addUnit, type GrowingSums, newPairSums, newSums, type PairSums } from './growing-sums.ts';

/** Decisions of one unit in one epoch and context that went to one arm. */
export interface DecisionGroup {
  unit: string;
  epoch: number;
  /** Weights of all arms that the decisions were drawn with. */
  weights: readonly number[];
  arm: number;
  decisions: number;
  reward: number;
  propensity: number;
}

/** Sums over units, in decisions: all that inference and any fixed split need. */
export interface BanditSums {
  units: number;
  decisions: number;
  /** Of each arm, as they came: not to be compared, since arms were used at different times. */
  arms: { decisions: number; reward: number }[];
  /** Smallest weight that any decision was drawn with, over all arms. */
  leastWeight: number;
  /** Per arm, of [Σ h Γ(arm), Σ h], h = √weight. */
  means: PairSums[];
  /** Per challenger, of [Σ h (Γ(arm) − Γ(champion)), Σ h]. */
  differences: PairSums[];
  /** Per fold, of [Σ reward/p by arm, Σ 1/p by arm, decisions]. */
  policy: GrowingSums[];
}

/** Doubly robust values predict a unit's rewards from units of the other folds. */
export const FOLDS = 5;

/** What was known of the arms' mean rewards before an epoch, by arm. */
export type Predictions = (epoch: number) => readonly number[];

/**
 * Mean reward of each arm in all earlier epochs; of all arms where one has none, 0 where there is none at all.
 * `totals`: decisions and rewards of each epoch by arm, epochs ascending.
 */
export function earlierMeans(
  totals: { epoch: number; arms: { decisions: number; reward: number }[] }[],
  armCount: number,
): Predictions {
  const known = new Map<number, number[]>();
  const sums = Array.from({ length: armCount }, () => ({ decisions: 0, reward: 0 }));
  for (const { epoch, arms } of totals) {
    const all = sums.reduce((sum, one) => sum + one.decisions, 0);
    const reward = sums.reduce((sum, one) => sum + one.reward, 0);
    const common = all === 0 ? 0 : reward / all;
    known.set(
      epoch,
      sums.map((one) => (one.decisions === 0 ? common : one.reward / one.decisions)),
    );
    arms.forEach((one, arm) => {
      sums[arm]!.decisions += one.decisions;
      sums[arm]!.reward += one.reward;
    });
  }
  const none = new Array<number>(armCount).fill(0);
  return (epoch) => known.get(epoch) ?? none;
}

/** Starts sums over `armCount` arms, the champion last. */
export function startSums(armCount: number): BanditSums {
  return {
    units: 0,
    decisions: 0,
    arms: Array.from({ length: armCount }, () => ({ decisions: 0, reward: 0 })),
    leastWeight: 1,
    means: Array.from({ length: armCount }, newPairSums),
    differences: Array.from({ length: armCount - 1 }, newPairSums),
    policy: Array.from({ length: FOLDS }, () => newSums(2 * armCount + 1)),
  };
}

/** Adds one unit with everything it did: units are the clusters. `fold` depends on the unit alone. */
export function addUnitGroups(sums: BanditSums, groups: DecisionGroup[], predict: Predictions, fold: number): void {
  const armCount = sums.arms.length;
  const means = sums.arms.map((): [number, number] => [0, 0]);
  const differences = sums.differences.map((): [number, number] => [0, 0]);
  const policy = new Array<number>(2 * armCount + 1).fill(0);
  for (const group of groups) {
    const { arm, decisions, reward, propensity, weights } = group;
    sums.decisions += decisions;
    sums.arms[arm]!.decisions += decisions;
    sums.arms[arm]!.reward += reward;
    sums.leastWeight = Math.min(sums.leastWeight, ...weights);
    const scores = scoresOf(group, predict(group.epoch));
    means.forEach((mean, a) => {
      addScore(mean, Math.sqrt(weights[a]!), scores[a]!, decisions);
    });
    differences.forEach((difference, a) => {
      const [of, champion] = [weights[a]!, weights.at(-1)!];
      // The variance of a score's difference goes with 1/of + 1/champion.
      const h = Math.sqrt((of * champion) / (of + champion));
      addScore(difference, Number.isFinite(h) ? h : 0, scores[a]! - scores.at(-1)!, decisions);
    });
    policy[arm]! += reward / propensity;
    policy[armCount + arm]! += decisions / propensity;
    policy[2 * armCount]! += decisions;
  }
  sums.units += 1;
  means.forEach((mean, a) => {
    addPair(sums.means[a]!, mean);
  });
  differences.forEach((difference, a) => {
    addPair(sums.differences[a]!, difference);
  });
  addUnit(sums.policy[fold]!, policy);
}

/** Γ of each arm, summed over the group's decisions: the prediction, corrected where the arm was the one taken. */
function scoresOf(group: DecisionGroup, predicted: readonly number[]): number[] {
  const { arm, decisions, reward, propensity } = group;
  return predicted.map((mean, a) => decisions * mean + (a === arm ? (reward - decisions * mean) / propensity : 0));
}

function addScore(sum: [number, number], h: number, score: number, decisions: number): void {
  sum[0] += h * score;
  sum[1] += h * decisions;
}
