import type { CanaryGuardrail, CanarySettings, Pause } from '../../db/schema-types.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import type { CanaryFacts } from './canary-decision.ts';
import type { CanaryMetric, CanaryRows } from './canary-rows.ts';
import { isRate } from './guardrail-record.ts';
import { judgeMetric } from './judge-metric.ts';
import { judgeRate } from './judge-rate.ts';
import type { Judgement } from './judgement.ts';
import { type Direction, type MetricEvidence, type MetricStratum, metricEvidence } from './metric-evidence.ts';
import { evidenceOf } from './process-store.ts';
import type { RateEvidence } from './rate-evidence.ts';
import type { StepSums } from './read-step-sums.ts';
import { type StepRatio, sampleRatioOf } from './step-ratio.ts';

/** Share of units seen in two variants from which on the data are in trouble. */
const MIXED_ALARM = 0.01;

export interface CanaryInput {
  phase: Pick<PhaseRow, 'settings' | 'split' | 'step' | 'pauses' | 'hold' | 'startedAt'>;
  metrics: CanaryMetric[];
  rows: CanaryRows;
  paused: boolean;
  oldestPendingAt: Date | null;
  now: Date;
}

/** A guardrail's judgement and what it was made from. */
export interface GuardrailView extends Judgement {
  declared: CanaryGuardrail;
  rate: RateEvidence | null;
  metric: { evidence: MetricEvidence | null; strata: MetricStratum[]; direction: Direction } | null;
}

/** A canary as it stands: what the controller decides on, and what the report shows beside it. */
export interface CanaryView {
  facts: CanaryFacts;
  guardrails: GuardrailView[];
  ratio: StepRatio;
  mixed: { units: number; mixed: number };
}

export function canaryView(input: CanaryInput): CanaryView {
  const { phase, rows, paused, oldestPendingAt, now } = input;
  const settings = settingsOf(phase);
  const guardrails = settings.guardrails.map((declared, place) => guardrailView(input, settings, declared, place));
  const ratio = sampleRatioOf(settings, unitsByStep(input, settings));
  const mixed = {
    units: rows.units.reduce((sum, each) => sum + each.units, 0),
    mixed: rows.units.reduce((sum, each) => sum + each.mixed, 0),
  };
  const enteredAt = rows.steps.find((each) => each.step === phase.step)?.startedAt ?? phase.startedAt ?? now;
  return {
    guardrails,
    ratio,
    mixed,
    facts: {
      settings,
      step: phase.step,
      enteredAt,
      pausedMs: pausedSince(phase.pauses, enteredAt, now),
      requests: requestsIn(input, phase.step),
      guardrails,
      sampleRatio: ratio,
      troubles:
        mixed.mixed > MIXED_ALARM * mixed.units
          ? [`${mixed.mixed} of ${mixed.units} units were seen in two variants; find out which service mixes them.`]
          : [],
      oldestPendingAt,
      hold: phase.hold,
      paused,
    },
  };
}

export function settingsOf({ settings }: Pick<PhaseRow, 'settings'>): CanarySettings {
  if (!settings.canary) throw new Error('a canary phase has its settings');
  return settings.canary;
}

export function armsOfCanary({ split }: Pick<PhaseRow, 'split'>): { candidate: number; control: number } {
  const id = (control: boolean) => split.find((each) => each.control === control)?.variantId ?? 0;
  return { candidate: id(false), control: id(true) };
}

/** Calls of a variant in a step, whatever became of them. */
export function callsIn({ rows }: Pick<CanaryInput, 'rows'>, step: number, variantId: number): number {
  const own = rows.calls.filter((each) => each.step === step && each.variantId === variantId);
  return own.reduce((sum, each) => sum + each.n, 0);
}

/** Requests that the candidate served in a step. A service that only asks `decide` records no calls: it has its units. */
export function requestsIn(input: Pick<CanaryInput, 'rows' | 'phase'>, step: number): number {
  const { candidate } = armsOfCanary(input.phase);
  const units = input.rows.units.find((each) => each.step === step && each.variantId === candidate)?.units ?? 0;
  return Math.max(units, callsIn(input, step, candidate));
}

function guardrailView(
  input: CanaryInput,
  settings: CanarySettings,
  declared: CanaryGuardrail,
  place: number,
): GuardrailView {
  const { phase, rows, metrics } = input;
  if (isRate(declared)) {
    const rate = evidenceOf(rows.processes, place, settings);
    const { candidate, control } = armsOfCanary(phase);
    const hasCalls = callsIn(input, phase.step, candidate) > 0 && callsIn(input, phase.step, control) > 0;
    return { ...judgeRate(settings, place, declared, rate, hasCalls), declared, rate, metric: null };
  }
  const metric = metrics.find((each) => each.key === declared.metric);
  if (!metric) throw new Error(`guardrail ${place} watches "${declared.metric}", which the experiment does not have`);
  const strata = strataOf(phase, metric, rows.sums);
  const evidence = metricEvidence(settings, declared, metric.direction, strata);
  return {
    ...judgeMetric(place, declared, metric, evidence),
    declared,
    rate: null,
    metric: { evidence, strata, direction: metric.direction },
  };
}

/** The steps of one metric in which both arms have mature units. */
export function strataOf(phase: Pick<PhaseRow, 'split'>, metric: CanaryMetric, sums: StepSums[]): MetricStratum[] {
  const { candidate, control } = armsOfCanary(phase);
  const own = sums.filter((each) => each.measureId === metric.measureId && each.denominatorId === metric.denominatorId);
  return [...new Set(own.map((each) => each.step))].flatMap((step) => {
    const arm = (variantId: number) => own.find((each) => each.step === step && each.variantId === variantId);
    const [a, b] = [arm(control), arm(candidate)];
    return a && b && isUsable(a) && isUsable(b) ? [{ step, candidate: armOf(b), control: armOf(a) }] : [];
  });
}

/** A ratio needs something to divide by. */
const isUsable = (sums: StepSums): boolean => sums.denominatorId === null || sums.denominatorMean !== 0;

function armOf({ units, mean, m2, denominatorId, denominatorMean: d, denominatorM2, m11 }: StepSums) {
  const divisor = Math.max(1, units - 1);
  if (denominatorId === null) return { units, value: mean, variance: m2 / divisor };
  const value = mean / d;
  const linear = m2 - 2 * value * m11 + value * value * denominatorM2;
  return { units, value, variance: Math.max(0, linear) / divisor / (d * d) };
}

function unitsByStep({ phase, rows }: CanaryInput, settings: CanarySettings) {
  const { candidate, control } = armsOfCanary(phase);
  const unitsOf = (step: number, variantId: number) =>
    rows.units.find((each) => each.step === step && each.variantId === variantId)?.units ?? 0;
  return settings.steps.slice(0, phase.step).map(({ share }, k) => ({
    step: k + 1,
    share,
    candidate: unitsOf(k + 1, candidate),
    control: unitsOf(k + 1, control),
  }));
}

/** Of the time since `from`, ms in which nothing was served. */
function pausedSince(pauses: Pause[], from: Date, now: Date): number {
  return pauses.reduce((sum, pause) => {
    const start = Math.max(from.getTime(), Date.parse(pause.from));
    const end = pause.to === null ? now.getTime() : Date.parse(pause.to);
    return sum + Math.max(0, end - start);
  }, 0);
}
