import { type GuardrailEvidence, type GuardrailSide, startGuardrail } from '../../../stats/index.ts';
import type { CanaryGuardrail, CanarySettings } from '../../db/schema-types.ts';

/**
 * How the evidence of a phase lies in `process`: `metric_id` is the guardrail's place in the settings, -1 the sample
 * ratio's. `fail` and `pass`, stratum 0: the products, log e, its highest value and the number of events.
 * `events`, stratum = step: first failing units of candidate, control and waiting band. `at`: when the side was
 * decided, until then when the last event came.
 */
export type RateGuardrail = Exclude<CanaryGuardrail, { kind: 'metric' }>;

export const SAMPLE_RATIO_PLACE = -1;

export const isRate = (guardrail: CanaryGuardrail): guardrail is RateGuardrail => guardrail.kind !== 'metric';

/** Error probability of one guardrail: all of them together keep that of the phase. */
export function alphaOfOne({ alpha, guardrails }: CanarySettings): number {
  return alpha / guardrails.length;
}

/** s_max: from here on units are control in every step. */
export function largestShareOf({ steps }: CanarySettings): number {
  const last = steps.at(-1);
  if (!last) throw new Error('a canary has steps');
  return last.share;
}

export function encodeEvidence({ logProducts, logE, highestLogE, events }: GuardrailEvidence): number[] {
  return [...logProducts, logE, highestLogE, events];
}

/** The evidence before the first event where nothing is stored yet. */
export function decodeEvidence(side: GuardrailSide, stored: readonly number[] | undefined): GuardrailEvidence {
  const blank = startGuardrail(side);
  if (stored === undefined) return blank;
  const products = blank.logProducts.length;
  const [logE, highestLogE, events] = stored.slice(products);
  if (stored.length !== products + 3 || logE === undefined || highestLogE === undefined || events === undefined) {
    throw new Error(`a process of side ${side} has ${products + 3} numbers, not ${stored.length}`);
  }
  return { side, logProducts: stored.slice(0, products), logE, highestLogE, events };
}
