import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { count, counted, dateTime, decimalsOf, NONE, percentOf, plain, weightPercent } from '../format.ts';
import { type MetricKind, marginText, oneDifference } from '../metric-numbers.ts';
import { span } from '../parts/phase-words.ts';

type Guardrail = CanaryReport['guardrails'][number];

/** A step of the ramp, for its picture. */
export type RampStep = { step: number; share: number; state: 'done' | 'present' | 'to_come'; label: string };

/** Steps that were taken, the one that holds, and those to come; after a rollback none holds. */
export function rampSteps(canary: CanaryReport, shares: readonly number[]): RampStep[] {
  return shares.map((share, place) => {
    const step = place + 1;
    const over = canary.rolledBack !== null;
    const state =
      step < canary.step || (over && step === canary.step) ? 'done' : step > canary.step ? 'to_come' : 'present';
    return { step, share, state, label: `Step ${step}: ${weightPercent(share)}, ${stepWords(state, canary, step)}` };
  });
}

function stepWords(state: RampStep['state'], { rolledBack, step }: CanaryReport, at: number): string {
  if (rolledBack && at === step) return 'rolled back';
  return { done: 'taken', present: 'here now', to_come: 'to come' }[state];
}

/** "Ramp: 25 % of units get “v2”", or where they are instead. */
export function rampTitle({ rolledBack, share, candidate, control, decision }: CanaryReport): string {
  if (rolledBack) return `Rolled back: everyone gets “${control}”`;
  if (share === 0) return `Everyone gets “${control}” now`;
  return `${weightPercent(share)} of units get “${candidate}”${decision.state === 'hold' ? ', on hold' : ''}`;
}

/** What holds in every step. */
export function rampFacts({ largestShare, alpha }: CanaryReport): [string, string][] {
  return [
    ['Control', `${weightPercent(1 - largestShare)} of units, in every step`],
    ['False alarms', `at most ${percentOf(alpha)} over the whole ramp`],
  ];
}

/** One thing that the present step waits for: how far it is, 0-1. */
export type Wait = { name: string; text: string; reached: number };

export function waitsOf({ requests, seconds, guardrails }: CanaryReport): Wait[] {
  const reached = (made: number, minimum: number) => (minimum > 0 ? Math.min(1, made / minimum) : 1);
  const must = guardrails.filter(({ mustPass }) => mustPass);
  const passed = must.filter(({ state }) => state === 'pass').length;
  return [
    {
      name: 'Requests served by the candidate',
      text: `${count(requests.made)} of at least ${count(requests.minimum)}`,
      reached: reached(requests.made, requests.minimum),
    },
    {
      name: 'Time in this step',
      text: `${span(seconds.elapsed)} of at least ${span(seconds.minimum)}`,
      reached: reached(seconds.elapsed, seconds.minimum),
    },
    ...(must.length === 0
      ? []
      : [{ name: 'Guardrails that must pass', text: `${passed} of ${must.length}`, reached: passed / must.length }]),
  ];
}

/** When it is judged whether the step is complete, and what happens then. */
export function nextCheckWords(canary: CanaryReport, hold: { by: string; reason: string } | null, now: string): string {
  const { decision, step, steps } = canary;
  const then = step < steps ? `step ${step + 1} starts by itself` : 'the ramp is complete';
  if (hold) return `${hold.by} holds it (${hold.reason}): nothing goes on before someone releases it.`;
  if (decision.state === 'fail') return 'It is being rolled back.';
  if (decision.nextCheckAt === null) return `Nothing says when this step will be complete; once it is, ${then}.`;
  const seconds = (Date.parse(decision.nextCheckAt) - Date.parse(now)) / 1000;
  const when = seconds <= 1 ? 'now' : `about ${dateTime(decision.nextCheckAt)}, in ${span(seconds)}`;
  return `Next check ${when}: if everything below is reached and no guardrail has failed, ${then}.`;
}

