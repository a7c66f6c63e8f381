import {
  addGuardrailEvent,
  candidateShare,
  type GuardrailSide,
  guardrailDecided,
  normalQuantile,
  startGuardrail,
} from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, share } from './check.ts';
import type { RandomStream } from './random-stream.ts';

/** Shares of the candidate in the steps of a ramp; the last is the largest. */
const STEPS = [0.05, 0.1, 0.2, 0.35, 0.5];
const LARGEST = 0.5;
/** For one of three guardrails, of 5 % for the whole ramp. */
const ALPHA = 0.05 / 3;

/** A failing call: in which step, of whom, and whether by the candidate. */
interface Failure {
  step: number;
  unit: number;
  candidate: boolean;
  /** Of a unit that the candidate gets later: served by the champion, not analysed. */
  waiting?: boolean;
}

interface World {
  units: number;
  callsPerStep: number;
  /** Share of units that have trouble at all, and how often their calls fail. */
  troubled: number;
  failureRate: number;
}

/** Failures cluster in a few units, who come back in every step; the candidate is no worse. */
const CLUSTERED: World = { units: 4000, callsPerStep: 5, troubled: 0.02, failureRate: 0.3 };

/** All failing calls of a ramp, step by step, in all three bands. */
function failuresOf(random: RandomStream, world: World): Failure[] {
  const places = Array.from({ length: world.units }, random.uniform);
  const troubled = places.map(() => random.uniform() < world.troubled);
  return STEPS.flatMap((share, step) =>
    places.flatMap((place, unit) => {
      if (!troubled[unit]) return [];
      const waiting = place >= share && place < LARGEST;
      const failing = random.binomial(world.callsPerStep, world.failureRate);
      return Array.from({ length: failing }, () => ({ step, unit, candidate: place < share, waiting }));
    }),
  );
}

function isDecided(failures: Iterable<Failure>, side: GuardrailSide, margin: number, alpha: number): boolean {
  let evidence = startGuardrail(side);
  for (const { step, candidate } of failures) {
    evidence = addGuardrailEvent(evidence, {
      candidate,
      share: candidateShare(STEPS[step] ?? LARGEST, LARGEST, margin),
    });
    if (guardrailDecided(evidence, alpha)) return true;
  }
  return false;
}

/** Each unit at its first failure; one that failed while it waited for the candidate is gone. */
function firstFailures(failures: Failure[]): Failure[] {
  const seen = new Set<number>();
  return failures.filter(({ unit, waiting }) => !seen.has(unit) && seen.add(unit) && !waiting);
}

/** Units that are new to the candidate are fresh to fail, those of the control have failed already. */
function firstAnalysedFailures(failures: Failure[]): Failure[] {
  return firstFailures(failures.filter(({ waiting }) => !waiting));
}

const clustered: Check = {
  name: 'guardrail-clustered',
  world: `A ramp of ${STEPS.length} steps, ${CLUSTERED.units} units with ${CLUSTERED.callsPerStep} calls a step; ${100 * CLUSTERED.troubled} % of them have trouble with ${100 * CLUSTERED.failureRate} % of their calls, whoever answers. The candidate is no worse: every rollback is wrong. Error guardrail at ${ALPHA.toFixed(4)}, one of three. The world is ours: the rule names none.`,
  runs: { quick: 400, full: 8000 },
  measure: (random, runs) => {
    const hits = { rule: 0, forgotten: 0, requests: 0, restarted: 0 };
    for (let run = 0; run < runs; run++) {
      const everyone = failuresOf(random, CLUSTERED);
      const failures = everyone.filter(({ waiting }) => !waiting);
      if (isDecided(firstFailures(everyone), 'fail', 0, ALPHA)) hits.rule += 1;
      if (isDecided(firstAnalysedFailures(everyone), 'fail', 0, ALPHA)) hits.forgotten += 1;
      if (isDecided(failures, 'fail', 0, ALPHA)) hits.requests += 1;
      const perStep = STEPS.map((_, step) => failures.filter((each) => each.step === step));
      if (perStep.some((part) => isDecided(part, 'fail', 0, ALPHA))) hits.restarted += 1;
    }
    return [
      share('each unit once, one process', hits.rule, runs, atMost(ALPHA, 'definition; simulated before: 0.7–1.2 %')),
      share('beside: failures while waiting forgotten', hits.forgotten, runs, atLeast(0.1, 'must be wrong')),
      share('beside: every request', hits.requests, runs, atLeast(0.08, 'simulated before: 12–29 %')),
      share(
        'beside: every request, begun again at each step',
        hits.restarted,
        runs,
        atLeast(0.12, 'simulated before: 46 %'),
      ),
    ];
  },
};

