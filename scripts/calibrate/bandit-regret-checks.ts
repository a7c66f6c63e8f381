import { betaBestArm } from '../../stats/index.ts';
import { average, type Check, equal, type Line, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const KAUFMANN = 'simulated with numpy; Kaufmann et al. 2012';
const PULLS = 10_000;

interface Played {
  regret: number;
  pulls: number[];
}

/** Thompson sampling with one update a pull: the arm whose draw from its posterior is highest. */
function playThompson(random: RandomStream, rates: readonly number[], horizon: number): Played {
  const best = Math.max(...rates);
  const won = rates.map(() => 0);
  const pulls = rates.map(() => 0);
  let regret = 0;
  for (let t = 0; t < horizon; t++) {
    let [chosen, highest] = [0, -1];
    for (let arm = 0; arm < rates.length; arm++) {
      const wins = won[arm]!;
      const draw = random.beta(1 + wins, 1 + pulls[arm]! - wins);
      if (draw > highest) [chosen, highest] = [arm, draw];
    }
    const rate = rates[chosen]!;
    pulls[chosen]! += 1;
    if (random.uniform() < rate) won[chosen]! += 1;
    regret += best - rate;
  }
  return { regret, pulls };
}

function regretCheck(name: string, rates: number[], known: [number, number], runs: Check['runs']): Check {
  return {
    name,
    world: `Thompson sampling, arms that succeed with probability ${rates.join(', ')}, ${PULLS} pulls, one update a pull. Regret: successes given up against always taking the best arm; splitting evenly would give up ${Math.round(evenRegret(rates))}.`,
    runs,
    measure: (random, count) => {
      const regrets = Float64Array.from({ length: count }, () => playThompson(random, rates, PULLS).regret);
      return [average('regret', regrets, equal(known[0], KAUFMANN, { standardError: known[1] }))];
    },
  };
}

function evenRegret(rates: number[]): number {
  const best = Math.max(...rates);
  return (PULLS * rates.reduce((sum, rate) => sum + best - rate, 0)) / rates.length;
}

/** Beta posteriors of three arms, by successes and failures with the prior's. */
const POSTERIORS = [
  { alpha: 4, beta: 51 },
  { alpha: 2, beta: 41 },
  { alpha: 6, beta: 61 },
];

const exactWeights: Check = {
  name: 'thompson-exact-weights',
  world:
    'Three posteriors: how often the draw of each arm is the highest, against its exact probability of being best, by which the product sets weights.',
  runs: { quick: 50_000, full: 2_000_000 },
  measure: (random, runs): Line[] => {
    const wins = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const draws = POSTERIORS.map(({ alpha, beta }) => random.beta(alpha, beta));
      wins[draws.indexOf(Math.max(...draws))]! += 1;
    }
    const exact = betaBestArm(POSTERIORS).probabilityBest;
    return wins.map((count, arm) =>
      share(`arm ${arm + 1} best`, count, runs, equal(exact[arm] ?? 0, 'quadrature of the library')),
    );
  },
};

const equalArms: Check = {
  name: 'thompson-equal-arms',
  world:
    'Three arms that succeed with probability 0.05, 1000 pulls: each gets a third on average, by symmetry, though not in each run.',
  runs: { quick: 400, full: 8000 },
  measure: (random, runs) => {
    const played = Array.from({ length: runs }, () => playThompson(random, [0.05, 0.05, 0.05], 1000));
    const shares = [0, 1, 2].map((arm) =>
      average(
        `share of arm ${arm + 1}`,
        Float64Array.from(played, ({ pulls }) => (pulls[arm] ?? 0) / 1000),
        equal(1 / 3, 'symmetry'),
      ),
    );
    return [
      ...shares,
      average(
        'regret',
        Float64Array.from(played, ({ regret }) => regret),
        equal(0, 'symmetry'),
      ),
    ];
  },
};

const TEN_ARMS = [0.1, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01];

export const regretChecks: Check[] = [
  regretCheck('thompson-high-rates', [0.9, 0.8], [11, 0.75], { quick: 40, full: 2000 }),
  regretCheck('thompson-low-rates', [0.1, 0.05], [12.06, 0.22], { quick: 40, full: 2000 }),
  regretCheck('thompson-ten-arms', TEN_ARMS, [80, 0.65], { quick: 10, full: 600 }),
  exactWeights,
  equalArms,
];
