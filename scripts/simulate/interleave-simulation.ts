import { draftCheck } from '../../server/analysis/interleave/interleave-health.ts';
import type {
  MetricSums,
  MetricWithSums,
  PreferenceRule,
  ScoreSums,
} from '../../server/analysis/interleave/interleave-result.ts';
import { comparePreferences } from '../../server/analysis/interleave/preference-comparison.ts';
import type { PreferenceComparison } from '../../server/contract/interleave-contract.ts';
import { meanDifference, meanSummary, momentsOf, signTest } from '../../stats/index.ts';
import { type RandomStream, randomStream } from '../calibrate/random-stream.ts';
import {
  clicksInAbTest,
  type InterleavedUnit,
  type InterleaveWorld,
  interleavedUnit,
  requestsOf,
} from './interleave-world.ts';
import { type Bar, type Simulation, shareBar } from './simulation-bar.ts';

const RUNS = 300;
const UNITS = 300;
const REQUESTS = 300;
const ALPHA = 0.05;
/** An A/B test of so many times the units. */
const MORE_UNITS = 4;
/** With this, 300 runs of a test that keeps its level miss the bar once in 700 seeds. */
const NOMINAL = ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / RUNS);

const NO_PREFERENCE: InterleaveWorld = { preference: 0, habit: 0.5, failing: () => 0 };
/** The challenger fails mostly for those who click most. */
const FAILING: InterleaveWorld = { ...NO_PREFERENCE, failing: (rate) => (rate > 0.1 ? 0.4 : 0.05) };
const PREFERENCE: InterleaveWorld = { ...NO_PREFERENCE, preference: 0.2 };

const METRIC: MetricWithSums['metric'] = {
  ...{ id: 1, key: 'click', name: 'Clicks', description: '', kind: 'mean', direction: 'increase', role: 'primary' },
  ...{
    measureId: 1,
    outcome: 'click',
    filter: {},
    startSeconds: 0,
    windowSeconds: 60,
    aggregate: 'count',
    margin: null,
  },
  ...{ lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, quantile: null, capQuantile: null },
  ...{ denominatorId: null, denominatorOutcome: null, denominatorFilter: null, denominatorAggregate: null },
  ...{ proxyForId: null, proxyForKey: null, independentOfAnswer: false, createdAt: new Date(0) },
};
const RULE: PreferenceRule = { level: 1 - ALPHA, tunedTo: UNITS, atLook: true, decidedBy: 'look' };

/** Interleaving of two rankers, 300 returning units that differ, through the draft of the SDK and the server's comparison. */
export const simulateInterleave: Simulation = (firstSeed) => {
  const play = (name: string, world: InterleaveWorld) =>
    Array.from({ length: RUNS }, (_, k) => playPhase(randomStream(firstSeed + k, name), world));
  const alike = play('no preference', NO_PREFERENCE);
  const failing = play('failing challenger', FAILING);
  const liked = play('preference', PREFERENCE);
  const wrong = share(alike, ({ units }) => impressionP(units.flatMap(({ plain }) => plain)) < ALPHA);
  console.log(`  the wrong way, a sign test over impressions: rejects ${percent(wrong)} of true nulls`);
  const biased = failing.map(({ units }) => compare(units, 'withDegraded'));
  const counted = biased.filter(({ plain }) => (plain.test?.pValue ?? 1) < ALPHA).length / RUNS;
  console.log(`  the wrong way, degraded impressions compared too: rejects ${percent(counted)} of true nulls`);
  return [
    ...errorBars('no preference', alike),
    nominalBar('always valid, looked at from 100 units on after every 25', alike, ({ units }) => everRejects(units)),
    ...errorBars('no preference, challenger failing for those who click most', failing),
    ...draftBars(alike),
    ...powerBars(firstSeed, liked),
  ];
};

interface Phase {
  units: InterleavedUnit[];
  comparison: PreferenceComparison;
}

