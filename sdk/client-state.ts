import { type Batcher, createBatcher } from './batcher.ts';
import { compileRuleset } from './compile.ts';
import type { CompiledRuleset } from './compiled-ruleset.ts';
import { decisionIds } from './decision-id.ts';
import { seenExposures } from './dedupe.ts';
import type { Settings } from './options.ts';
import { type ProblemLog, problemLog, quietly } from './problems.ts';
import type { Recorder } from './recorder.ts';
import { type RulesetSource, startRulesetSource } from './ruleset-source.ts';
import { type SlotMeter, slotMeter } from './slot-meter.ts';
import { createTally, type Tally } from './tally.ts';
import { type Fetch, postBatch, REQUEST_TIMEOUT_MS, withKey, withTimeout } from './transport.ts';

/** Everything that one client holds. */
export interface ClientState {
  settings: Settings;
  problems: ProblemLog;
  tally: Tally;
  meter: SlotMeter;
  batcher: Batcher;
  recorder: Recorder;
  nextId: () => string;
  ruleset: CompiledRuleset | null;
  /** When the ruleset in force was last known to be the current one. */
  confirmedAt: number | null;
  /** Slot → unit → variant. */
  overrides: Map<string, Map<string, string>>;
  /** Null offline. */
  source: RulesetSource | null;
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
  const sendBatch: Fetch = (address, init) => send(address, { ...init, signal: closing.signal });
  const batcher = createBatcher({
    ...settings,
    post: (body) => postBatch(sendBatch, settings.url, body, now),
    random: Math.random,
    meter,
    tally,
    problems,
  });
  const state: ClientState = {
    settings,
    problems,
    tally,
    meter,
    batcher,
    recorder: { batcher, seen: seenExposures(), tally, problems, now, offline },
    nextId: decisionIds(),
    ruleset: null,
    confirmedAt: null,
    overrides: new Map(),
    source: null,
    closing,
  };
  if (settings.bootstrap !== undefined) acceptRuleset(state, settings.bootstrap);
  if (!offline) state.source = startSource(state, send);
  return state;
}

function startSource(state: ClientState, send: Fetch): RulesetSource {
  const { settings, problems } = state;
  return startRulesetSource({
    ...settings,
    send,
    problems,
    random: Math.random,
    onRuleset: (ruleset) => acceptRuleset(state, ruleset),
    onConfirmed: () => {
      state.confirmedAt = settings.now();
    },
  });
}

/** Puts a ruleset in force, if it can be read. */
export function acceptRuleset(state: ClientState, input: unknown): boolean {
  const { ruleset, problem } = compileRuleset(input);
  if (problem) state.problems.report(problem);
  if (ruleset === null) return false;
  const isFirst = state.ruleset === null;
  state.ruleset = ruleset;
  state.confirmedAt = state.settings.now();
  if (isFirst) quietly(state.settings.onReady);
  return true;
}
