import { HASH_RANGE } from '../../sdk/index.ts';
import type { CanarySettings } from '../../server/db/schema-types.ts';
import { decideCanary } from '../../server/delivery/canary/canary-decision.ts';
import { largestShareOf } from '../../server/delivery/canary/guardrail-record.ts';
import { judgeMetric } from '../../server/delivery/canary/judge-metric.ts';
import { judgeRate } from '../../server/delivery/canary/judge-rate.ts';
import type { Judgement } from '../../server/delivery/canary/judgement.ts';
import { type MetricStratum, metricEvidence } from '../../server/delivery/canary/metric-evidence.ts';
import { addFailure, type Band, type RateEvidence, startEvidence } from '../../server/delivery/canary/rate-evidence.ts';
import { sampleRatioOf } from '../../server/delivery/canary/step-ratio.ts';
import { compileBands } from '../../server/ruleset/compile-ruleset.ts';
import type { RandomStream } from '../calibrate/random-stream.ts';
import { type CanaryUnit, type CanaryWorld, callOf, requestsOf } from './canary-world.ts';

export interface RampEnd {
  rolledBack: boolean;
  /** Candidate requests until then. */
  requests: number;
}

/** The controller looks after so many requests: a second at this traffic. */
const LOOK_EVERY = 100;
const MS_PER_REQUEST = 10;

/** One whole ramp, decided by the server's own controller on evidence gathered as the roll-up does. */
export function runRamp(
  random: RandomStream,
  world: CanaryWorld,
  settings: CanarySettings,
  salt: string | null,
): RampEnd {
  const next = requestsOf(random, world, salt);
  const state = startState(settings);
  for (let made = 1; ; made++) {
    serve(random, world, settings, state, next(), made);
    if (made % LOOK_EVERY !== 0) continue;
    const now = new Date(made * MS_PER_REQUEST);
    if (!isWorthALook(settings, state)) continue;
    const { kind } = decideCanary(factsOf(settings, state), now);
    if (kind === 'roll_back' || kind === 'finish') return { rolledBack: kind === 'roll_back', requests: state.total };
    if (kind === 'advance') enterStep(settings, state, now);
  }
}

interface RampState {
  step: number;
  enteredAt: Date;
  bands: { upTo: number; band: Band }[];
  /** Of the candidate in this step, and in all. */
  requests: number;
  total: number;
  evidence: RateEvidence[];
  /** Units by first exposure in each step. */
  units: { candidate: number; control: number }[];
  /** Fresh units of each step, and those that converted. */
  fresh: Record<'candidate' | 'control', { n: number; x: number }>[];
  looks: number;
}

function startState(settings: CanarySettings): RampState {
  const blank = { candidate: 0, control: 0 };
  return {
    step: 1,
    enteredAt: new Date(0),
    bands: bandsOf(settings, 1),
    requests: 0,
    total: 0,
    evidence: settings.guardrails.map(startEvidence),
    units: settings.steps.map(() => ({ ...blank })),
    fresh: settings.steps.map(() => ({ candidate: { n: 0, x: 0 }, control: { n: 0, x: 0 } })),
    looks: 0,
  };
}

/** The shares as every SDK gets them. */
function bandsOf(settings: CanarySettings, step: number): RampState['bands'] {
  const share = settings.steps[step - 1]?.share ?? 0;
  const split = [
    { key: 'new', weight: share },
    { key: 'old', weight: 1 - share },
  ];
  return compileBands(split, largestShareOf(settings)).map(({ upTo, band = 'control' }) => ({ upTo, band }));
}

function enterStep(settings: CanarySettings, state: RampState, now: Date): void {
  state.step += 1;
  state.enteredAt = now;
  state.requests = 0;
  state.bands = bandsOf(settings, state.step);
}

function serve(
  random: RandomStream,
  world: CanaryWorld,
  settings: CanarySettings,
  state: RampState,
  unit: CanaryUnit,
  made: number,
): void {
  const band = bandOf(state.bands, unit.place * HASH_RANGE);
  expose(state, unit, band);
  if (band === 'candidate') {
    state.requests += 1;
    state.total += 1;
  }
  const came = callOf(random, world, unit, band === 'candidate');
  if (came === 'error' && !unit.erred) {
    unit.erred = true;
    fold(settings, state, 0, band, made);
  } else if (came === 'slow' && !unit.slow) {
    unit.slow = true;
    fold(settings, state, 1, band, made);
  }
}

// No closures from here on: one a request would cost more than the world itself.
function bandOf(bands: RampState['bands'], hash: number): Band {
  for (const { upTo, band } of bands) if (hash < upTo) return band;
  return 'control';
}

function fold(settings: CanarySettings, state: RampState, guardrail: number, band: Band, made: number): void {
  const before = state.evidence[guardrail] ?? startEvidence();
  const at = new Date(made * MS_PER_REQUEST);
  state.evidence[guardrail] = addFailure(before, settings, { guardrail, step: state.step, band, at });
}

function expose(state: RampState, unit: CanaryUnit, band: Band): void {
  const bit = 1 << state.step;
  if ((unit.seen & bit) !== 0) return;
  const isFresh = unit.seen === 0;
  unit.seen |= bit;
  if (band === 'waiting') return;
  const [units, fresh] = [state.units[state.step - 1], state.fresh[state.step - 1]];
  if (!units || !fresh) return;
  units[band] += 1;
  if (!isFresh) return;
  fresh[band].n += 1;
  if (unit.converts) fresh[band].x += 1;
}

/** The controller is asked when a minimum is met or a process has decided, and every twentieth time beside: it costs more than the world. */
function isWorthALook(settings: CanarySettings, state: RampState): boolean {
  state.looks += 1;
  const minimum = settings.steps[state.step - 1]?.minimumRequests ?? 0;
  return state.looks % 20 === 0 || state.requests >= minimum || state.evidence.some((each) => each.failedAt !== null);
}

function factsOf(settings: CanarySettings, state: RampState) {
  const { step, enteredAt, requests } = state;
  const strata = settings.steps.slice(0, step).map(({ share }, k) => {
    const units = state.units[k] ?? { candidate: 0, control: 0 };
    return { step: k + 1, share, ...units };
  });
  return {
    settings,
    step,
    enteredAt,
    pausedMs: 0,
    requests,
    guardrails: settings.guardrails.map((_, place) => judge(settings, place, state)),
    sampleRatio: sampleRatioOf(settings, strata),
    troubles: [],
    oldestPendingAt: null,
    hold: null,
    paused: false,
  };
}

function judge(settings: CanarySettings, place: number, state: RampState): Judgement {
  const guardrail = settings.guardrails[place];
  const evidence = state.evidence[place];
  if (!guardrail || !evidence) throw new Error(`no guardrail ${place}`);
  if (guardrail.kind !== 'metric') return judgeRate(settings, place, guardrail, evidence, true);
  const found = metricEvidence(settings, guardrail, 'increase', strataOf(state));
  return judgeMetric(place, guardrail, { name: 'Conversion', kind: 'proportion' }, found);
}

function strataOf({ fresh, step }: RampState): MetricStratum[] {
  const arm = ({ n, x }: { n: number; x: number }) => {
    const value = n === 0 ? 0 : x / n;
    return { units: n, value, variance: n > 1 ? (value * (1 - value) * n) / (n - 1) : 0 };
  };
  return fresh.slice(0, step).map((each, k) => ({
    step: k + 1,
    candidate: arm(each.candidate),
    control: arm(each.control),
  }));
}