function playPhase(random: RandomStream, world: InterleaveWorld): Phase {
  const requests = requestsOf(random, REQUESTS);
  const run = random.below(2 ** 30);
  const all = Array.from({ length: UNITS }, (_, i) => interleavedUnit(random, world, requests, `${run}-${i}`));
  const units = all.filter(({ plain }) => plain.length > 0);
  return { units, comparison: compare(units) };
}

/** The server's comparison of sums as its job makes them from the units. */
function compare(
  units: InterleavedUnit[],
  plain: 'plain' | 'withDegraded' = 'plain',
  rule = RULE,
): PreferenceComparison {
  const totals = units.map(({ clicks }) => clicks.variant + clicks.against);
  const sum = (values: number[]) => values.reduce((total, each) => total + each, 0);
  const sums: MetricSums = {
    asOf: '',
    units: { complete: units.length, open: 0 },
    impressions: { complete: sum(units.map((each) => each[plain].length)), late: 0 },
    value: { sum: sum(totals), sumOfSquares: sum(totals.map((each) => each * each)) },
    pairs: [
      {
        variant: 'challenger',
        against: 'champion',
        contested: scoreSums(units.map(({ contested }) => contested)),
        plain: scoreSums(units.map((each) => each[plain])),
        outcomes: {
          variant: sum(units.map(({ clicks }) => clicks.variant)),
          against: sum(units.map(({ clicks }) => clicks.against)),
        },
      },
    ],
    positions: [],
  };
  return comparePreferences([{ metric: METRIC, sums }], rule).get(1)![0]!;
}

function scoreSums(units: number[][]): ScoreSums {
  const scores = units.map((each) => each.reduce((sum, outcome) => sum + outcome, 0) / each.length);
  const count = (values: number[], sign: number) => values.filter((each) => Math.sign(each) === sign).length;
  return {
    sum: scores.reduce((sum, each) => sum + each, 0),
    sumOfSquares: scores.reduce((sum, each) => sum + each * each, 0),
    wins: count(scores, 1),
    ties: count(scores, 0),
    losses: count(scores, -1),
    impressionWins: count(units.flat(), 1),
    impressionLosses: count(units.flat(), -1),
  };
}

const share = (phases: Phase[], is: (phase: Phase) => boolean) => phases.filter(is).length / phases.length;
const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

function nominalBar(label: string, phases: Phase[], rejects: (phase: Phase) => boolean): Bar {
  const hits = phases.filter(rejects).length;
  return shareBar(`${label}: rejects`, hits, phases.length, 'at most', Number(NOMINAL.toFixed(4)));
}

function errorBars(world: string, phases: Phase[]): Bar[] {
  return (['contested', 'plain'] as const).flatMap((kind) => [
    nominalBar(
      `${world}: t over units, ${kind} credit`,
      phases,
      ({ comparison }) => (comparison[kind].test?.pValue ?? 1) < ALPHA,
    ),
    nominalBar(`${world}: sign test over units, ${kind} credit`, phases, ({ comparison }) => {
      return (comparison[kind].signTest?.pValue ?? 1) < ALPHA;
    }),
  ]);
}

function everRejects(units: InterleavedUnit[]): boolean {
  for (let n = 100; n <= units.length; n += 25) {
    const { contested } = compare(units.slice(0, n), 'plain', { ...RULE, atLook: false, decidedBy: 'always_valid' });
    if ((contested.alwaysValid?.pValue ?? 1) < ALPHA) return true;
  }
  return false;
}

function impressionP(outcomes: number[]): number {
  const wins = outcomes.filter((each) => each > 0).length;
  const losses = outcomes.filter((each) => each < 0).length;
  const found = signTest({ winsTreatment: wins, winsControl: losses, ties: outcomes.length - wins - losses });
  return found.status === 'ok' ? (found.p ?? 1) : 1;
}

