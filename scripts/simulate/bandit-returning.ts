import { adaptiveEstimates } from '../../server/delivery/bandit/adaptive-estimates.ts';
import {
  addUnitGroups,
  type DecisionGroup,
  earlierMeans,
  startSums,
} from '../../server/delivery/bandit/bandit-sums.ts';
import { banditPosterior } from '../../server/delivery/bandit/posterior.ts';
import { weightsOf } from '../../server/delivery/bandit/weights.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';

/** Units that differ and come back in half of the epochs. */
const UNITS = 500;
const EPOCHS = 50;

/** How units differ, and by how much the challenger is better. */
export interface ReturningWorld {
  name: string;
  /** Of the beta distribution of the units' rates. */
  shape: [number, number];
  effect: number;
}

export const RETURNING: ReturningWorld[] = [
  { name: 'rates of 5 % and 6 % on average', shape: [2, 38], effect: 0.01 },
  { name: 'rates of 5 % and 6 %, many never rewarded', shape: [1, 19], effect: 0.01 },
  { name: 'rates of 1 % and 1.2 % on average', shape: [1, 99], effect: 0.002 },
  { name: 'rates anywhere from 0 to 1', shape: [1, 1], effect: 0.05 },
];

const SETTINGS = {
  posterior: 'period_contrasts' as const,
  floor: 0.01,
  topTwoShare: null,
  warmUpCells: 100,
  direction: 'increase' as const,
};

/** The interval of the difference after a phase with the default settings; null where the server refuses one. */
export function intervalOfReturningUnits(
  random: RandomStream,
  { shape, effect }: ReturningWorld,
): { lower: number; upper: number } | null {
  const rates = Array.from({ length: UNITS }, () => random.beta(...shape) * (1 - effect));
  const ofUnit: DecisionGroup[][] = rates.map(() => []);
  const totals: { epoch: number; arms: { decisions: number; reward: number }[] }[] = [];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const periods = totals.map(({ arms }) => arms.map(cellOf));
    const weights = weightsOf(banditPosterior(periods, 2, SETTINGS), SETTINGS);
    const arms = [0, 1].map(() => ({ decisions: 0, reward: 0 }));
    for (const [unit, rate] of rates.entries()) {
      if (random.uniform() < 0.5) continue;
      const arm = random.uniform() < (weights[0] ?? 0) ? 0 : 1;
      const reward = random.uniform() < rate + (arm === 0 ? effect : 0) ? 1 : 0;
      arms[arm]!.decisions += 1;
      arms[arm]!.reward += reward;
      const propensity = weights[arm] ?? 0;
      ofUnit[unit]!.push({ unit: String(unit), epoch, weights, arm, decisions: 1, reward, propensity });
    }
    totals.push({ epoch, arms });
  }
  const sums = startSums(2);
  const predict = earlierMeans(totals, 2);
  for (const [unit, groups] of ofUnit.entries()) {
    if (groups.length > 0) addUnitGroups(sums, groups, predict, unit % 5);
  }
  const found = adaptiveEstimates(sums, ['challenger', 'champion'], 0.95);
  return found.status === 'ok' ? (found.differences[0]?.interval ?? null) : null;
}

/** A cell is a decision here: a unit comes once in an epoch. */
function cellOf({ decisions: n, reward }: { decisions: number; reward: number }) {
  const mean = n === 0 ? 0 : reward / n;
  return { n, mean, m2: n * mean * (1 - mean) };
}
