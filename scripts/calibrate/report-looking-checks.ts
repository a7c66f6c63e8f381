import type { LookResult } from '../../server/analysis/look-result.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { groupSequentialBoundary, groupSequentialCrossing } from '../../stats/index.ts';
import { atMost, type Check, countRuns, equal, type Line, share } from './check.ts';
import { DRIFT, equalLooks } from './looking-checks.ts';
import type { RandomStream } from './random-stream.ts';
import { eventUnits, normalUnits, type SimulatedExperiment, simulateExperiment } from './simulated-experiment.ts';

/** Units that each arm gets between two looks. */
const STEP = 200;
type Kind = 'mean' | 'proportion';

interface Run {
  plan: Partial<Plan>;
  kind: Kind;
  /** How many times units come; {@link STEP} an arm while looks are planned, more later. */
  steps: number;
  /** Difference of the arms in standard deviations of a unit. */
  effect?: number;
}

const MEAN = 10;
const RATE = 0.3;

function addStep(random: RandomStream, run: Run, to: SimulatedExperiment, units = STEP): void {
  const effect = run.effect ?? 0;
  for (const arm of [0, 1]) {
    const rate = RATE + arm * effect * Math.sqrt(RATE * (1 - RATE));
    const drawn =
      run.kind === 'mean' ? normalUnits(random, units, MEAN + arm * effect) : eventUnits(random, units, rate);
    to.add(0, arm, drawn);
  }
}

/** Whether and when a conclusion was drawn; it ends with the first. */
function firstConclusion(random: RandomStream, run: Run): number | null {
  const experiment = simulateExperiment([{ kind: run.kind, role: 'primary' }], run.plan);
  for (let step = 1; step <= run.steps; step++) {
    const planned = run.plan.looks ?? 1;
    addStep(random, run, experiment, step > planned ? (STEP * planned) / 2 : STEP);
    if (isConcluded(experiment.look())) return step;
  }
  return null;
}

function isConcluded(results: LookResult[] | null): boolean {
  return results?.some(({ comparison }) => comparison.significant === true) ?? false;
}

function excludes(interval: { lower: number; upper: number } | null | undefined, value: number): boolean {
  return interval != null && (interval.lower > value || interval.upper < value);
}

const peeker: Check = {
  name: 'report-fixed-and-peeker',
  world:
    'No effect, a fixed plan, report: the one look at its end, and beside it a person who reads the live page 14 times and stops when the interval excludes 0 (the page has no p-value then and says that it is not for decisions).',
  runs: { quick: 200, full: 4000 },
  measure: (random, runs): Line[] => {
    let [looked, peeked] = [0, 0];
    const plan = { design: 'fixed', looks: 1, units: 14 * STEP * 2 } as const;
    for (let k = 0; k < runs; k++) {
      const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], plan);
      let stopped = false;
      for (let step = 1; step <= 14; step++) {
        addStep(random, { plan, kind: 'mean', steps: 14 }, experiment);
        const shown = stopped ? null : experiment.metrics()[0]?.comparisons[0];
        stopped ||= excludes(shown?.difference?.interval, 0);
      }
      if (isConcluded(experiment.look())) looked += 1;
      if (stopped) peeked += 1;
    }
    const source = 'Armitage, McPherson, Rowe 1969';
    return [
      share('the look of the plan', looked, runs, equal(0.05, 'definition')),
      share('beside: peeking at the live page, 14 times', peeked, runs, equal(0.21965, source)),
    ];
  },
};

function groupSequential(name: string, looks: number, runs: Check['runs']): Check {
  const plan = { design: 'group_sequential', looks, units: looks * STEP * 2 } as const;
  return {
    name,
    world: `No effect, a plan of ${looks} looks, report. People do not stop at the planned maximum but go on to eleven times as many units, which hands over to the always-valid rule.`,
    runs,
    measure: (random, count) =>
      (['mean', 'proportion'] as const).flatMap((kind) => {
        const ends = Array.from({ length: count }, () => firstConclusion(random, { plan, kind, steps: looks + 20 }));
        const planned = ends.filter((step) => step !== null && step <= looks).length;
        const any = ends.filter((step) => step !== null).length;
        return [
          share(`${kind}, up to the maximum`, planned, count, equal(0.045, '0.9 α, ADR 0011')),
          share(`${kind}, with all that follow`, any, count, atMost(0.05, 'definition')),
        ];
      }),
  };
}

