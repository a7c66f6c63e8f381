import { assign } from './assign.ts';
import type { ClientState } from './client-state.ts';
import type { CompiledSlot } from './compiled-ruleset.ts';
import { aloneDecision, armDecision, type Context, type Decision, defaultDecision, type Variant } from './decision.ts';
import { defaultFor } from './options.ts';
import { isRecorded, recordExposure } from './recorder.ts';

export interface DecideOptions {
  /** What answers while no champion is known; goes before `connect({ defaults })`. */
  default?: Variant | undefined;
}

/** peek: nothing is recorded; decide: the exposure is; call: the same, and a call record will follow. */
export type Recording = 'peek' | 'decide' | 'call';

/** One decision, never an exception: whatever is wrong with the input, a champion or default answers. */
export function decideNow(
  state: ClientState,
  key: string,
  context: Context,
  options: DecideOptions | undefined,
  recording: Recording,
): Decision {
  if (recording !== 'peek') state.tally.decisions++;
  const id = state.nextId();
  const slot = state.ruleset?.slots.get(key);
  try {
    if (slot === undefined) return withoutSlot(state, key, options, id);
    const unit = context.unit;
    if (typeof unit !== 'string') throw new TypeError('unit is not a string');
    if (state.overrides.size > 0) {
      const variant = state.overrides.get(key)?.get(unit);
      if (variant !== undefined && slot.variants.has(variant)) return aloneDecision(slot, variant, 'override', id);
    }
    return decideUnit(state, slot, unit, context.attributes, recording, id);
  } catch (cause) {
    return afterError(state, key, slot, options, id, cause);
  }
}

function decideUnit(
  state: ClientState,
  slot: CompiledSlot,
  unit: string,
  attributes: unknown,
  recording: Recording,
  id: string,
): Decision {
  const { reason, arm, hash } = assign(slot, unit, attributes);
  if (arm === null) {
    if (recording !== 'peek') countAlone(state, slot.key);
    return aloneDecision(slot, slot.champion, reason, id);
  }
  if (recording !== 'peek' && !isRecorded(state.recorder, arm, hash, unit)) {
    recordExposure(state.recorder, { arm, hash, unit, attributes, decision: id, call: recording === 'call' });
  }
  return armDecision(arm, slot.ruleset, id);
}

function countAlone(state: ClientState, slot: string): void {
  if (state.settings.offline) return;
  state.meter.decision(slot);
  state.batcher.wake();
}

function withoutSlot(state: ClientState, key: string, options: DecideOptions | undefined, id: string): Decision {
  const fallback = defaultFor(state.settings, key, options?.default);
  if (state.ruleset === null) {
    const message = 'No ruleset has arrived yet; defaults are served.';
    state.problems.report({ code: 'no_ruleset', message });
    return defaultDecision(fallback, 'no_ruleset', 0, id);
  }
  const name = typeof key === 'string' ? key : typeof key;
  const message = `The ruleset has no slot "${name}"; the default is served. Create it, or correct the name.`;
  state.problems.report({ code: 'unknown_slot', message }, name);
  return defaultDecision(fallback, 'unknown_slot', state.ruleset.version, id);
}

function afterError(
  state: ClientState,
  key: string,
  slot: CompiledSlot | undefined,
  options: DecideOptions | undefined,
  id: string,
  cause: unknown,
): Decision {
  const message = 'A decision failed and was answered without the experiment; check unit and attributes.';
  state.problems.report({ code: 'decision_failed', message, cause }, describe(cause));
  if (slot) return aloneDecision(slot, slot.champion, 'error', id);
  return defaultDecision(safeDefault(state, key, options), 'error', state.ruleset?.version ?? 0, id);
}

/** The default again, now that reading the call's own has failed. */
function safeDefault(state: ClientState, key: string, options: DecideOptions | undefined): Variant {
  try {
    return defaultFor(state.settings, key, options?.default);
  } catch {
    return defaultFor(state.settings, key, undefined);
  }
}

/** A thrown value as text; it may be anything, also something that throws again. */
export function describe(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : String(cause);
  } catch {
    return 'unreadable';
  }
}
