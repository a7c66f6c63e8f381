import type { CanarySettings } from '../../server/db/schema-types.ts';
import { randomStream } from '../calibrate/random-stream.ts';
import { runRamp } from './canary-ramp.ts';
import { type CanaryWorld, WORLDS } from './canary-world.ts';
import { type Bar, shareBar } from './simulation-bar.ts';

const RUNS = 1_000;
/** In every twentieth ramp units are placed by the SDK's hash of a salt of its own, elsewhere at random. */
const HASHED_EVERY = 20;
/** A harmful candidate must be gone before it has served so many requests. */
const GONE_BEFORE = 2_000;

const rate = { mustPass: false, margin: 0.5, rollbackMargin: 0 };

export const SIMULATED_SETTINGS: CanarySettings = {
  steps: [
    { share: 0.01, minimumSeconds: 60, minimumRequests: 500 },
    { share: 0.05, minimumSeconds: 60, minimumRequests: 500 },
    { share: 0.25, minimumSeconds: 60, minimumRequests: 2_000 },
    { share: 0.5, minimumSeconds: 60, minimumRequests: 5_000 },
  ],
  alpha: 0.05,
  guardrails: [
    { kind: 'errors', ...rate },
    { kind: 'slow_calls', ...rate, thresholdMs: 300, quantile: 0.98 },
    { kind: 'metric', metric: 'converted', mustPass: false, margin: { relative: 0.2 }, rollbackMargin: 0 },
  ],
};

const CASES: { world: CanaryWorld; is: Bar['is']; value: number }[] = [
  {
    world: { name: 'errors 1 % to 3 %, independent requests', ...WORLDS.independent, harm: 3 },
    is: 'at least',
    value: 0.97,
  },
  {
    world: { name: 'errors 1 % to 3 %, clustered in units', ...WORLDS.clustered, harm: 3 },
    is: 'at least',
    value: 0.93,
  },
  { world: { name: 'identical, independent requests', ...WORLDS.independent, harm: 1 }, is: 'at most', value: 0.05 },
  { world: { name: 'identical, clustered in units', ...WORLDS.clustered, harm: 1 }, is: 'at most', value: 0.05 },
  {
    world: { name: 'identical, 1 % of units fail 60 % of calls', ...WORLDS.heavy, harm: 1 },
    is: 'at most',
    value: 0.05,
  },
];

/** Whole ramps of 1, 5, 25 and 50 % through the server's controller, one a seed and world. */
export function simulateCanary(firstSeed: number): Bar[] {
  return CASES.map(({ world, is, value }) => {
    let hits = 0;
    for (let run = 0; run < RUNS; run++) {
      const seed = firstSeed + run;
      const end = runRamp(
        randomStream(seed, world.name),
        world,
        SIMULATED_SETTINGS,
        run % HASHED_EVERY === 0 ? `salt${seed}` : null,
      );
      if (end.rolledBack && (is === 'at most' || end.requests < GONE_BEFORE)) hits += 1;
    }
    const what = is === 'at most' ? 'rolled back' : `rolled back before ${GONE_BEFORE} requests of the candidate`;
    return shareBar(`${world.name}: ${what}`, hits, RUNS, is, value);
  });
}
