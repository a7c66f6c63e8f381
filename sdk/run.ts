import { type CallPlan, callModel, type ModelCall } from './call.ts';
import type { ClientState } from './client-state.ts';
import type { Arm } from './compiled-ruleset.ts';
import { type Decided, type DecideOptions, decideWatched } from './decide.ts';
import type { Context, Decision, Variant } from './decision.ts';
import { tell } from './hooks.ts';
import { recordOutcome } from './recorder.ts';
import { callShadowed, shadowPhaseOf } from './shadow-call.ts';
import type { AnswerReaders, ComparisonOptions } from './shadow-comparison.ts';
import type { CallStatus } from './slot-meter.ts';

export interface RunOptions<T = unknown, Payload = unknown> extends DecideOptions<Payload>, ComparisonOptions<T> {
  /** Time limit of the call, ms; default: the slot's. */
  timeoutMs?: number | undefined;
  /** `champion`: a challenger that fails or is too slow is followed by one call of the champion. Default: the slot's. */
  fallback?: 'champion' | null | undefined;
  /** The caller gives up: the call counts as cancelled, not as an error. */
  signal?: AbortSignal | undefined;
}

export interface RunResult<T, Payload = unknown> {
  value: T;
  decision: Decision<Payload>;
}

export interface CallSettings {
  timeoutMs: number;
  fallback: 'champion' | null;
  signal: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Decides, records the exposure, calls the model, records the call. Throws only what the service's function throws. */
export async function runCall<T>(
  state: ClientState,
  key: string,
  context: Context,
  call: ModelCall<T>,
  options: RunOptions<T> | undefined,
): Promise<RunResult<T>> {
  const own = readContext(context);
  const plain = state.sticky === null || own === null ? own : await state.sticky.recall(key, own);
  const decided = decideWatched(state, key, plain as Context, options, 'call');
  return runDecided(state, key, plain, decided, call, options);
}

/** The call of a decision that is made and recorded already. `ids` reads the items of a ranking. */
export async function runDecided<T>(
  state: ClientState,
  key: string,
  plain: Context | null,
  { decision, assignment }: Decided,
  call: ModelCall<T>,
  options: RunOptions<T> | undefined,
  ids?: (answer: T) => readonly string[],
): Promise<RunResult<T>> {
  const arm = assignment?.arm ?? null;
  const slot = state.ruleset?.slots.get(key);
  const settings = readCallSettings(options, slot?.timeoutMs, slot?.fallback);
  const { stopwatch } = state.settings;
  const started = stopwatch();
  const isChallenger = slot !== undefined && decision.variant !== slot.champion;
  const champion: Variant | null =
    settings.fallback === 'champion' && isChallenger
      ? { key: slot.champion, payload: slot.variants.get(slot.champion) }
      : null;
  const plan: CallPlan<T> = {
    ...settings,
    call,
    variant: { key: decision.variant, payload: decision.payload },
    fallback: champion,
    onCall: (status, served) =>
      recordCall(state, key, plain?.unit, decision, arm, status, served, stopwatch() - started),
  };
  const shadow = plain === null ? null : shadowPhaseOf(state, assignment);
  if (plain === null || shadow === null) return { value: await callModel(plan), decision };
  const readers = () => readComparison(options, ids);
  const value = await callShadowed(state, plan, { ...shadow, ...plain, slot: key, decision: decision.id, readers });
  return { value, decision };
}

function readComparison<T>(
  options: RunOptions<T> | undefined,
  ids: ((answer: T) => readonly string[]) | undefined,
): AnswerReaders<T> {
  const { compare, score, label, example } = options ?? {};
  return { compare, score, label, example, ids };
}

/** Read once, so that decision and record speak of the same unit; null when it cannot be read. */
export function readContext(context: Context): Context | null {
  try {
    const { unit, attributes, fallbackUnit, memory } = context;
    return { unit, attributes, fallbackUnit, memory };
  } catch {
    return null;
  }
}

export function readCallSettings(
  options: Pick<RunOptions, keyof CallSettings> | undefined,
  slotTimeoutMs = DEFAULT_TIMEOUT_MS,
  slotFallback: 'champion' | null = null,
): CallSettings {
  try {
    const { timeoutMs, fallback, signal } = options ?? {};
    const isLimit = typeof timeoutMs === 'number' && timeoutMs >= 0;
    return {
      timeoutMs: isLimit ? timeoutMs : slotTimeoutMs,
      fallback: fallback === undefined ? slotFallback : fallback === 'champion' ? 'champion' : null,
      signal: signal instanceof AbortSignal && isUsable(signal) ? signal : undefined,
    };
  } catch {
    return { timeoutMs: slotTimeoutMs, fallback: slotFallback, signal: undefined };
  }
}

/** False of what only looks like a signal. */
function isUsable(signal: AbortSignal): boolean {
  const listener = () => {};
  try {
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
    return typeof signal.aborted === 'boolean';
  } catch {
    return false;
  }
}

/** Events where an experiment assigned the unit, statistics of the minute where none did, nothing for an override. */
export function recordCall(
  state: ClientState,
  slot: string,
  unit: string | undefined,
  decision: Decision,
  arm: Arm | null,
  status: CallStatus,
  served: string,
  elapsedMs: number,
): void {
  const { recorder, meter, batcher, settings } = state;
  const ms = Math.max(0, Math.round(elapsedMs * 1000) / 1000);
  if (settings.hooks.length > 0) tell(settings.hooks, 'called', { slot, unit, decision, call: { status, served, ms } });
  if (arm !== null && typeof unit === 'string') {
    const at = Math.round(settings.now());
    const { variant, phase, step, band } = arm;
    // The phase is named, because a repeated exposure is not sent again and the decision alone would lead nowhere.
    const properties = { status, served, variant, phase, step, band: band ?? undefined };
    const about = { unit, at, decision: decision.id, properties };
    recordOutcome(recorder, 'assay.ms', { ...about, value: ms });
    if (status === 'error' || status === 'timeout') recordOutcome(recorder, 'assay.error', { ...about, value: 1 });
    return;
  }
  const isKnown = state.ruleset?.slots.has(slot) === true;
  if (decision.reason === 'override' || !isKnown || settings.offline) return;
  meter.call(slot, status, ms);
  batcher.wake();
}
