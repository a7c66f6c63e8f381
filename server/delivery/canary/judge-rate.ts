import { candidateShare } from '../../../stats/index.ts';
import { count, oneOf, percent } from '../../analysis/phrases.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { alphaOfOne, largestShareOf, type RateGuardrail } from './guardrail-record.ts';
import type { Judgement } from './judgement.ts';
import type { RateEvidence } from './rate-evidence.ts';

export function rateName(guardrail: RateGuardrail): string {
  if (guardrail.kind === 'errors') return 'Errors';
  return guardrail.thresholdMs === null
    ? 'Slow calls'
    : `Calls slower than ${Number(guardrail.thresholdMs.toPrecision(3))} ms`;
}

/** First failing units of the phase that are judged, and how many of them would be the candidate's were it no worse. */
export function judgedEvents({ events }: RateEvidence, settings: CanarySettings) {
  const largest = largestShareOf(settings);
  const sums = { candidate: 0, control: 0, expected: 0 };
  for (const [step, { candidate, control }] of events) {
    const share = settings.steps[step - 1]?.share;
    if (share === undefined) continue;
    sums.candidate += candidate;
    sums.control += control;
    sums.expected += (candidate + control) * candidateShare(share, largest);
  }
  return sums;
}

/**
 * A guardrail on calls: fail and pass are what its two processes have ever reached. Without calls of both bands in the
 * step there is nothing to say.
 */
export function judgeRate(
  settings: CanarySettings,
  place: number,
  guardrail: RateGuardrail,
  evidence: RateEvidence,
  hasCalls: boolean,
): Judgement {
  const base = { guardrail: place, name: rateName(guardrail), mustPass: guardrail.mustPass };
  const { candidate, control, expected } = judgedEvents(evidence, settings);
  const numbers = `${oneOf(candidate, 'unit', 'units')} of the candidate and ${count(control)} of the control had one; ${shown(expected)} of the candidate's were expected`;
  const needed = 1 / alphaOfOne(settings);
  if (evidence.failedAt !== null) {
    const limit = guardrail.rollbackMargin > 0 ? ` by more than ${percent(guardrail.rollbackMargin)}` : '';
    const sentence = `${base.name}: more frequent than in the control${limit}. ${numbers} (evidence ${shown(Math.exp(evidence.fail.highestLogE))}, needed ${shown(needed)}).`;
    return { ...base, state: 'fail', sentence };
  }
  if (!hasCalls) {
    const sentence = `${base.name}: no calls of both candidate and control are recorded in this step; calls are recorded by run and rank.`;
    return { ...base, state: 'no_data', sentence };
  }
  if (evidence.passedAt !== null) {
    const sentence = `${base.name}: shown to be less than ${percent(guardrail.margin)} more frequent than in the control. ${numbers}.`;
    return { ...base, state: 'pass', sentence };
  }
  const sentence = `${base.name}: neither shown to be worse nor to be within ${percent(guardrail.margin)} of the control. ${numbers}.`;
  return { ...base, state: 'inconclusive', sentence };
}

function shown(value: number): string {
  if (value >= 1e6) return 'above 1e6';
  return value >= 10 ? count(Math.round(value)) : value.toFixed(1);
}
