import type { ModelCall } from './call.ts';
import { type ClientState, createState, startClient } from './client-state.ts';
import { type Counters, countersOf } from './counters.ts';
import { type DecideOptions, decideNow, decideWatched } from './decide.ts';
import type { Context, Decision } from './decision.ts';
import type { Definitions, PayloadOf, RankingKey, SlotKey, VariantKey } from './definitions.ts';
import type { Scalar } from './events.ts';
import { type ConnectOptions, type Defaults, readOptions } from './options.ts';
import { pause, within } from './pause.ts';
import { describe } from './problems.ts';
import { type RankOptions, type RankResult, rankCall } from './rank.ts';
import { dropEvent, type OutcomeInput, recordExternalExposure, recordOutcome } from './recorder.ts';
import type { RulesetEvent } from './ruleset-event.ts';
import { type RunOptions, type RunResult, runCall } from './run.ts';
import { DISK_TIMEOUT_MS } from './spill.ts';

export interface ExternalExposure<Key extends string = string> {
  unit: string;
  /** Key of the variant that the unit was given. */
  variant: Key;
  /** When: a Date or ms since 1970, up to 400 days back. Default: now. */
  at?: number | Date | undefined;
  attributes?: Readonly<Record<string, Scalar | null | undefined>> | undefined;
}

/**
 * A running client. Nothing here throws or rejects, except that `run` and `rank` pass on what the service's function throws.
 * `D`: what `assay types` wrote, which then types slots, payloads and outcomes. `None`: the payload of a call that has no
 * default of its own while no champion is known; never if `connect` got a default for each slot.
 */
export interface Assay<D extends Definitions = Definitions, None = null> {
  /** Decides who answers for this unit in this slot, and records the exposure. About a microsecond, no network. */
  decide<Slot extends SlotKey<D>, Default extends PayloadOf<D, Slot> | None = None>(
    slot: Slot,
    context: Context,
    options?: DecideOptions<Default>,
  ): Decision<PayloadOf<D, Slot> | Default>;
  /** The same decision, nothing recorded: its `id` is empty, for there is nothing to name. */
  peek<Slot extends SlotKey<D>, Default extends PayloadOf<D, Slot> | None = None>(
    slot: Slot,
    context: Context,
    options?: DecideOptions<Default>,
  ): Decision<PayloadOf<D, Slot> | Default>;
  /**
   * The context with what the sticky store remembers of its unit, for `decide` and `peek`; `run` and `rank` do it themselves. Asks
   * the store, for at most its time limit, if phases of the slot are sticky and this context was not recalled before.
   */
  recall(slot: SlotKey<D>, context: Context): Promise<Context>;
  /** Decides, records the exposure, calls `call` with the variant and records its latency and errors. */
  run<T, Slot extends SlotKey<D> = SlotKey<D>, Default extends PayloadOf<D, Slot> | None = None>(
    slot: Slot,
    context: Context,
    call: ModelCall<T, PayloadOf<D, Slot> | Default>,
    options?: RunOptions<T, Default>,
  ): Promise<RunResult<T, PayloadOf<D, Slot> | Default>>;
  /** The same for ordered lists of items; in an interleave phase the lists of all variants are mixed into one. */
  rank<T, Slot extends RankingKey<D> = RankingKey<D>, Default extends PayloadOf<D, Slot> | None = None>(
    slot: Slot,
    context: Context,
    call: ModelCall<T[], PayloadOf<D, Slot> | Default>,
    options: RankOptions<T, Default>,
  ): Promise<RankResult<T, PayloadOf<D, Slot> | Default>>;
  /** Records an assignment made elsewhere; only for phases with `assignment: external`. */
  exposure<Slot extends SlotKey<D>>(slot: Slot, exposure: ExternalExposure<VariantKey<D, Slot>>): void;
  /** Records something that happened to a unit: a click, a purchase, a rating, a label. */
  outcome(name: D['outcomes'], outcome: OutcomeInput): void;
  /** For tests: forces a variant for a unit, never recorded; null ends it. */
  override<Slot extends SlotKey<D>>(slot: Slot, unit: string, variant: VariantKey<D, Slot> | null): void;
  /** Tells `listener` what happens to the ruleset from now on, until the function that it returns is called. */
  watch(listener: (event: RulesetEvent) => void): () => void;
  /**
   * Sends what is queued. `delivered` is false when some was refused or time (default 5,000 ms) ran out. Comparisons of
   * shadow calls under way are awaited for at most half the time, and sent too.
   */
  flush(options?: { timeoutMs?: number }): Promise<{ delivered: boolean }>;
  /** Flushes for at most `timeoutMs` (default 5,000), then stops: shadow calls still under way are aborted. Call it before the process ends. */
  close(timeoutMs?: number): Promise<{ delivered: boolean }>;
  counters(): Counters;
}

const FLUSH_TIMEOUT_MS = 5000;

/**
 * Starts a client: resolves when the first ruleset is in force, or after `timeoutMs` whatever happened.
 * @throws TypeError (as a rejection) that lists every wrong option; nothing throws after that.
 */
export async function connect<D extends Definitions = Definitions>(
  options: ConnectOptions<D> & { defaults: Defaults<D> },
): Promise<Assay<D, never>>;
export async function connect<D extends Definitions = Definitions>(options: ConnectOptions<D>): Promise<Assay<D>>;
export async function connect(options: ConnectOptions): Promise<Assay> {
  const settings = readOptions(options);
  const state = createState(settings);
  await startClient(state);
  if (state.source !== null && state.ruleset === null) await waitForRuleset(state, state.source.answered);
  return createAssay(state);
}