/** Failing calls of independent units of one call each: how many fail in each step, in random order. */
function* independentFailures(random: RandomStream, unitsPerStep: number, ratio: number): Generator<Failure> {
  for (const [step, share] of STEPS.entries()) {
    let candidate = random.binomial(Math.round(unitsPerStep * share), 0.01 * ratio);
    let control = random.binomial(Math.round(unitsPerStep * (1 - LARGEST)), 0.01);
    while (candidate + control > 0) {
      const fails = random.uniform() * (candidate + control) < candidate;
      if (fails) candidate -= 1;
      else control -= 1;
      yield { step, unit: 0, candidate: fails };
    }
  }
}

/** Units a step after which a candidate that is no worse has passed nearly always. */
const PASSING_UNITS = 25_000;

const passing: Check = {
  name: 'guardrail-pass',
  world: `A ramp of ${STEPS.length} steps with ${PASSING_UNITS} units each, one call a unit, 1 % errors; the candidate passes when it is shown to have less than 1.5 times as many. Passes by a candidate exactly at that margin are wrong.`,
  runs: { quick: 200, full: 6000 },
  measure: (random, runs) => {
    const passes = (units: number, ratio: number) =>
      countRuns(runs, () => isDecided(independentFailures(random, units, ratio), 'pass', 0.5, ALPHA));
    const fails = countRuns(runs, () => isDecided(independentFailures(random, PASSING_UNITS, 1), 'fail', 0, ALPHA));
    const tiny = countRuns(runs, () => passesAtOnce(random, 500));
    return [
      share(
        'at the margin: passes',
        passes(PASSING_UNITS, 1.5),
        runs,
        atMost(ALPHA, 'definition; simulated before: 5 of 400'),
      ),
      share('no worse: passes', passes(PASSING_UNITS, 1), runs, atLeast(0.97, 'simulated before: 97 %')),
      share('no worse: fails', fails, runs, atMost(ALPHA, 'definition')),
      share('no worse, 500 units in all: passes', tiny, runs, atMost(0.01, 'simulated before: 0.2 %')),
    ];
  },
};

/** Whether a step of half the traffic with so few units lets a candidate pass that is no worse. */
function passesAtOnce(random: RandomStream, units: number): boolean {
  const [candidate, control] = [random.binomial(units / 2, 0.01), random.binomial(units / 2, 0.01)];
  const order = [...Array<boolean>(candidate).fill(true), ...Array<boolean>(control).fill(false)];
  for (let k = order.length - 1; k > 0; k--) {
    const other = random.below(k + 1);
    [order[k], order[other]] = [order[other] ?? false, order[k] ?? false];
  }
  const failures = order.map((each) => ({ step: STEPS.length - 1, unit: 0, candidate: each }));
  return isDecided(failures, 'pass', 0.5, ALPHA);
}

const handOver: Check = {
  name: 'same-salt',
  world:
    'No effect. A canary of 500 units a side goes on to an A/B phase only when it looks better than its control (z above 0.5); units keep 70 % of their value. "Better" at one-sided 2.5 % in the A/B phase.',
  runs: { quick: 4000, full: 200_000 },
  measure: (random, runs) => {
    const bound = -normalQuantile(0.025);
    let [passed, same, fresh] = [0, 0, 0];
    while (passed < runs) {
      const gate = random.normal();
      if (gate < 0.5) continue;
      passed += 1;
      // the z of the same units in the same arms, correlated with that of the gate
      if (0.7 * gate + Math.sqrt(1 - 0.49) * random.normal() > bound) same += 1;
      if (random.normal() > bound) fresh += 1;
    }
    return [
      share('a new salt', fresh, runs, atMost(0.025, 'definition')),
      share('beside: the same salt', same, runs, atLeast(0.05, 'simulated before: 5–7.5 %')),
    ];
  },
};

export const guardrailChecks: Check[] = [clustered, passing, handOver];
