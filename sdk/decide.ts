import { assign } from './assign.ts';
import type { ClientState } from './client-state.ts';
import type { Assignment, CompiledSlot } from './compiled-ruleset.ts';
import { aloneDecision, type Context, type Decision, decisionOf, defaultDecision, type Variant } from './decision.ts';
import { tell } from './hooks.ts';
import { defaultFor } from './options.ts';
import { describe } from './problems.ts';
import { isRecorded, recordExposure } from './recorder.ts';

export interface DecideOptions<Payload = unknown> {
  /** What answers while no champion is known; goes before `connect({ defaults })`. */
  default?: Variant<Payload> | undefined;
}

/** peek: nothing is recorded; decide: the exposure is; call: the same, and a call record will follow. */
export type Recording = 'peek' | 'decide' | 'call';

/** A decision with the assignment behind it, which is null for an override, a default or an error. */
export interface Decided {
  decision: Decision;
  assignment: Assignment | null;
}

/**
 * One decision, never an exception: whatever is wrong with the input, a champion or default answers. The assignment behind
 * it is put into `kept`: a second object for each decision would cost a tenth of it.
 */
export function decideNow(
  state: ClientState,
  key: string,
  context: Context,
  options: DecideOptions | undefined,
  recording: Recording,
  kept: { assignment: Assignment | null } | null = null,
): Decision {
  let id = '';
  if (recording !== 'peek') {
    state.tally.decisions++;
    id = state.nextId();
  }
  const { ruleset } = state;
  const slot = ruleset?.slots.get(key);
  try {
    if (ruleset === null || slot === undefined) return withoutSlot(state, key, options, id);
    const unit = context.unit;
    if (typeof unit !== 'string') throw new TypeError('unit is not a string');
    if (state.overrides.size > 0) {
      const variant = state.overrides.get(key)?.get(unit);
      if (variant !== undefined && slot.variants.has(variant)) {
        return aloneDecision(slot, variant, 'override', ruleset.version, id);
      }
    }
    const { attributes } = context;
    const drawn = assign(slot, unit, attributes);
    const { sticky } = state;
    const assignment = sticky === null ? drawn : sticky.settle(drawn, unit, context.memory, recording !== 'peek');
    if (recording !== 'peek') record(state, slot, assignment, unit, attributes, recording, id);
    const decision = decisionOf(slot, assignment, ruleset.version, id);
    if (kept !== null) kept.assignment = assignment;
    return decision;
  } catch (cause) {
    return afterError(state, key, slot, options, id, cause);
  }
}

/** The same, with the hooks told before and after. */
export function decideWatched(
  state: ClientState,
  slot: string,
  context: Context,
  options: DecideOptions | undefined,
  recording: Recording,
): Decided {
  const { hooks } = state.settings;
  tell(hooks, 'before', { slot, context });
  const kept: { assignment: Assignment | null } = { assignment: null };
  const decision = decideNow(state, slot, context, options, recording, kept);
  tell(hooks, 'after', { slot, context, decision });
  return { decision, assignment: kept.assignment };
}

function record(
  state: ClientState,
  slot: CompiledSlot,
  { arm }: Assignment,
  unit: string,
  attributes: Context['attributes'],
  recording: Recording,
  decision: string,
): void {
  if (arm === null) {
    countAlone(state, slot.key);
  } else if (!isRecorded(state.recorder, arm, unit)) {
    const ruleset = state.ruleset?.version ?? 0;
    recordExposure(state.recorder, { arm, unit, attributes, ruleset, decision, call: recording === 'call' });
  }
}

function countAlone(state: ClientState, slot: string): void {
  if (state.settings.offline) return;
  state.meter.decision(slot);
  state.batcher.wake();
}

function withoutSlot(state: ClientState, key: string, options: DecideOptions | undefined, id: string): Decision {
  const fallback = defaultFor(state.settings, key, options?.default);
  state.tally.defaults++;
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
  const version = state.ruleset?.version ?? 0;
  if (slot) return aloneDecision(slot, slot.champion, 'error', version, id);
  state.tally.defaults++;
  return defaultDecision(safeDefault(state, key, options), 'error', version, id);
}

/** The default again, now that reading the call's own has failed. */
function safeDefault(state: ClientState, key: string, options: DecideOptions | undefined): Variant {
  try {
    return defaultFor(state.settings, key, options?.default);
  } catch {
    return defaultFor(state.settings, key, undefined);
  }
}
