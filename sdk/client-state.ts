import { applyPatch } from './apply-patch.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { compileRuleset } from './compile.ts';
import type { CompiledRuleset } from './compiled-ruleset.ts';
import { decisionIds } from './decision-id.ts';
import { seenExposures } from './dedupe.ts';
import type { Disk, OpenDisk } from './disk.ts';
import { type Freshness, freshness } from './freshness.ts';
import { createGzip } from './gzip.ts';
import type { Settings } from './options.ts';
import { within } from './pause.ts';
import { describe, type ProblemLog, problemLog, quietly } from './problems.ts';
import type { Recorder } from './recorder.ts';
import { announce, type RulesetEvent } from './ruleset-event.ts';
import { isRecord } from './ruleset-shape.ts';
import { type RulesetSource, startRulesetSource } from './ruleset-source.ts';
import { type ShadowPlaces, shadowPlaces } from './shadow-places.ts';
import { type SlotMeter, slotMeter } from './slot-meter.ts';
import { DISK_TIMEOUT_MS } from './spill.ts';
import type { Sticky } from './sticky.ts';
import { createTally, type Tally } from './tally.ts';
import { postBatch, REQUEST_TIMEOUT_MS, type Send, withKey, withTimeout } from './transport.ts';

/** Everything that one client holds. */
export interface ClientState {
  settings: Settings;
  problems: ProblemLog;
  tally: Tally;
  meter: SlotMeter;
  batcher: Batcher;
  /** Null: what is not delivered ends with this process, in memory. */
  disk: OpenDisk | null;
  recorder: Recorder;
  /** Shadow calls under way. */
  places: ShadowPlaces;
  nextId: () => string;
  ruleset: CompiledRuleset | null;
  /** Of `watch`. */
  listeners: Set<(event: RulesetEvent) => unknown>;
  freshness: Freshness;
  /** Slot → unit → variant. */
  overrides: Map<string, Map<string, string>>;
  /** Null without a store. */
  sticky: Sticky | null;
  /** Null offline. */
  source: RulesetSource | null;
  /** Fetch with the key and a time limit. */
  send: Send;
  /** Ends requests under way at close. */
  closing: AbortController;
}

export function createState(settings: Settings): ClientState {
  const { now, offline } = settings;
  const problems = problemLog(settings.onError);
  const tally = createTally();
  const meter = slotMeter(now);
  const closing = new AbortController();
  const send = withKey(settings.key)(withTimeout(REQUEST_TIMEOUT_MS)(settings.fetch));
  const sendBatch: Send = (address, init) => send(address, { ...init, signal: closing.signal });
  const gzip = settings.gzip ? createGzip() : null;
  const batcher = createBatcher({
    ...settings,
    post: (body) => postBatch(sendBatch, settings.url, body, now, gzip),
    random: Math.random,
    meter,
    tally,
    problems,
  });
  const listeners: ClientState['listeners'] = new Set();
  const state: ClientState = {
    settings,
    problems,
    tally,
    meter,
    batcher,
    disk: null,
    recorder: { batcher, seen: seenExposures(), tally, problems, now, offline },
    places: shadowPlaces(),
    nextId: decisionIds(),
    ruleset: null,
    listeners,
    freshness: watchFreshness(settings, problems, listeners),
    overrides: new Map(),
    sticky: settings.sticky?.({ problems, tally, ruleset: () => state.ruleset }) ?? null,
    source: null,
    send,
    closing,
  };
  return state;
}

/** Puts the newest ruleset at hand in force, then begins to ask for newer ones. Without a disk it is done at once. */
export async function startClient(state: ClientState): Promise<void> {
  const { settings, batcher } = state;
  if (settings.disk) state.disk = await openDisk(state, settings.disk);
  const atHand = [{ ruleset: settings.bootstrap, ageMs: 0 }, state.disk?.saved ?? { ruleset: undefined, ageMs: 0 }];
  atHand.sort((a, b) => versionOf(b.ruleset) - versionOf(a.ruleset));
  atHand.find(({ ruleset, ageMs }) => ruleset !== undefined && acceptRuleset(state, ruleset, ageMs));
  if (settings.offline) return;
  state.source = startSource(state, state.send);
  if (state.disk) batcher.useDisk(state.disk);
}

function versionOf(ruleset: unknown): number {
  try {
    return isRecord(ruleset) && Number.isSafeInteger(ruleset.version) ? Number(ruleset.version) : 0;
  } catch {
    return 0;
  }
}

async function openDisk({ settings, problems }: ClientState, disk: Disk): Promise<OpenDisk | null> {
  const unusable = (cause: unknown): null => {
    problems.report({ code: 'disk_unusable', message: `Nothing is kept on disk: ${describe(cause)}`, cause });
    return null;
  };
  try {
    const { url, key, now } = settings;
    const opening = disk.open({ url, key, now, report: problems.report });
    const opened = await within(DISK_TIMEOUT_MS, opening, null);
    if (opened !== null) return opened;
    opening.then((late) => late.close()).catch(() => {});
    return unusable(`it did not open within ${DISK_TIMEOUT_MS} ms.`);
  } catch (cause) {
    return unusable(cause);
  }
}

function watchFreshness(
  { staleAfterMs, now, offline, onStale }: Settings,
  problems: ProblemLog,
  listeners: ClientState['listeners'],
): Freshness {
  return freshness({
    staleAfterMs: offline ? null : staleAfterMs,
    now,
    onStale(stale) {
      const message = `The server has not confirmed the ruleset for ${staleAfterMs} ms; decisions go on with the last one.`;
      problems.report({ code: 'stale_ruleset', message });
      quietly(onStale, stale);
      announce(listeners, { type: 'stale', ...stale });
    },
    onFresh: () => announce(listeners, { type: 'confirmed' }),
  });
}

function startSource(state: ClientState, send: Send): RulesetSource {
  const { settings, problems } = state;
  return startRulesetSource({
    ...settings,
    send,
    open: withKey(settings.key)(settings.fetch),
    problems,
    random: Math.random,
    onRuleset(ruleset) {
      const isGood = acceptRuleset(state, ruleset);
      if (isGood) state.disk?.saveRuleset(ruleset);
      return isGood;
    },
    onPatch(patch) {
      const changed = state.ruleset && applyPatch(state.ruleset, patch, problems.report);
      if (changed) putInForce(state, changed.ruleset, changed.slots);
      if (changed) state.disk?.savePatch(patch);
      return changed !== null;
    },
    onConfirmed(ageMs) {
      state.freshness.confirm(ageMs);
      state.disk?.confirmRuleset();
    },
    version: () => state.ruleset?.version ?? 0,
  });
}

/** Puts a ruleset in force, if it can be read. */
export function acceptRuleset(state: ClientState, input: unknown, ageMs = 0): boolean {
  const { ruleset, problem } = compileRuleset(input, state.problems.report, state.ruleset);
  if (problem) state.problems.report(problem);
  if (ruleset === null) return false;
  putInForce(state, ruleset, null, ageMs);
  return true;
}

/** `slots`: those that changed; null when only the whole is known. */
function putInForce(state: ClientState, ruleset: CompiledRuleset, slots: string[] | null, ageMs = 0): void {
  const { ruleset: before, settings, listeners } = state;
  state.ruleset = ruleset;
  state.freshness.confirm(ageMs);
  if (before === null) {
    quietly(settings.onReady);
    announce(listeners, { type: 'ready' });
  } else if (before.version !== ruleset.version) {
    const change = { from: before.version, to: ruleset.version };
    quietly(settings.onChange, change);
    announce(listeners, { type: 'changed', ...change, slots });
  }
}
