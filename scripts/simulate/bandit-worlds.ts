import { banditPosterior } from '../../server/delivery/bandit/posterior.ts';
import { weightsOf } from '../../server/delivery/bandit/weights.ts';
import type { PeriodCell } from '../../stats/index.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';

export const EPOCHS = 100;
export const PER_EPOCH = 1_000;

/** The rule of a phase, as declared. */
export interface Rule {
  posterior: 'period_contrasts' | 'beta_bernoulli' | 'normal';
  floor: number;
}

/** Two arms, the champion last, as in a phase. */
export type Rates = readonly [number, number];

/** Epochs from a decision to its reward by arm, and to the end of the reward window, when its epoch is closed. */
export interface Delay {
  ofArm: readonly [number, number];
  window: number;
}

const AT_ONCE: Delay = { ofArm: [0, 0], window: 0 };

export interface Played {
  /** Rewards given up against always taking the better arm. */
  regret: number;
  /** Of the last epoch, by arm. */
  weights: number[];
}

interface Epoch {
  given: number[];
  rewarded: number[];
}

/**
 * A phase of the server, one epoch after another, by the functions that its job uses: all that is simulated are the units. Units
 * come once, so that a cell is a decision; rewards per arm and epoch are binomial, exactly as if drawn unit by unit.
 */
export function playEpochs(
  random: RandomStream,
  ratesAt: (epoch: number) => Rates,
  { posterior, floor }: Rule,
  delay: Delay = AT_ONCE,
): Played {
  const settings = { posterior, floor, topTwoShare: null, warmUpCells: 100, direction: 'increase' as const };
  const epochs: Epoch[] = [];
  let weights = [0.5, 0.5];
  let regret = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    weights = weightsOf(banditPosterior(closedBefore(epoch, epochs, delay), 2, settings), settings);
    const rates = ratesAt(epoch);
    const first = random.binomial(PER_EPOCH, weights[0] ?? 0);
    const given = [first, PER_EPOCH - first];
    epochs.push({ given, rewarded: given.map((n, arm) => random.binomial(n, rates[arm] ?? 0)) });
    regret += given.reduce((sum, n, arm) => sum + n * (Math.max(...rates) - (rates[arm] ?? 0)), 0);
  }
  return { regret, weights };
}

/** The server's rule: an epoch is in, rewarded or not, when its window has passed; what has arrived by then counts. */
function closedBefore(now: number, epochs: Epoch[], { ofArm, window }: Delay): PeriodCell[][] {
  const closed = epochs.slice(0, Math.max(0, now - window));
  return closed.map(({ given, rewarded }, epoch) =>
    given.map((n, arm) => rewardsOf(n, epoch + (ofArm[arm] ?? 0) <= now ? (rewarded[arm] ?? 0) : 0)),
  );
}

function rewardsOf(n: number, rewarded: number): PeriodCell {
  const mean = n === 0 ? 0 : rewarded / n;
  return { n, mean, m2: n * mean * (1 - mean) };
}

/** Thompson sampling, exact: one draw from each posterior for every unit, which it learns from at once. */
export function playThompson(random: RandomStream, rates: Rates, units: number): number {
  const won = [0, 0];
  const seen = [0, 0];
  let regret = 0;
  for (let unit = 0; unit < units; unit++) {
    const draws = [0, 1].map((arm) => random.beta(1 + won[arm]!, 1 + seen[arm]! - won[arm]!));
    const arm = draws[0]! > draws[1]! ? 0 : 1;
    const rate = rates[arm];
    seen[arm]! += 1;
    if (random.uniform() < rate) won[arm]! += 1;
    regret += Math.max(...rates) - rate;
  }
  return regret;
}
