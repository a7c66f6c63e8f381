import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { count, counted, decimalsOf, NONE, percentOf, plain, weightPercent } from '../format.ts';
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

/** Name and value of what the present step waits for. */
export function stepFacts({ step, steps, requests, seconds, largestShare, alpha }: CanaryReport): [string, string][] {
  return [
    ['Step', `${step} of ${steps}`],
    ['Requests served by the candidate', `${count(requests.made)} of at least ${count(requests.minimum)}`],
    ['Time in this step', `${span(seconds.elapsed)} of at least ${span(seconds.minimum)}`],
    ['Control', `${weightPercent(1 - largestShare)} of units, in every step`],
    ['False alarms', `at most ${percentOf(alpha)} over the whole ramp`],
  ];
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