/** First picks within three standard errors of one half, and hardly an alarm. */
function draftBars(phases: Phase[]): Bar[] {
  const total = { variant: 0, against: 0 };
  let alarms = 0;
  for (const { units } of phases) {
    const sum = (of: (unit: InterleavedUnit) => number) => units.reduce((all, unit) => all + of(unit), 0);
    const [first, second] = [sum(({ firstPicks }) => firstPicks.variant), sum(({ firstPicks }) => firstPicks.against)];
    total.variant += first;
    total.against += second;
    const teams = [
      { variant: 'challenger', firstPicks: first, items: 0 },
      { variant: 'champion', firstPicks: second, items: 0 },
    ];
    const uneven = [
      {
        variant: 'challenger',
        against: 'champion',
        more: sum((unit) => unit.uneven.more),
        fewer: sum((unit) => unit.uneven.fewer),
      },
    ];
    const health = draftCheck({ asOf: '', units: units.length, total: 0, degraded: [], teams, uneven });
    if (health.status === 'alarm') alarms++;
  }
  const picks = total.variant + total.against;
  const error = 0.5 / Math.sqrt(picks);
  return [
    {
      label: 'first picks of the challenger, distance from one half',
      observed: Math.abs(total.variant / picks - 0.5),
      standardError: error,
      is: 'at most',
      value: Number((3 * error).toPrecision(3)),
    },
    shareBar('fair drafts that raise an alarm', alarms, phases.length, 'at most', 0.005),
  ];
}

/** What interleaving finds with 300 units, an A/B test of the same clicks mostly misses with four times as many. */
function powerBars(firstSeed: number, phases: Phase[]): Bar[] {
  const found = phases.filter(({ comparison }) => comparison.preferred === 'challenger').length;
  const tests = Array.from({ length: RUNS / 4 }, (_, k) => abTest(randomStream(firstSeed + k, 'A/B test')));
  const inTest = tests.filter(({ p }) => p < ALPHA).length;
  const estimates = phases.flatMap(({ comparison }) => comparison.abTest?.times ?? []).sort((a, b) => a - b);
  const median = estimates[estimates.length >> 1] ?? 0;
  // z grows with the root of the units: the mean z of both says how many times as many are needed.
  const zOf = (zs: number[]) => zs.reduce((sum, z) => sum + z, 0) / zs.length;
  const zInterleaved = zOf(
    phases.map(({ comparison: { contested } }) => contested.estimate! / contested.standardError!),
  );
  const truth = MORE_UNITS * (zInterleaved / zOf(tests.map(({ z }) => z))) ** 2;
  console.log(
    `  an A/B test needs ${truth.toFixed(1)} times the units by simulation; the median of the estimated floor is ${median.toFixed(1)}`,
  );
  return [
    shareBar(`a preference is found with ${UNITS} units`, found, phases.length, 'at least', 0.75),
    shareBar(`an A/B test of ${MORE_UNITS * UNITS} units finds it`, inTest, tests.length, 'at most', 0.65),
    {
      // Whole lists share more items than teams do, so that the estimate is a floor, yet not an idle one.
      ...{ label: 'estimated floor of the units of an A/B test over the true number', standardError: 0 },
      ...{ observed: median / truth, is: 'at most', value: 1 },
    },
    { label: 'the same', observed: median / truth, standardError: 0, is: 'at least', value: 0.2 },
  ];
}

function abTest(random: RandomStream): { p: number; z: number } {
  const requests = requestsOf(random, REQUESTS);
  const arm = (which: 'challenger' | 'champion') =>
    meanSummary(
      momentsOf(
        Array.from({ length: (MORE_UNITS * UNITS) / 2 }, () => clicksInAbTest(random, PREFERENCE, requests, which)),
      ),
    );
  const result = meanDifference(arm('champion'), arm('challenger'));
  return result.status === 'ok' ? { p: result.p, z: result.statistic } : { p: 1, z: 0 };
}
