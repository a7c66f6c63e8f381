import { randomStream } from '../calibrate/random-stream.ts';
import { intervalOfReturningUnits, RETURNING, type ReturningWorld } from './bandit-returning.ts';
import { type Delay, EPOCHS, PER_EPOCH, playEpochs, playThompson, type Rates, type Rule } from './bandit-worlds.ts';
import { type Bar, type Simulation, shareBar } from './simulation-bar.ts';

const SEEDS = 400;
/** The better arm is the challenger or the champion by turns. */
const ratesOf = (seed: number): Rates => (seed % 2 === 0 ? [0.06, 0.05] : [0.05, 0.06]);

const STATIONARY: Rule = { posterior: 'beta_bernoulli', floor: 0 };
const DEFAULT: Rule = { posterior: 'period_contrasts', floor: 0.01 };
const WINDOW = 10;

/** Bandits of two arms: 100 epochs of 1,000 units, one epoch a period. */
export const simulateBandit: Simulation = (firstSeed) => {
  const over = (name: string, run: (seed: number, random: ReturnType<typeof randomStream>) => number) =>
    Array.from({ length: SEEDS }, (_, k) => run(k, randomStream(firstSeed + k, name)));
  const play =
    (rule: Rule, delay?: (rates: Rates) => Delay) => (seed: number, random: ReturnType<typeof randomStream>) => {
      const rates = ratesOf(seed);
      return playEpochs(random, () => rates, rule, delay?.(rates)).regret;
    };
  const exact = over('thompson', (seed, random) => playThompson(random, ratesOf(seed), EPOCHS * PER_EPOCH));
  const stationary = over('stationary', play(STATIONARY));
  const standard = over('default', play(DEFAULT));
  const uneven = over('uneven delay', play(DEFAULT, delayOf(8, 2)));
  const even = over('even delay', play(DEFAULT, delayOf(5, 5)));
  tell('exact Thompson sampling, one draw a unit', exact);
  tell('pooled beta-Bernoulli, floor 0', stationary);
  tell('contrasts within periods, floor 0.01', standard);
  tell('the same, rewards after 8 epochs (better arm) and 2, window 10', uneven);
  tell('the same, rewards after 5 epochs, window 10', even);
  return [
    ratioBar('regret of pooled beta-Bernoulli, floor 0, to exact Thompson sampling', stationary, exact, 1.2),
    ratioBar('regret of the default (period contrasts, floor 0.01) to exact Thompson sampling', standard, exact, 1.6),
    equalArms(over('equal arms', (_, random) => playEpochs(random, doubling, DEFAULT).weights[0] ?? 0)),
    ratioBar('regret under delays of 8 and 2 epochs to delays of 5', uneven, even, 1.2),
    ...RETURNING.map((world) => coverage(world, firstSeed)),
  ];
};

function delayOf(better: number, worse: number): (rates: Rates) => Delay {
  return ([first, second]) => ({ ofArm: first > second ? [better, worse] : [worse, better], window: WINDOW });
}

/** Both arms alike, and everybody's rate doubles from 5 % to 10 %. */
function doubling(epoch: number): Rates {
  const rate = 0.05 * (1 + epoch / (EPOCHS - 1));
  return [rate, rate];
}

function equalArms(weights: number[]): Bar {
  const beyond = weights.filter((weight) => weight > 0.95 || weight < 0.05).length;
  return shareBar('equal arms, doubling baseline: runs that end beyond 95/5', beyond, SEEDS, 'at most', 0.25);
}

function coverage(world: ReturningWorld, firstSeed: number): Bar {
  const given = Array.from({ length: SEEDS }, (_, k) =>
    intervalOfReturningUnits(randomStream(firstSeed + k, world.name), world),
  ).filter((each) => each !== null);
  const above = given.filter(({ lower }) => lower > world.effect).length;
  const below = given.filter(({ upper }) => upper < world.effect).length;
  console.log(
    `  500 returning units, ${world.name}: ${SEEDS - given.length} of ${SEEDS} intervals refused, ${above} too high, ${below} too low`,
  );
  const label = `interval of the difference covers it, 500 returning units, ${world.name}`;
  return shareBar(label, given.length - above - below, given.length, 'at least', 0.93);
}

function tell(label: string, regrets: number[]): void {
  const { mean, error } = meanOf(regrets);
  console.log(`  ${label}: regret ${mean.toFixed(1)} ± ${error.toFixed(1)} rewards in ${EPOCHS * PER_EPOCH} decisions`);
}

function meanOf(values: number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

function ratioBar(label: string, of: number[], to: number[], value: number): Bar {
  const [a, b] = [meanOf(of), meanOf(to)];
  const observed = a.mean / b.mean;
  return {
    label,
    observed,
    standardError: observed * Math.hypot(a.error / a.mean, b.error / b.mean),
    is: 'at most',
    value,
  };
}
