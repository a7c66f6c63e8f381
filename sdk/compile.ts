import { compilePhase } from './compile-phase.ts';
import type { CompiledExperiment, CompiledRule, CompiledRuleset, CompiledSlot } from './compiled-ruleset.ts';
import { hashPrefix } from './hash.ts';
import type { Problem } from './problems.ts';
import { HASH_RANGE, RULES_VERSION } from './ruleset.ts';
import { array, integer, isRecord, MalformedRuleset, number, record, text } from './ruleset-shape.ts';

export interface CompileResult {
  /** Null: nothing usable, the ruleset in force stays. */
  ruleset: CompiledRuleset | null;
  problem: Problem | null;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Checks a ruleset and prepares it. Rules of an unknown version are refused: what remains is the champions (R7). */
export function compileRuleset(input: unknown): CompileResult {
  try {
    const source = record(input, 'ruleset');
    if (source.rules !== RULES_VERSION) return refuse(source);
    const version = integer(source.version, 'version');
    const slots = new Map<string, CompiledSlot>();
    for (const [key, slot] of Object.entries(record(source.slots, 'slots'))) {
      slots.set(key, compileSlot(key, record(slot, `slots.${key}`)));
    }
    return { ruleset: { version, slots }, problem: null };
  } catch (cause) {
    const reason = cause instanceof MalformedRuleset ? cause.message : String(cause);
    const message = `The ruleset was ignored, the one before stays in force: ${reason}.`;
    return { ruleset: null, problem: { code: 'malformed_ruleset', message, cause } };
  }
}

/** R7: experiments of unknown rules must not run, neither these nor older ones; the champions are plain to see. */
function refuse(source: Record<string, unknown>): CompileResult {
  const version = Number.isSafeInteger(source.version) ? Number(source.version) : 0;
  const slots = new Map<string, CompiledSlot>();
  for (const [key, slot] of Object.entries(isRecord(source.slots) ? source.slots : {})) {
    try {
      slots.set(key, compileSlot(key, { ...record(slot, key), experiments: [] }));
    } catch {
      // Not even its champion can be read: the slot answers the caller's default.
    }
  }
  const message =
    `The server's assignment rules have version ${String(source.rules)}, this SDK speaks ${RULES_VERSION}. ` +
    'Champions are served until the SDK is updated.';
  return { ruleset: { version, slots }, problem: { code: 'unknown_rules', message } };
}

export function compileSlot(key: string, slot: Record<string, unknown>): CompiledSlot {
  const at = `slots.${key}`;
  const variants = new Map(Object.entries(record(slot.variants, `${at}.variants`)));
  const champion = text(slot.champion, `${at}.champion`);
  if (!variants.has(champion)) throw new MalformedRuleset(`${at}.champion is not a variant of the slot`);
  const compiled: CompiledSlot = {
    key,
    champion,
    variants,
    timeoutMs: slot.timeoutMs === undefined ? DEFAULT_TIMEOUT_MS : number(slot.timeoutMs, `${at}.timeoutMs`),
    fallback: slot.fallback === 'champion' ? 'champion' : null,
    experiments: [],
  };
  const experiments = array(slot.experiments, `${at}.experiments`).map((experiment, i) =>
    compileExperiment(compiled, record(experiment, `${at}.experiments[${i}]`), `${at}.experiments[${i}]`),
  );
  return { ...compiled, experiments };
}

function compileExperiment(slot: CompiledSlot, source: Record<string, unknown>, at: string): CompiledExperiment {
  const key = text(source.key, `${at}.key`);
  const layer = record(source.layer, `${at}.layer`);
  const from = integer(layer.from, `${at}.layer.from`);
  const to = integer(layer.to, `${at}.layer.to`);
  const segments = array(source.segments, `${at}.segments`).map((name, i) => text(name, `${at}.segments[${i}]`));
  const isPaused = source.paused === true;
  return {
    key,
    targeting: array(source.targeting, `${at}.targeting`).map((rule, i) => compileRule(rule, `${at}.targeting[${i}]`)),
    layer: hashPrefix(text(layer.salt, `${at}.layer.salt`)),
    from,
    to,
    wholeLayer: from <= 0 && to >= HASH_RANGE,
    segments,
    ...compilePhase(slot, { key, segments, isPaused }, record(source.phase, `${at}.phase`), `${at}.phase`),
  };
}

function compileRule(input: unknown, at: string): CompiledRule {
  const rule = record(input, at);
  const values = array(rule.values, `${at}.values`);
  return {
    attribute: text(rule.attribute, `${at}.attribute`),
    operator: text(rule.operator, `${at}.operator`),
    values: new Set(values),
    bound: values[0],
  };
}