const power: Check = {
  name: 'report-power',
  world:
    'An effect that one look of fixed length finds with probability 0.8, a plan of 14 looks, report: how often it is concluded by the planned maximum, and how often the interval of any look misses the effect.',
  runs: { quick: 30, full: 600 },
  measure: (random, runs) => {
    const times = equalLooks(14);
    const { z } = groupSequentialBoundary({ type: 'obrien_fleming' }, times, { alpha: 0.045 });
    const exact = groupSequentialCrossing(z, times, { sides: 2, drift: DRIFT }).overall;
    const plan = { design: 'group_sequential', looks: 14, units: 14 * STEP * 2 } as const;
    const effect = DRIFT / Math.sqrt((14 * STEP) / 2);
    const run: Run = { plan, kind: 'mean', steps: 14, effect };
    let [found, missed] = [0, 0];
    for (let k = 0; k < runs; k++) {
      const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], plan);
      const answers = times.map(() => {
        addStep(random, run, experiment);
        return experiment.look();
      });
      if (answers.some(isConcluded)) found += 1;
      const intervals = answers.map((looks) => looks?.[0]?.comparison.difference?.interval);
      if (intervals.some((interval) => excludes(interval, effect))) missed += 1;
    }
    return [
      share('power', found, runs, equal(exact, 'recursion, bounds at 0.045; .783 at .05')),
      share('an interval misses the effect', missed, runs, equal(0.045, '0.9 α, ADR 0011')),
    ];
  },
};

const alwaysValid: Check = {
  name: 'report-always-valid',
  world:
    'No effect, an always-valid plan for a minimum effect of a fifth of a unit’s standard deviation, report: a look whenever there are 20 % more units, up to a hundred times the first look.',
  runs: { quick: 200, full: 2000 },
  measure: (random, runs) =>
    (['mean', 'proportion'] as const).map((kind) => {
      // about a fifth of a standard deviation of a unit
      const minimumEffect = kind === 'mean' ? 0.02 : 0.3;
      const plan = { design: 'always_valid', looks: null, minimumEffect } as const;
      const hits = countRuns(runs, () => {
        const experiment = simulateExperiment([{ kind, role: 'primary' }], plan);
        for (let units = 50; units <= 5000; units = Math.ceil(units * 1.2)) {
          addStep(random, { plan, kind, steps: 0 }, experiment, units === 50 ? 50 : Math.ceil(units * 1.2) - units);
          if (isConcluded(experiment.look())) return true;
        }
        return false;
      });
      return share(`${kind}, any look`, hits, runs, atMost(0.05, 'definition'));
    }),
};

const unevenTime: Check = {
  name: 'report-clock',
  world:
    'No effect, a plan of five looks by time while units come at random and unevenly, report: error probability is spent by the clock, correlations follow the units.',
  runs: { quick: 20, full: 400 },
  measure: (random, runs) => {
    const plan = { design: 'group_sequential', looks: 5, durationSeconds: 5000 } as const;
    const hits = countRuns(runs, () => {
      const experiment = simulateExperiment([{ kind: 'mean', role: 'primary' }], plan);
      for (let day = 1; day <= 5; day++) {
        for (const arm of [0, 1])
          experiment.add(0, arm, normalUnits(random, 50 + random.below(day === 1 ? 800 : 400), MEAN));
        experiment.passTo(day * 1000);
        if (isConcluded(experiment.look())) return true;
      }
      return false;
    });
    return [share('up to the end', hits, runs, equal(0.045, '0.9 α, ADR 0011'))];
  },
};

export const reportLookingChecks: Check[] = [
  peeker,
  groupSequential('report-five-looks', 5, { quick: 400, full: 3000 }),
  groupSequential('report-fourteen-looks', 14, { quick: 12, full: 500 }),
  power,
  alwaysValid,
  unevenTime,
];
