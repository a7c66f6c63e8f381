import type { HealthItem } from '../../server/contract/report-contract.ts';
import { sampleRatioEvidence, sampleRatioTest } from '../../stats/index.ts';
import { atLeast, atMost, type Check, equal, exactly, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';
import { simulateExperiment } from './simulated-experiment.ts';

const ONE_DAY = 86_400;

function isAlarmed(health: HealthItem[]): boolean {
  return health.some(({ check, status }) => check === 'sample_ratio' && status === 'alarm');
}

interface Days {
  days: number;
  perDay: number;
  /** Chance of a unit to be in the control. */
  control: number;
}

/** Whether the report, or a daily chi-square test at .001, ever raises an alarm. */
function alarms(random: RandomStream, { days, perDay, control }: Days): { report: boolean; chiSquare: boolean } {
  const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], { design: 'fixed', units: 1e9 });
  const counts = [0, 0];
  const found = { report: false, chiSquare: false };
  for (let day = 1; day <= days; day++) {
    const first = random.binomial(perDay, control);
    [first, perDay - first].forEach((n, arm) => {
      counts[arm] = (counts[arm] ?? 0) + n;
      experiment.add(0, arm, { n, mean: 1, m2: 0, m3: 0 });
    });
    experiment.passTo(day * ONE_DAY);
    found.report ||= isAlarmed(experiment.health());
    const test = sampleRatioTest(counts, [1, 1]);
    found.chiSquare ||= test.status === 'ok' && test.p < 0.001;
  }
  return found;
}

/** The same with the chi-square test alone, which needs no report. */
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

const KNOWN: [number, number, number, number][] = [
  [14, 1000, 0.0071, 0.0006],
  [60, 1000, 0.0124, 0.0008],
  [365, 500, 0.02045, 0.001],
];

const sampleRatio: Check = {
  name: 'report-sample-ratio',
  world:
    'Two arms, healthy, looked at each day, report: how often the sample-ratio alarm is ever raised. Beside it chi-square at .001 on each day.',
  runs: { quick: 60, full: 2000 },
  measure: (random, runs) =>
    KNOWN.flatMap(([days, perDay, value, standardError]) => {
      let report = 0;
      for (let run = 0; run < runs; run++) {
        if (alarms(random, { days, perDay, control: 0.5 }).report) report += 1;
      }
      const many = runs * 20;
      let chi = 0;
      for (let run = 0; run < many; run++) if (chiSquareAlarms(random, { days, perDay, control: 0.5 })) chi += 1;
      const known = equal(value, 'simulated with numpy', { standardError });
      return [
        share(`${days} days`, report, runs, atMost(0.001, 'Ville 1939; Lindon and Malek 2022')),
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
    let found = 0;
    for (let run = 0; run < runs; run++) {
      if (alarms(random, { days: 60, perDay: 1000, control: 0.95 / 1.95 }).report) found += 1;
    }
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
        return exactly(`${n} units, weights ${weight} : ${1 - weight}`, mean, equal(1, 'definition of an e-value'));
      }),
    ),
};

export const reportHealthChecks: Check[] = [sampleRatio, realMismatch, expectation];
