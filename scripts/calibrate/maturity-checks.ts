import { binLimits } from '../../server/analysis/unit-job/log-bins.ts';
import {
  type Bin,
  bucketedQuantile,
  type Moments,
  meanDifference,
  momentsOf,
  quantileBin,
  quantileInterval,
} from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, equal, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';
import { simulateExperiment } from './simulated-experiment.ts';

const DAYS = { enrolling: 28, window: 7, unitsPerDay: 40 };
const LOOKS = 7;

/** Units of one arm by day of first exposure; each gains an amount a day for the length of the window. */
interface Cohort {
  habits: number[];
  totals: number[];
}

function openCohort(random: RandomStream): Cohort {
  const habits = Array.from({ length: DAYS.unitsPerDay }, random.normal);
  return { habits, totals: habits.map(() => 0) };
}

function passDay(random: RandomStream, { habits, totals }: Cohort): void {
  habits.forEach((habit, unit) => {
    totals[unit]! += 1 + habit + random.normal();
  });
}

function isSignificant(a: Moments, b: Moments): boolean {
  const [control, treatment] = [a, b].map(({ n, mean, m2 }) => ({ n, mean, variance: m2 / (n - 1) }));
  if (!control || !treatment) return false;
  const test = meanDifference(control, treatment);
  return test.status === 'ok' && test.p < 0.05;
}

/** Whether the plan concludes over mature units, and whether a daily test of all totals so far does. */
function oneExperiment(random: RandomStream): { rule: boolean; running: boolean } {
  const units = 2 * DAYS.enrolling * DAYS.unitsPerDay;
  const plan = { design: 'group_sequential', looks: LOOKS, units } as const;
  const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], plan);
  const arms: [Cohort[], Cohort[]] = [[], []];
  const found = { rule: false, running: false };
  for (let day = 1; day < DAYS.enrolling + DAYS.window; day++) {
    for (const cohorts of arms) {
      if (day <= DAYS.enrolling) cohorts.push(openCohort(random));
      cohorts.forEach((cohort, first) => {
        if (day - first <= DAYS.window) passDay(random, cohort);
      });
    }
    const ripe = day - DAYS.window;
    arms.forEach((cohorts, arm) => {
      const cohort = cohorts[ripe];
      if (ripe >= 0 && cohort) experiment.add(0, arm, momentsOf(cohort.totals));
    });
    found.rule ||= experiment.look()?.some(({ comparison }) => comparison.significant) ?? false;
    const [a, b] = arms.map((cohorts) => momentsOf(cohorts.flatMap(({ totals }) => totals)));
    found.running ||= a !== undefined && b !== undefined && isSignificant(a, b);
  }
  return found;
}

const maturity: Check = {
  name: 'report-mature-units',
  world: `No effect; units come for ${DAYS.enrolling} days and gain something on each of ${DAYS.window} days, some always more than others. Report: a plan of ${LOOKS} looks over mature units. Beside it the totals so far of all units, tested every day.`,
  runs: { quick: 80, full: 1000 },
  measure: (random, runs) => {
    const found = Array.from({ length: runs }, () => oneExperiment(random));
    const rule = found.filter((each) => each.rule).length;
    const running = found.filter((each) => each.running).length;
    return [
      share('mature units, looks of the plan', rule, runs, equal(0.045, '0.9 α, ADR 0011')),
      share('beside: running totals, tested daily', running, runs, atLeast(0.2, 'simulated before: 25–29 %')),
    ];
  },
};

const CALLS = { units: 600, mostCalls: 30, buckets: 100 };
const QUANTILE = 0.95;
const SPREAD = { units: 1, calls: 0.5 };
/** Of the calls of all units together: lognormal with both spreads. */
const TRUE_QUANTILE = Math.exp(1.6448536269514722 * Math.hypot(SPREAD.units, SPREAD.calls));

function callsOfUnits(random: RandomStream): number[][] {
  return Array.from({ length: CALLS.units }, () => {
    const own = SPREAD.units * random.normal();
    return Array.from({ length: 1 + random.below(CALLS.mostCalls) }, () =>
      Math.exp(own + SPREAD.calls * random.normal()),
    );
  });
}

/** As the unit job stores values: in bins of 1 %, and units in a hundred buckets. */
function bucketedInterval(units: number[][]): { lower: number; upper: number } {
  const counts = new Map<number, number>();
  const binOf = (value: number) => Math.ceil(Math.log(value / 1e-6) / 0.01);
  for (const value of units.flat()) counts.set(binOf(value), (counts.get(binOf(value)) ?? 0) + 1);
  const places = [...counts.keys()].sort((a, b) => a - b);
  const bins: Bin[] = places.map((place) => ({ ...binLimits(place), n: counts.get(place) ?? 0 }));
  const last = places[quantileBin(bins, QUANTILE)] ?? 0;
  const buckets = Array.from({ length: CALLS.buckets }, () => ({ n: 0, within: 0 }));
  units.forEach((calls, unit) => {
    const bucket = buckets[unit % CALLS.buckets]!;
    bucket.n += calls.length;
    bucket.within += calls.filter((value) => binOf(value) <= last).length;
  });
  const found = bucketedQuantile(bins, buckets, QUANTILE);
  if (found.status !== 'ok') return { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  return { lower: found.lower ?? Number.NEGATIVE_INFINITY, upper: found.upper ?? Number.POSITIVE_INFINITY };
}

const latency: Check = {
  name: 'clustered-p95',
  world: `The 95 % quantile of the latency of ${CALLS.units} units with 1 to ${CALLS.mostCalls} calls, slow ones among them always slow: how often its 95 % interval holds the truth. The world is ours: the rule names none.`,
  runs: { quick: 100, full: 3000 },
  measure: (random, runs) => {
    const covers = ({ lower, upper }: { lower: number; upper: number }) =>
      lower <= TRUE_QUANTILE && TRUE_QUANTILE <= upper;
    let ranks = 0;
    const buckets = countRuns(runs, () => {
      const units = callsOfUnits(random);
      if (covers(quantileInterval(units.flat(), QUANTILE))) ranks += 1;
      return covers(bucketedInterval(units));
    });
    return [
      share('by buckets of units', buckets, runs, atLeast(0.925, 'nominal .95, less .025; simulated before: .94')),
      share('beside: by plain ranks', ranks, runs, atMost(0.7, 'simulated before: .55')),
    ];
  },
};

export const maturityChecks: Check[] = [maturity, latency];
