import { sampleRatioEvidence } from '../../stats/index.ts';
import { atLeast, atMost, average, type Check, equal, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';

/** Shares of the candidate in the steps of a ramp; the last is the largest. */
const STEPS = [0.05, 0.1, 0.2, 0.35, 0.5];
const LARGEST = 0.5;
const UNITS = 25_000;
const EFFECT = 0.1;
/** What everybody's value changes from one step to the next: a season, a campaign that ends. */
const TREND = -0.02;
/** A unit that always comes is worth this much more than one that never does. */
const LOYALTY = 0.35;
const ALARM = Math.log(1000);

interface Sums {
  n: number;
  sum: number;
}

/** Sums of control and candidate in each step. */
type Steps = [Sums, Sums][];

interface Ramp {
  /** Candidate below the step's share, control above the largest, nobody between. */
  bands: Steps;
  /** Everybody above the step's share is control; units that changed arm are set aside. */
  withoutBands: Steps;
  setAside: number;
}

function drawRamp(random: RandomStream): Ramp {
  const blank = (): Steps =>
    STEPS.map(() => [
      { n: 0, sum: 0 },
      { n: 0, sum: 0 },
    ]);
  const ramp = { bands: blank(), withoutBands: blank(), setAside: 0 };
  let seen = 0;
  for (let unit = 0; unit < UNITS; unit++) {
    const place = random.uniform();
    const activity = random.uniform();
    const visits = STEPS.map((_, step) => step).filter(() => random.uniform() < activity);
    const [first] = visits;
    if (first === undefined) continue;
    seen += 1;
    const treatedAt = (step: number) => place < (STEPS[step] ?? 0);
    const treated = treatedAt(first);
    const value = LOYALTY * activity + TREND * first + 0.5 * random.normal() + (treated ? EFFECT : 0);
    // fresh units: by their first exposure of the phase
    if (treated || place >= LARGEST) add(ramp.bands, first, treated, value);
    if (visits.some((step) => treatedAt(step) !== treated)) ramp.setAside += 1;
    else add(ramp.withoutBands, first, treated, value);
  }
  ramp.setAside /= seen;
  return ramp;
}

function add(steps: Steps, step: number, treated: boolean, value: number): void {
  const sums = steps[step]?.[treated ? 1 : 0];
  if (!sums) return;
  sums.n += 1;
  sums.sum += value;
}

/** Σ w (candidate − control) / Σ w over steps, w = n_A n_B / (n_A + n_B). */
function stratified(steps: Steps): number {
  let [total, weights] = [0, 0];
  for (const [control, candidate] of steps) {
    if (control.n === 0 || candidate.n === 0) continue;
    const weight = (control.n * candidate.n) / (control.n + candidate.n);
    total += weight * (candidate.sum / candidate.n - control.sum / control.n);
    weights += weight;
  }
  return total / weights;
}

function pooled(steps: Steps): number {
  const mean = (arm: 0 | 1) =>
    steps.reduce((sum, each) => sum + each[arm].sum, 0) / steps.reduce((sum, each) => sum + each[arm].n, 0);
  return mean(1) - mean(0);
}

function isAlarm(steps: Steps, controlShare: (share: number) => number): boolean {
  const strata = steps.map(([control, candidate], step) => {
    const share = STEPS[step] ?? 0;
    return { observed: [control.n, candidate.n], weights: [controlShare(share), share] };
  });
  return sampleRatioEvidence(strata).logE >= ALARM;
}

const returning: Check = {
  name: 'ramp-returning-units',
  world: `A ramp of ${STEPS.length} steps over ${UNITS} units, which come back as often as they are loyal; loyal ones are worth more, and everybody's value falls from step to step. True effect ${EFFECT}. The world is ours: the rule names none.`,
  runs: { quick: 40, full: 1000 },
  measure: (random, runs) => {
    const ramps = Array.from({ length: runs }, () => drawRamp(random));
    const mean = (label: string, of: (ramp: Ramp) => number, target: ReturnType<typeof equal>) =>
      average(label, Float64Array.from(ramps, of), target);
    const count = (hits: (ramp: Ramp) => boolean) => ramps.filter(hits).length;
    const healthy = count((ramp) => isAlarm(ramp.bands, () => 1 - LARGEST));
    const unhealthy = count((ramp) => isAlarm(ramp.withoutBands, (s) => 1 - s));
    return [
      mean('bands, by step: estimate', (ramp) => stratified(ramp.bands), equal(EFFECT, 'the true effect')),
      share('bands: sample-ratio alarm', healthy, runs, atMost(0.001, 'Ville 1939')),
      mean(
        'beside: bands, steps pooled',
        (ramp) => pooled(ramp.bands),
        atMost(0.6 * EFFECT, 'simulated before: −64 %'),
      ),
      mean(
        'beside: without bands, units that changed set aside',
        (ramp) => pooled(ramp.withoutBands),
        atMost(0.6 * EFFECT, 'simulated before: −47 %'),
      ),
      mean(
        'beside: without bands, share of units set aside',
        (ramp) => ramp.setAside,
        atLeast(0.15, 'simulated before: 30 %'),
      ),
      share('beside: without bands, sample-ratio alarm', unhealthy, runs, atLeast(0.9, 'simulated before: 96 %')),
    ];
  },
};

export const rampChecks: Check[] = [returning];
