import { type LoggedRound, offPolicyValue } from '../../stats/index.ts';
import { atLeast, atMost, type Check, type Line, share, type Theme } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const ROUNDS = 500;
/** How often the policy to be judged takes the action that fits the context. */
const FITTING = 0.8;

/** Expected reward of the three actions for a context from 0 to 1. */
function rewardsAt(context: number): [number, number, number] {
  const rising = 0.1 + 0.8 * context;
  return [1 - rising, rising, 1 - rising];
}

/** Shares of the three actions of a policy that takes the fitting one with this probability. */
function policyAt(context: number, fitting: number): number[] {
  const best = context > 0.5 ? 1 : 0;
  return [0, 1, 2].map((action) => (action === best ? fitting : (1 - fitting) / 2));
}

function drawRound(random: RandomStream, floor: number): LoggedRound {
  const context = random.uniform();
  const logging = policyAt(context, floor);
  const rewards = rewardsAt(context);
  let left = random.uniform();
  let action = 0;
  while (action < 2 && left >= (logging[action] ?? 0)) {
    left -= logging[action] ?? 0;
    action += 1;
  }
  return {
    action,
    reward: random.uniform() < (rewards[action] ?? 0) ? 1 : 0,
    propensity: logging[action] ?? 0,
    target: policyAt(context, FITTING),
    predicted: rewards.map((reward) => 0.05 + 0.8 * reward), // a model that is somewhat wrong
  };
}

/** What the policy earns per decision, by the midpoint rule over contexts. */
function trueValue(): number {
  const steps = 10_000;
  let sum = 0;
  for (let k = 0; k < steps; k++) {
    const context = (k + 0.5) / steps;
    const shares = policyAt(context, FITTING);
    sum += rewardsAt(context).reduce((total, reward, action) => total + reward * (shares[action] ?? 0), 0);
  }
  return sum / steps;
}

function coverageAt(random: RandomStream, runs: number, floor: number) {
  const truth = trueValue();
  const found = { ips: 0, snips: 0, doublyRobust: 0, refused: 0 };
  for (let run = 0; run < runs; run++) {
    const log = Array.from({ length: ROUNDS }, () => drawRound(random, floor));
    if (offPolicyValue(log).status === 'insufficient') found.refused += 1;
    const value = offPolicyValue(log, { minEffectiveUnits: 0 });
    if (value.status !== 'ok') throw new Error('a policy without overlap in a simulated world');
    for (const name of ['ips', 'snips', 'doublyRobust'] as const) {
      const interval = value[name].interval;
      if (interval && interval.lower <= truth && truth <= interval.upper) found[name] += 1;
    }
  }
  return found;
}

const coverage: Check = {
  name: 'off-policy-coverage',
  world: `${ROUNDS} logged decisions, three actions, a context; the log takes the action that the new policy prefers in 25 %, or only 2 %, of its decisions; a reward model that is somewhat wrong. 95 % intervals. The world is ours: the targets name none, and were .941, .942, .946 and .923, .888, .949 in theirs.`,
  runs: { quick: 300, full: 8000 },
  measure: (random, runs): Line[] => {
    const wide = coverageAt(random, runs, 0.25);
    const thin = coverageAt(random, runs, 0.02);
    const near = 'nominal .95, less .01';
    return [
      share('25 %: inverse propensity', wide.ips, runs, atLeast(0.94, near)),
      share('25 %: self-normalised', wide.snips, runs, atLeast(0.94, near)),
      share('25 %: doubly robust', wide.doublyRobust, runs, atLeast(0.94, near)),
      share('25 %: refused', wide.refused, runs, atMost(0, 'enough overlap')),
      share('2 %: doubly robust', thin.doublyRobust, runs, atLeast(0.94, near)),
      share('2 %: refused for too few effective units', thin.refused, runs, atLeast(1, 'too little overlap')),
      share('beside, 2 %: inverse propensity, not refused', thin.ips, runs, atMost(0.94, 'simulated with numpy: .923')),
      share('beside, 2 %: self-normalised, not refused', thin.snips, runs, atMost(0.92, 'simulated with numpy: .888')),
    ];
  },
};

export const offPolicy: Theme = { title: 'Off-policy values', checks: [coverage] };
