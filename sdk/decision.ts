import { assign } from './assign.ts';
import { compileRuleset } from './compile.ts';
import type { Assignment, CompiledRuleset, CompiledSlot } from './compiled-ruleset.ts';
import type { Scalar } from './events.ts';

/** Why a decision is what it is. */
export type Reason =
  | 'assigned'
  | 'champion'
  | 'not_targeted'
  | 'outside_range'
  | 'holdout'
  | 'override'
  | 'unknown_slot'
  | 'no_ruleset'
  | 'error';

/** A model to call: its key and the payload that the service needs to call it. The payload is shared: do not change it. */
export interface Variant<Payload = unknown> {
  key: string;
  payload: Payload;
}

/** Whom the decision is about. */
export interface Context {
  /** Who is randomised: a user, session, request or item. */
  unit: string;
  /** Read by targeting; those that the experiment declares as segments are sent with an exposure, if they are scalars. */
  attributes?: Readonly<Record<string, Attribute | null | undefined>> | undefined;
  /** Who the unit was before login. In sticky phases it keeps that one's variant, if it has no remembered one of its own. */
  fallbackUnit?: string | undefined;
  /** What `recall` found; it holds for this unit only. */
  memory?: object | undefined;
}

/** What is known of a unit: a scalar, a list of them, or an instant. */
export type Attribute = Scalar | readonly Scalar[] | Date;

export interface Decision<Payload = unknown> {
  /** Key of the variant that answers. */
  variant: string;
  payload: Payload;
  reason: Reason;
  /** Probability with which this variant was chosen: its weight, 1 for a champion served alone. */
  propensity: number;
  /** The experiment and phase that assigned it; null when none did. */
  experiment: string | null;
  phase: number | null;
  /** Step of a canary, epoch of a bandit, 1 in an A/B phase, 0 without a phase. */
  step: number;
  /** Version of the ruleset that decided, 0 without one. */
  ruleset: number;
  /** Unique; name it in outcomes that belong to this very decision. Empty where nothing is recorded (`peek`). */
  id: string;
}

/** What answers when not even a champion is known. */
export const LAST_RESORT: Variant = Object.freeze({ key: 'default', payload: null });

/** The champion, or a forced variant of the slot, served alone. */
export function aloneDecision(
  slot: CompiledSlot,
  variant: string,
  reason: Reason,
  ruleset: number,
  id: string,
): Decision {
  const payload = slot.variants.get(variant);
  return { variant, payload, reason, propensity: 1, experiment: null, phase: null, step: 0, ruleset, id };
}

export function defaultDecision(fallback: Variant, reason: Reason, ruleset: number, id: string): Decision {
  const { key: variant, payload } = fallback;
  return { variant, payload, reason, propensity: 1, experiment: null, phase: null, step: 0, ruleset, id };
}

/** The variant that the split gave this unit, or the champion. */
export function decisionOf(slot: CompiledSlot, { reason, arm }: Assignment, ruleset: number, id: string): Decision {
  if (arm === null) return aloneDecision(slot, slot.champion, reason, ruleset, id);
  const { variant, payload, weight: propensity, experiment, phase, step } = arm;
  return { variant, payload, reason, propensity, experiment, phase, step, ruleset, id };
}

/**
 * What an SDK with this ruleset decides for this unit: pure, nothing recorded, the decision id left empty. It reads
 * the ruleset each time, so it is for explaining, not for serving.
 */
export function decideFrom(ruleset: unknown, slot: string, context: Context, fallback = LAST_RESORT): Decision {
  const compiled = compileRuleset(ruleset).ruleset;
  return decideWith(compiled, slot, context, fallback);
}

function decideWith(ruleset: CompiledRuleset | null, key: string, context: Context, fallback: Variant): Decision {
  if (ruleset === null) return defaultDecision(fallback, 'no_ruleset', 0, '');
  const slot = ruleset.slots.get(key);
  if (!slot) return defaultDecision(fallback, 'unknown_slot', ruleset.version, '');
  return decisionOf(slot, assign(slot, context.unit, context.attributes), ruleset.version, '');
}