async function waitForRuleset({ settings, problems }: ClientState, answered: Promise<void>): Promise<void> {
  const limit = pause(settings.timeoutMs, { keepAlive: true });
  let isLate = false;
  const late = limit.over.then(() => {
    isLate = true;
  });
  await Promise.race([answered, late]);
  limit.end();
  if (!isLate) return;
  const message = `No ruleset within ${settings.timeoutMs} ms: started without, defaults are served until it comes.`;
  problems.report({ code: 'start_timeout', message });
}

export function createAssay(state: ClientState): Assay {
  const guard = (what: string, code: string, record: () => void): void => {
    try {
      record();
    } catch (cause) {
      // Only a hostile getter or proxy gets here.
      dropEvent(state.recorder, code, `${what} was dropped: its input cannot be read (${describe(cause)}).`);
    }
  };
  const { hooks } = state.settings;
  return {
    decide:
      hooks.length > 0
        ? (slot, context, options) => decideWatched(state, slot, context, options, 'decide').decision
        : (slot, context, options) => decideNow(state, slot, context, options, 'decide'),
    peek: (slot, context, options) => decideNow(state, slot, context, options, 'peek'),
    recall: async (slot, context) => (state.sticky === null ? context : state.sticky.recall(slot, context)),
    run: (slot, context, call, options) => runCall(state, slot, context, call, options),
    rank: (slot, context, call, options) => rankCall(state, slot, context, call, options),
    exposure: (slot, input) =>
      guard('An exposure', 'exposure_out_of_limits', () => exposeExternally(state, slot, input)),
    outcome: (name, input) =>
      guard('An outcome', 'outcome_out_of_limits', () => recordOutcome(state.recorder, name, input)),
    override: (slot, unit, variant) => override(state, slot, unit, variant),
    watch: (listener) => watch(state, listener),
    flush: async (options) => ({ delivered: await flush(state, waitOf(options), state.batcher.flush) }),
    close: (timeoutMs) => close(state, waitOf({ timeoutMs })),
    counters: () => countersOf(state),
  };
}

function waitOf(options: { timeoutMs?: number | undefined } | undefined): number {
  try {
    const ms = options?.timeoutMs;
    return typeof ms === 'number' && ms >= 0 ? ms : FLUSH_TIMEOUT_MS;
  } catch {
    return FLUSH_TIMEOUT_MS;
  }
}

function exposeExternally(state: ClientState, slot: string, { unit, variant, at, attributes }: ExternalExposure): void {
  if (state.ruleset === null) {
    dropEvent(state.recorder, 'no_ruleset', 'An external exposure was dropped: no ruleset has arrived yet.');
    return;
  }
  const phases = state.ruleset.slots.get(slot)?.experiments.filter((experiment) => experiment.external) ?? [];
  const arm = phases.flatMap((experiment) => experiment.arms).find((entry) => entry.variant === variant);
  if (phases.length === 0) {
    const message = `Slot "${String(slot)}" runs no phase with assignment "external": its exposures were dropped.`;
    dropEvent(state.recorder, 'no_external_phase', message);
  } else if (!arm || arm.weight === 0) {
    const message = `Variant "${String(variant)}" is not in the external split of slot "${slot}": exposures were dropped.`;
    dropEvent(state.recorder, 'unknown_variant', message);
  } else recordExternalExposure(state.recorder, arm, { unit, at, attributes }, state.ruleset.version, state.nextId());
}

function override(state: ClientState, slot: string, unit: string, variant: string | null): void {
  const { overrides, ruleset, problems } = state;
  if (typeof slot !== 'string' || typeof unit !== 'string' || (variant !== null && typeof variant !== 'string')) {
    problems.report({
      code: 'bad_override',
      message: 'override(slot, unit, variant) takes strings, or null as variant.',
    });
    return;
  }
  const units = overrides.get(slot) ?? new Map<string, string>();
  if (variant === null) units.delete(unit);
  else overrides.set(slot, units.set(unit, variant));
  if (units.size === 0) overrides.delete(slot);
  const known = ruleset?.slots.get(slot)?.variants;
  if (variant === null || !known || known.has(variant)) return;
  const message = `Slot "${slot}" has no variant "${variant}": the override has no effect until it does.`;
  problems.report({ code: 'unknown_variant', message }, message);
}

function watch({ listeners }: ClientState, listener: (event: RulesetEvent) => void): () => void {
  // Wrapped, so that one function watched twice is told twice, and each watch ends for itself.
  const own = (event: RulesetEvent) => listener(event);
  listeners.add(own);
  return () => void listeners.delete(own);
}

/** Sends what is queued while comparisons under way are awaited, then these too, by the batcher's `flush` or `close`. */
async function flush(
  { places, batcher }: ClientState,
  timeoutMs: number,
  finish: (timeoutMs: number) => Promise<boolean>,
): Promise<boolean> {
  if (places.isIdle()) return finish(timeoutMs);
  const sent = batcher.flush(timeoutMs / 2);
  const limit = pause(timeoutMs / 2, { keepAlive: true });
  await Promise.race([places.idle(), limit.over]);
  limit.end();
  const isFinished = await finish(timeoutMs / 2);
  return (await sent) && isFinished;
}

async function close(state: ClientState, timeoutMs: number): Promise<{ delivered: boolean }> {
  state.places.close();
  state.source?.stop();
  state.freshness.stop();
  const delivered = await flush(state, timeoutMs, state.batcher.close);
  state.places.cancelAll();
  state.closing.abort();
  if (state.disk) await within(DISK_TIMEOUT_MS, state.disk.close(), undefined);
  return { delivered };
}
