import { normalCdf } from '../../stats/index.ts';
import { atLeast, atMost, average, type Check, countRuns, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';

/** A bandit of two arms that renews its weights after each batch. */
const BATCH = 100;
const FLOOR = 0.02;

/** Rewards come late; how many batches at most for each arm, and how long one waits: the worse arm's come sooner. */
const DELAY = { rates: [0.1, 0.08] as const, latest: [50, 10] as const, batches: 400, window: 50 };

interface Counts {
  wins: [number, number];
  losses: [number, number];
}

/** What a batch brings to the posterior at once, and what when its window has passed. */
interface Arrival {
  arm: 0 | 1;
  wins: number;
  losses: number;
  at: number;
}

/**
 * The regret of Thompson sampling under delay. Rule: success and failure count together when the window has passed.
 * `atOnce`: a success counts when it arrives, the failures beside it only when the window has passed.
 */
function regretUnderDelay(random: RandomStream, atOnce: boolean): number {
  const counts: Counts = { wins: [1, 1], losses: [1, 1] };
  let waiting: Arrival[] = [];
  let regret = 0;
  for (let batch = 0; batch < DELAY.batches; batch++) {
    const due = waiting.filter(({ at }) => at <= batch);
    waiting = waiting.filter(({ at }) => at > batch);
    for (const { arm, wins, losses } of due) {
      counts.wins[arm] += wins;
      counts.losses[arm] += losses;
    }
    const split = drawSplit(random, counts);
    for (const arm of [0, 1] as const) {
      const wins = random.binomial(split[arm], DELAY.rates[arm]);
      const end = batch + DELAY.window;
      waiting.push({ arm, wins: atOnce ? 0 : wins, losses: split[arm] - wins, at: end });
      for (let k = 0; atOnce && k < wins; k++) {
        waiting.push({ arm, wins: 1, losses: 0, at: batch + 1 + random.below(DELAY.latest[arm]) });
      }
    }
    regret += split[1] * (DELAY.rates[0] - DELAY.rates[1]);
  }
  return regret;
}

/** How many of a batch go to each arm: by draws from the posteriors. */
function drawSplit(random: RandomStream, { wins, losses }: Counts): [number, number] {
  let first = 0;
  for (let k = 0; k < BATCH; k++) {
    if (random.beta(wins[0], losses[0]) > random.beta(wins[1], losses[1])) first += 1;
  }
  return [first, BATCH - first];
}

const delay: Check = {
  name: 'bandit-delay',
  world: `Arms that succeed with probability ${DELAY.rates.join(' and ')}, ${DELAY.batches} batches of ${BATCH}, weights renewed after each. Successes come within ${DELAY.latest.join(' and ')} batches, sooner in the worse arm; one waits ${DELAY.window}. Regret: successes given up. The world is ours: the rule names none.`,
  runs: { quick: 20, full: 400 },
  measure: (random, runs) => {
    const found = (atOnce: boolean) => Float64Array.from({ length: runs }, () => regretUnderDelay(random, atOnce));
    const even = (DELAY.batches * BATCH * (DELAY.rates[0] - DELAY.rates[1])) / 2;
    const [rule, atOnce] = [found(false), found(true)];
    const mean = rule.reduce((sum, each) => sum + each, 0) / runs;
    return [
      average('both when the window has passed', rule, atMost(even / 2, 'half of an even split')),
      average(
        'beside: successes at once',
        atOnce,
        atLeast(1.5 * mean, '1.5 times the rule; simulated before: 354 against 79'),
      ),
    ];
  },
};

const PERIODS = 150;
const PER_PERIOD = 1000;

interface Arm {
  n: number;
  sum: number;
}

/** The weight of the second of two equal arms at the end, while everybody's rate rises from 2 % to 30 %. */
function weightAtEnd(random: RandomStream, withinPeriods: boolean): number {
  const pooled: [Arm, Arm] = [
    { n: 2, sum: 1 },
    { n: 2, sum: 1 },
  ];
  const contrast = { sum: 0, information: 0 };
  let weight = 0.5;
  for (let period = 0; period < PERIODS; period++) {
    const rate = 0.02 + (0.28 * period) / PERIODS;
    const share = FLOOR + (1 - 2 * FLOOR) * weight;
    const second = random.binomial(PER_PERIOD, share);
    const arms = [PER_PERIOD - second, second].map((n) => ({ n, sum: random.binomial(n, rate) })) as [Arm, Arm];
    for (const arm of [0, 1] as const) {
      pooled[arm].n += arms[arm].n;
      pooled[arm].sum += arms[arm].sum;
    }
    addContrast(contrast, arms);
    const z = withinPeriods ? contrast.sum / Math.sqrt(contrast.information) : zOf(pooled);
    weight = normalCdf(z);
  }
  return weight;
}

function addContrast(contrast: { sum: number; information: number }, [a, b]: [Arm, Arm]): void {
  if (a.n === 0 || b.n === 0) return;
  const rate = (a.sum + b.sum + 1) / (a.n + b.n + 2);
  const information = 1 / (rate * (1 - rate) * (1 / a.n + 1 / b.n));
  contrast.sum += information * (b.sum / b.n - a.sum / a.n);
  contrast.information += information;
}

/** The normal form of pooled beta posteriors. */
function zOf([a, b]: [Arm, Arm]): number {
  const spread = ({ n, sum }: Arm) => (sum / n) * (1 - sum / n) * (1 / n);
  return (b.sum / b.n - a.sum / a.n) / Math.sqrt(spread(a) + spread(b));
}

const movingBaseline: Check = {
  name: 'bandit-moving-baseline',
  world: `Two equal arms, ${PERIODS} periods of ${PER_PERIOD} decisions, everybody's rate rises from 2 % to 30 %. "Locked": one arm is taken for the best with more than 99 % at the end; that happens by chance in 2 % where splits do not adapt, a little more often where they do. The world is ours: the rule names none.`,
  runs: { quick: 300, full: 10_000 },
  measure: (random, runs) => {
    const locked = (withinPeriods: boolean) =>
      countRuns(runs, () => {
        const weight = weightAtEnd(random, withinPeriods);
        return weight > 0.99 || weight < 0.01;
      });
    return [
      share('contrasts within periods', locked(true), runs, atMost(0.05, 'rare')),
      share('beside: all periods pooled', locked(false), runs, atLeast(0.9, 'simulated before: 100 %')),
    ];
  },
};

export const delayChecks: Check[] = [delay, movingBaseline];
