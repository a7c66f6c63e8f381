import type { CanaryReport } from '../../contract/canary-contract.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import type { CanaryDecision } from './canary-decision.ts';
import { knownRate, planCanary, type SlotTraffic } from './canary-plan.ts';
import { type CanaryRows, isSummed } from './canary-rows.ts';
import { armsOfCanary, type CanaryView, callsIn, type GuardrailView, requestsIn, strataOf } from './canary-view.ts';
import { alphaOfOne, largestShareOf } from './guardrail-record.ts';
import { judgedEvents } from './judge-rate.ts';
import { differenceOf, type MetricStratum } from './metric-evidence.ts';
import { rateRatio } from './rate-evidence.ts';
import { limitsOf, stepDifference, stepRateRatio } from './step-intervals.ts';

interface ReportInput {
  row: ExperimentRow;
  phase: PhaseRow;
  rows: CanaryRows;
  view: CanaryView;
  decision: CanaryDecision;
  now: Date;
}

/** What only a canary has in its report. */
export function canaryPart({ row, phase, rows, view, decision, now }: ReportInput): CanaryReport {
  const { facts, ratio } = view;
  const { settings, step, enteredAt } = facts;
  const minima = settings.steps[step - 1];
  const serves = phase.state === 'running' && row.state === 'running';
  const until = phase.endedAt ?? now;
  const keyOf = (control: boolean) => phase.split.find((each) => each.control === control)?.variant ?? '';
  return {
    mode: 'canary',
    candidate: keyOf(false),
    control: keyOf(true),
    decision: {
      kind: decision.kind,
      state: decision.state,
      sentence: decision.sentence,
      nextCheckAt: decision.nextCheckAt?.toISOString() ?? null,
    },
    step,
    steps: settings.steps.length,
    share: serves ? (minima?.share ?? 0) : 0,
    largestShare: largestShareOf(settings),
    enteredAt: enteredAt.toISOString(),
    requests: { made: facts.requests, minimum: minima?.minimumRequests ?? 0 },
    seconds: {
      elapsed: Math.max(0, until.getTime() - enteredAt.getTime() - facts.pausedMs) / 1000,
      minimum: minima?.minimumSeconds ?? 0,
    },
    alpha: settings.alpha,
    rolledBack:
      phase.endedAs === 'rolled_back'
        ? { at: until.toISOString(), reason: phase.endReason ?? decision.sentence }
        : null,
    guardrails: view.guardrails.map((each) => guardrailPart(each, view)),
    sampleRatio: { sentence: ratio.sentence, alarm: ratio.alarm, logE: ratio.logE, steps: ratio.perStep },
    plan: planCanary(settings, trafficOf(phase, rows, until)),
    history: rows.steps.map((each) => historyOf(phase, rows, each)),
    metrics: row.metrics.filter(isSummed).map((metric) => ({
      metric: metric.key,
      name: metric.name,
      ...steppedPart(strataOf(phase, metric, rows.sums)),
    })),
  };
}

function guardrailPart(view: GuardrailView, { facts }: CanaryView): CanaryReport['guardrails'][number] {
  const { declared, name, state, sentence, mustPass, rate, metric } = view;
  return {
    name,
    kind: declared.kind,
    state,
    sentence,
    mustPass,
    metric: declared.kind === 'metric' ? declared.metric : null,
    margin: declared.kind === 'metric' ? declared.margin : { relative: declared.margin },
    rollbackMargin: declared.rollbackMargin,
    thresholdMs: declared.kind === 'slow_calls' ? declared.thresholdMs : null,
    limits: limitsOf(view),
    rate: rate && ratePart(rate, facts.settings),
    evidence: metric && {
      ...steppedPart(metric.strata),
      lower: metric.evidence?.lower ?? null,
      upper: metric.evidence?.upper ?? null,
      failLogE: metric.evidence?.failLogE ?? null,
      passLogE: metric.evidence?.passLogE ?? null,
    },
  };
}

function ratePart(rate: NonNullable<GuardrailView['rate']>, settings: CanaryView['facts']['settings']) {
  const { candidate, control, expected } = judgedEvents(rate, settings);
  return {
    failLogE: rate.fail.highestLogE,
    passLogE: rate.pass.highestLogE,
    neededLogE: -Math.log(alphaOfOne(settings)),
    failedAt: rate.failedAt?.toISOString() ?? null,
    passedAt: rate.passedAt?.toISOString() ?? null,
    candidateUnits: candidate,
    controlUnits: control,
    waitingUnits: [...rate.events.values()].reduce((sum, each) => sum + each.waiting, 0),
    expectedCandidateUnits: expected,
    rateRatio: rateRatio(rate, settings),
    steps: [...rate.events]
      .sort(([a], [b]) => a - b)
      .map(([step, counts]) => ({ step, ...counts, ratio: stepRateRatio(counts, settings, step) })),
  };
}

function steppedPart(strata: MetricStratum[]) {
  const arm = ({ units, value }: MetricStratum['candidate']) => ({ units, value });
  return {
    difference: differenceOf(strata),
    steps: strata.map((each) => ({
      step: each.step,
      candidate: arm(each.candidate),
      control: arm(each.control),
      ...stepDifference(each),
    })),
  };
}

function historyOf(
  phase: PhaseRow,
  rows: CanaryRows,
  { step, startedAt, endedAt, weights, detail }: CanaryRows['steps'][number],
): CanaryReport['history'][number] {
  const { candidate, control } = armsOfCanary(phase);
  const reason = detail.sentence ?? detail.reason;
  return {
    step,
    share: weights[candidate] ?? 0,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    reason: typeof reason === 'string' ? reason : typeof detail.by === 'string' ? `Taken by ${detail.by}.` : null,
    candidateRequests: requestsIn({ rows, phase }, step),
    championRequests: callsIn({ rows }, step, control),
    candidateErrors: errorsIn(rows, step, candidate),
    championErrors: errorsIn(rows, step, control),
    candidateMeanMs: meanMsIn(rows, step, candidate),
    championMeanMs: meanMsIn(rows, step, control),
  };
}

function errorsIn(rows: CanaryRows, step: number, variantId: number): number {
  return rows.calls
    .filter((each) => each.step === step && each.variantId === variantId)
    .filter(({ status }) => status === 'error' || status === 'timeout' || status === 'missing')
    .reduce((sum, each) => sum + each.n, 0);
}

function meanMsIn(rows: CanaryRows, step: number, variantId: number): number | null {
  const timed = rows.calls.filter(
    (each) => each.step === step && each.variantId === variantId && each.status !== 'missing',
  );
  const n = timed.reduce((sum, each) => sum + each.n, 0);
  return n > 0 ? timed.reduce((sum, each) => sum + each.ms, 0) / n : null;
}

/** Traffic of the phase itself; the champion's errors are those of its control and waiting band. */
function trafficOf(phase: PhaseRow, { calls }: CanaryRows, until: Date): SlotTraffic {
  const sum = (rows: CanaryRows['calls']) => rows.reduce((total, each) => total + each.n, 0);
  const champion = calls.filter((each) => each.variantId === armsOfCanary(phase).control);
  const failed = champion.filter(({ status }) => status === 'error' || status === 'timeout' || status === 'missing');
  const seconds = (until.getTime() - (phase.startedAt?.getTime() ?? until.getTime())) / 1000;
  return {
    requestsPerSecond: calls.length > 0 && seconds > 0 ? sum(calls) / seconds : null,
    errorRate: knownRate(sum(failed), sum(champion)),
  };
}
