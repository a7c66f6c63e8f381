import { sampleRatioEvidence } from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, equal, exactly, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';
import { simulateExperiment } from './simulated-experiment.ts';

const ONE_DAY = 86_400;

interface Days {
  days: number;
  perDay: number;
  /** Chance of a unit to be in the control. */
  control: number;
}

/** Whether the report ever raises the alarm, and its highest log e-value. */
function watch(random: RandomStream, { days, perDay, control }: Days): { alarmed: boolean; highest: number } {
  const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], { design: 'fixed', units: 1e9 });
  const found = { alarmed: false, highest: 0 };
  for (let day = 1; day <= days; day++) {
    const first = random.binomial(perDay, control);
    for (const [arm, n] of [first, perDay - first].entries()) experiment.add(0, arm, { n, mean: 1, m2: 0, m3: 0 });
    experiment.passTo(day * ONE_DAY);
    const item = experiment.health().find(({ check }) => check === 'sample_ratio');
    found.alarmed ||= item?.status === 'alarm';
    found.highest = Math.max(found.highest, Number(item?.numbers.logEValue ?? 0));
  }
  return found;
}

/** Whether a chi-square test at .001 on each day ever raises an alarm. */
function chiSquareAlarms(random: RandomStream, { days, perDay }: Days): boolean {
  const counts = [0, 0];
  for (let day = 1; day <= days; day++) {
    const first = random.binomial(perDay, 0.5);
    counts[0]! += first;
    counts[1]! += perDay - first;
    // the bound of chi-square with one degree of freedom at .001
    if ((counts[0]! - counts[1]!) ** 2 / (counts[0]! + counts[1]!) > 10.8275661706627) return true;
  }
  return false;
}

/** Days, units a day, false alarms of chi-square with their error, and how many times as often as the longest it runs. */
const KNOWN: [number, number, number, number, number][] = [
  [14, 1000, 0.0071, 0.0006, 8],
  [60, 1000, 0.0124, 0.0008, 3],
  [365, 500, 0.02045, 0.001, 1],
];

const sampleRatio: Check = {
  name: 'report-sample-ratio',
  world:
    'Two arms, healthy, looked at each day, report: how often the sample-ratio alarm is ever raised. Beside it chi-square at .001 on each day.',
  runs: { quick: 50, full: 1500 },
  measure: (random, runs) =>
    KNOWN.flatMap(([days, perDay, value, standardError, times]) => {
      const world = { days, perDay, control: 0.5 };
      const watched = Array.from({ length: times * runs }, () => watch(random, world));
      const alarms = watched.filter(({ alarmed }) => alarmed).length;
      const above20 = watched.filter(({ highest }) => highest >= Math.log(20)).length;
      const many = runs * 20;
      const chi = countRuns(many, () => chiSquareAlarms(random, world));
      const known = equal(value, 'simulated with numpy', { standardError });
      return [
        share(`alarm within ${days} days`, alarms, times * runs, atMost(0.001, 'Ville 1939; Lindon and Malek 2022')),
        share(`e-value ever above 20 within ${days} days`, above20, times * runs, atMost(0.05, 'Ville 1939')),
        share(`beside: chi-square, ${days} days`, chi, many, known),
      ];
    }),
};

const realMismatch: Check = {
  name: 'report-sample-ratio-found',
  world:
    'Two arms, of which the control loses 5 % of its units, 1 000 units a day for 60 days, report: the alarm must come.',
  runs: { quick: 20, full: 300 },
  measure: (random, runs) => {
    const world = { days: 60, perDay: 1000, control: 0.95 / 1.95 };
    const found = countRuns(runs, () => watch(random, world).alarmed);
    return [share('alarm raised', found, runs, atLeast(0.99, 'power'))];
  },
};

const expectation: Check = {
  name: 'sample-ratio-evidence',
  world: 'Healthy units: the mean of the e-value over all counts that can happen, each with its probability.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    [10, 200, 2000].flatMap((n) =>
      [0.5, 0.9].map((weight) => {
        const weights = [weight, 1 - weight];
        let [mean, logMass] = [0, n * Math.log(1 - weight)];
        for (let x = 0; x <= n; x++) {
          mean += Math.exp(logMass + sampleRatioEvidence([{ observed: [x, n - x], weights }]).logE);
          logMass += Math.log((n - x) / (x + 1)) + Math.log(weight / (1 - weight));
        }
        return exactly(
          `${n} units, weights ${weights.map((each) => each.toFixed(1)).join(' : ')}`,
          mean,
          equal(1, 'definition of an e-value'),
        );
      }),
    ),
};

export const reportHealthChecks: Check[] = [sampleRatio, realMismatch, expectation];
