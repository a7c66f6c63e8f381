import { shadowGate } from '../../server/analysis/shadow/shadow-gate.ts';
import { shadowReportOf } from '../../server/analysis/shadow/shadow-report.ts';
import type { GateState } from '../../server/contract/gate-contract.ts';
import { shadowSettings } from '../../server/contract/settings-contract.ts';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import type { ShadowLimits, ShadowSettings } from '../../server/db/schema-types.ts';
import { randomStream } from '../calibrate/random-stream.ts';
import { SAME, type ShadowWorld, shadowPhase, truthOf } from './shadow-world.ts';
import { type Bar, shareBar } from './simulation-bar.ts';

const LEVEL = 0.95;
const DECISIONS = 30_000;
/** A look after each so many decisions: sixty in a phase. */
const EVERY = 500;
const RUNS = 150;

const LIMITS: Partial<ShadowLimits> = {
  agreement: 0.95,
  errorRateIncrease: 0.01,
  latencyRatio: 1.2,
  lossIncrease: 0.02,
};

interface Look {
  report: ShadowReport;
  gate: GateState;
}

/** One phase, looked at all the time; `until` ends it. */
function follow(
  name: string,
  seed: number,
  world: ShadowWorld,
  gate: Partial<ShadowLimits>,
  until: (look: Look) => boolean,
): Look[] {
  const settings = shadowSettings.parse({
    referenceShare: world.referenceShare,
    label: 'label',
    gate: { errorRateIncrease: null, ...gate },
  }) as ShadowSettings;
  const phase = { level: LEVEL, settings, metrics: [{ key: 'label', independentOfAnswer: true }] };
  const { more } = shadowPhase(world, randomStream(seed, `shadow ${name}`));
  const looks: Look[] = [];
  for (let n = 0; n < DECISIONS; n += EVERY) {
    const report = shadowReportOf(phase, { computedAt: null, result: more(EVERY) });
    const look = { report, gate: shadowGate(settings, report).state };
    looks.push(look);
    if (until(look)) break;
  }
  return looks;
}

const always = () => false;
const gateIs = (state: GateState) => (look: Look) => look.gate === state;

/** Phases of one world: the looks of each are reduced to what the bars count. */
function runs<T>(firstSeed: number, count: number, run: (seed: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => run(firstSeed + i));
}

function identical(firstSeed: number): Bar[] {
  const phases = runs(firstSeed, RUNS, (seed) => {
    const looks = follow('identical', seed, SAME, LIMITS, always);
    return {
      passes: looks.some(gateIs('pass')),
      fails: looks.some(gateIs('fail')),
      judged: looks.some(({ report }) => report.labels.better !== null),
    };
  });
  const share = (label: string, key: 'passes' | 'fails' | 'judged', is: Bar['is'], value: number) =>
    shareBar(label, phases.filter((each) => each[key]).length, RUNS, is, value);
  return [
    share('an identical candidate passes within 30,000 decisions', 'passes', 'at least', 0.9),
    share('an identical candidate fails at any of 60 looks', 'fails', 'at most', 0.05),
    share('two models equally good on labels, one is called better at any look', 'judged', 'at most', 0.05),
  ];
}

/** At its limits in everything: the hardest case for both answers. */
function atLimits(firstSeed: number): Bar[] {
  const world = { ...SAME, noise: 0.05, disagreement: 0.05, extraErrors: 0.01, slowness: 1.2 };
  const phases = runs(firstSeed, RUNS, (seed) => {
    const looks = follow('at limits', seed, world, { ...LIMITS, lossIncrease: null }, always);
    return { passes: looks.some(gateIs('pass')), fails: looks.some(gateIs('fail')) };
  });
  const count = (key: 'passes' | 'fails') => phases.filter((each) => each[key]).length;
  return [
    shareBar('a candidate exactly at its three limits fails at any look', count('fails'), RUNS, 'at most', 0.05),
    shareBar('a candidate exactly at its three limits passes at any look', count('passes'), RUNS, 'at most', 0.05),
  ];
}

/** Worse by twice what is allowed, in one way at a time. */
function worse(firstSeed: number): Bar[] {
  const ways: [string, Partial<ShadowWorld>][] = [
    ['agrees in 90 % where 95 % are asked', { disagreement: 0.1 }],
    ['errs 2 points more often where 1 is allowed, half the calls doubled', { extraErrors: 0.02, referenceShare: 0.5 }],
    ['takes 1.4 times as long where 1.2 is allowed', { slowness: 1.4 }],
    ['predicts worse, by twice the loss allowed', { candidateBlur: 0.85 }],
  ];
  const count = 100;
  return ways.flatMap(([way, changes]) => {
    const phases = runs(firstSeed, count, (seed) =>
      follow(`worse: ${way}`, seed, { ...SAME, ...changes }, LIMITS, gateIs('fail')),
    );
    const hits = (state: GateState) => phases.filter((looks) => looks.some(gateIs(state))).length;
    return [
      shareBar(`a candidate that ${way}: fails`, hits('fail'), count, 'at least', 0.95),
      shareBar(`a candidate that ${way}: passes`, hits('pass'), count, 'at most', 0.01),
    ];
  });
}

/** Intervals hold at all looks together: the truth is in every one of them. */
function coverage(firstSeed: number): Bar[] {
  return [500, 5_000].flatMap((people) => {
    const world = { ...SAME, people, extraErrors: 0.005, slowness: 1.1 };
    const truth = truthOf(world);
    const phases = runs(firstSeed, RUNS, (seed) => {
      const looks = follow(`coverage ${people}`, seed, world, {}, always);
      const covered = (value: number, of: (report: ShadowReport) => ShadowReport['agreement']['candidate']) =>
        looks.every(({ report }) => {
          const found = of(report);
          return found.status !== 'ok' || (found.interval.lower <= value && value <= found.interval.upper);
        });
      return {
        agreement: covered(truth.agreement, (report) => report.agreement.candidate),
        'difference from the noise floor': covered(0, (report) => report.agreement.difference),
        'difference of error rates': covered(truth.errorDifference, (report) => report.errors.difference),
        'ratio of latencies': covered(truth.latencyRatio, (report) => report.latency.ratio),
        'difference of log loss': covered(0, (report) => {
          const [loss] = report.labels.losses;
          return loss?.difference ?? report.latency.ratio;
        }),
      };
    });
    const names = Object.keys(phases[0] ?? {}) as (keyof (typeof phases)[number])[];
    return names.map((name) =>
      shareBar(
        `${people} returning people: the interval of the ${name} covers at all 60 looks`,
        phases.filter((each) => each[name]).length,
        RUNS,
        'at least',
        0.94,
      ),
    );
  });
}

function better(firstSeed: number): Bar[] {
  const count = 100;
  const world = { ...SAME, championBlur: 0.75 };
  const phases = runs(firstSeed, count, (seed) =>
    follow('better', seed, world, {}, ({ report }) => report.labels.better !== null),
  );
  const called = phases.filter((looks) => looks.at(-1)?.report.labels.better === 'candidate').length;
  return [
    shareBar(
      'a candidate that predicts better is called better, at its first conclusion',
      called,
      count,
      'at least',
      0.95,
    ),
  ];
}

/** Shadow phases through report and gate as the server makes them, looked at sixty times each. */
export function simulateShadow(firstSeed: number): Bar[] {
  return [identical, atLimits, worse, coverage, better].flatMap((part) => part(firstSeed));
}
