import { compilePhase } from './compile-phase.ts';
import type { CompiledExperiment, CompiledRuleset, CompiledSlot, SlotEntry } from './compiled-ruleset.ts';
import { compiledSlots } from './compiled-slots.ts';
import { hashPrefix } from './hash.ts';
import { describe, type Problem } from './problems.ts';
import { HASH_RANGE, RULES_VERSION } from './ruleset.ts';
import { array, integer, isRecord, MalformedRuleset, number, record, text } from './ruleset-shape.ts';
import { compileTargeting } from './targeting.ts';

export interface CompileResult {
  /** Null: nothing usable, the ruleset in force stays. */
  ruleset: CompiledRuleset | null;
  problem: Problem | null;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Told what cannot be read of one slot. */
export type ReportSlot = (problem: Problem, about: string) => void;

/**
 * Checks a ruleset; its slots are prepared when they are first used. What cannot be read does not run: of a slot's
 * experiments, the champion remains; of its champion, the slot as it was `before`; of the ruleset, the one before. Rules
 * of an unknown version are refused: what remains is the champions (R7).
 */
export function compileRuleset(
  input: unknown,
  report: ReportSlot = () => {},
  before: CompiledRuleset | null = null,
): CompileResult {
  try {
    const source = record(input, 'ruleset');
    if (source.rules !== RULES_VERSION) return refuse(source);
    const version = integer(source.version, 'version');
    const slots = new Map<string, SlotEntry>();
    for (const [key, slot] of Object.entries(record(source.slots, 'slots'))) {
      const entry = tryPrepare(key, slot, report) ?? before?.slots.entries.get(key);
      if (entry) slots.set(key, entry);
    }
    return { ruleset: { version, slots: compiledSlots(slots) }, problem: null };
  } catch (cause) {
    const message = `The ruleset was ignored, the one before stays in force: ${describe(cause)}.`;
    return { ruleset: null, problem: { code: 'malformed_ruleset', message, cause } };
  }
}

/** R7: experiments of unknown rules must not run, neither these nor older ones; the champions are plain to see. */
function refuse(source: Record<string, unknown>): CompileResult {
  const version = Number.isSafeInteger(source.version) ? Number(source.version) : 0;
  const slots = new Map<string, SlotEntry>();
  for (const [key, slot] of Object.entries(isRecord(source.slots) ? source.slots : {})) {
    // Where not even the champion can be read, the slot answers the caller's default.
    const prepare = tryPrepare(key, slot, () => {}, true);
    if (prepare) slots.set(key, prepare);
  }
  const message =
    `The server's assignment rules have version ${describe(source.rules)}, this SDK speaks ${RULES_VERSION}. ` +
    'Champions are served until the SDK is updated.';
  return { ruleset: { version, slots: compiledSlots(slots) }, problem: { code: 'unknown_rules', message } };
}

function tryPrepare(key: string, slot: unknown, report: ReportSlot, alone = false): SlotEntry | null {
  try {
    return prepareSlot(key, slot, report, alone);
  } catch (cause) {
    const message = `Slot "${key}" was ignored, as it was before it stays in force: ${describe(cause)}.`;
    report({ code: 'malformed_ruleset', message, cause }, key);
    return null;
  }
}

/**
 * Reads the champion now, all else when the slot is first used; `alone`: without its experiments. @throws MalformedRuleset
 * when there is no champion.
 */
export function prepareSlot(key: string, input: unknown, report: ReportSlot, alone = false): () => CompiledSlot {
  const at = `slots.${key}`;
  const slot = record(input, at);
  const source = record(slot.variants, `${at}.variants`);
  const champion = text(slot.champion, `${at}.champion`);
  if (!Object.hasOwn(source, champion)) throw new MalformedRuleset(`${at}.champion is not a variant of the slot`);
  const payload = source[champion];
  return () => {
    try {
      const { timeoutMs, fallback } = slot;
      const rest = alone ? { variants: source, timeoutMs, fallback, experiments: [] } : slot;
      return compileSlot(key, champion, rest, at, report);
    } catch (cause) {
      const message = `The champion of slot "${key}" is served alone, its experiments cannot be read: ${describe(cause)}.`;
      report({ code: 'malformed_ruleset', message, cause }, key);
      return championAlone(key, champion, new Map([[champion, payload]]));
    }
  };
}

const championAlone = (key: string, champion: string, variants: CompiledSlot['variants']): CompiledSlot => ({
  key,
  champion,
  variants,
  timeoutMs: DEFAULT_TIMEOUT_MS,
  fallback: null,
  experiments: [],
});

function compileSlot(
  key: string,
  champion: string,
  slot: Record<string, unknown>,
  at: string,
  report: ReportSlot,
): CompiledSlot {
  const compiled = championAlone(key, champion, new Map(Object.entries(record(slot.variants, `${at}.variants`))));
  if (slot.timeoutMs !== undefined) compiled.timeoutMs = number(slot.timeoutMs, `${at}.timeoutMs`);
  if (slot.fallback === 'champion') compiled.fallback = 'champion';
  compiled.experiments = array(slot.experiments, `${at}.experiments`).map((experiment, i) =>
    compileExperiment(compiled, record(experiment, `${at}.experiments[${i}]`), `${at}.experiments[${i}]`, report),
  );
  return compiled;
}

function compileExperiment(
  slot: CompiledSlot,
  source: Record<string, unknown>,
  at: string,
  report: ReportSlot,
): CompiledExperiment {
  const key = text(source.key, `${at}.key`);
  const layer = record(source.layer, `${at}.layer`);
  const from = integer(layer.from, `${at}.layer.from`);
  const to = integer(layer.to, `${at}.layer.to`);
  const segments = array(source.segments, `${at}.segments`).map((name, i) => text(name, `${at}.segments[${i}]`));
  const isPaused = source.paused === true;
  return {
    key,
    targeting: compileTargeting(
      array(source.targeting, `${at}.targeting`),
      source.audiences,
      `${at}.targeting`,
      report,
    ),
    layer: hashPrefix(text(layer.salt, `${at}.layer.salt`)),
    from,
    to,
    wholeLayer: from <= 0 && to >= HASH_RANGE,
    segments,
    ...compilePhase(slot, { key, segments, isPaused }, record(source.phase, `${at}.phase`), `${at}.phase`),
  };
}