/** Where the ramp stands, as the title of its picture. */
export function rampSentence({ rolledBack, step, steps, share, history, decision }: CanaryReport): string {
  const since = history.at(-1)?.startedAt;
  if (rolledBack) {
    const last = history.at(-1)?.share ?? share;
    return `The ramp went to ${weightPercent(last)}, and was rolled back on ${dateTime(rolledBack.at)}`;
  }
  const at = since ? ` since ${dateTime(since)}` : '';
  if (decision.kind === 'finish') return `The ramp has reached its last step, ${weightPercent(share)}${at}`;
  return `Step ${step} of ${steps}${at}${share === 0 ? ', with everyone on the champion now' : `: ${weightPercent(share)} of units`}`;
}

/** Evidence as words. It is the highest of the ramp: by chance alone it reaches e once in e ramps at most. */
export function harmWords(logE: number, neededLogE: number): string {
  if (logE >= neededLogE) return 'shown';
  if (logE >= Math.log(10)) return 'a sign, not enough to roll back';
  return logE >= Math.log(3) ? 'at most a weak sign' : 'no sign';
}

/** The same for "worse by less than the margin". */
export const safetyWords = (logE: number, neededLogE: number): string =>
  logE >= neededLogE ? 'shown' : logE >= neededLogE / 2 ? 'more than half shown' : 'not shown yet';

/** "highest e-value 3.2, 60 decides". */
export const evidenceWords = (logE: number, neededLogE: number): string =>
  `highest e-value ${eNumber(logE)}, ${eNumber(neededLogE)} decides`;

function eNumber(logE: number): string {
  if (logE > 20) return `10^${plain(logE / Math.LN10, 1)}`;
  const e = Math.exp(logE);
  return plain(e, Math.min(3, decimalsOf(e, 2)));
}

/** What fails and what passes, as declared. */
export function limitWords(guardrail: Guardrail, metricKind: MetricKind = 'mean'): string {
  const { kind, margin, rollbackMargin, mustPass, thresholdMs } = guardrail;
  const threshold = kind === 'slow_calls' && thresholdMs !== null ? `Slow: over ${count(thresholdMs)}\u202fms. ` : '';
  const fails = `Fails when shown to be worse${rollbackMargin > 0 ? ` by more than ${marginWords(margin, rollbackMargin, metricKind)}` : ''}; `;
  const passes = `passes when shown to be worse by less than ${marginWords(margin, 'relative' in margin ? margin.relative : margin.absolute, metricKind)}`;
  return `${threshold}${fails}${passes}${mustPass ? '; a step waits for it.' : '; no step waits for it.'}`;
}

const marginWords = (margin: Guardrail['margin'], value: number, kind: MetricKind): string =>
  'relative' in margin ? weightPercent(value) : marginText(kind, { absolute: value });

/** What the evidence of a guardrail is made of. */
export function guardrailNumbers(guardrail: Guardrail, { candidate, control }: CanaryReport): string {
  const { rate, evidence } = guardrail;
  if (rate) {
    const units = rate.candidateUnits + rate.controlUnits;
    if (units === 0) return 'No unit has failed yet.';
    const ratio = rate.rateRatio === null ? '' : ` About ${plain(rate.rateRatio, 2)} times the control's rate.`;
    const waiting = rate.waitingUnits === 0 ? '' : ` ${counted(rate.waitingUnits, 'unit')} failed in the waiting band.`;
    return `${counted(units, 'unit')} failed: ${count(rate.candidateUnits)} with “${candidate}” (${plain(rate.expectedCandidateUnits, 1)} expected if alike), ${count(rate.controlUnits)} with “${control}”.${ratio}${waiting}`;
  }
  if (!evidence) return NONE;
  const units = evidence.steps.reduce((sum, step) => sum + step.candidate.units + step.control.units, 0);
  return `${counted(units, 'mature unit')} compared within steps.`;
}

/** Candidate minus control, with the digits it needs. */
export const differenceWords = (difference: number | null, kind: MetricKind): string =>
  difference === null ? NONE : oneDifference(kind, difference);
