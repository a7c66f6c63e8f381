import type { Arm, CompiledExperiment, CompiledRule, CompiledRuleset, CompiledSlot } from './compiled-ruleset.ts';
import { hash, hashPrefix } from './hash.ts';
import type { Problem } from './problems.ts';
import { HASH_RANGE, RULES_VERSION } from './ruleset.ts';
import { array, integer, isRecord, MalformedRuleset, number, oneOf, record, text } from './ruleset-shape.ts';
import { quote } from './utf8.ts';

export interface CompileResult {
  /** Null: nothing usable, the ruleset in force stays. */
  ruleset: CompiledRuleset | null;
  problem: Problem | null;
}

/** Modes whose units are assigned by the split (R4, R4b, R5); units of all others get the champion. */
const ASSIGNING = ['ab', 'canary', 'bandit'];
const DEFAULT_TIMEOUT_MS = 60_000;

/** Checks a ruleset and prepares it. Rules of an unknown version are refused: what remains is the champions (R7). */
export function compileRuleset(input: unknown): CompileResult {
  try {
    const source = record(input, 'ruleset');
    if (source.rules !== RULES_VERSION) return refuse(source);
    const version = integer(source.version, 'version');
    const slots = new Map<string, CompiledSlot>();
    for (const [key, slot] of Object.entries(record(source.slots, 'slots'))) {
      slots.set(key, compileSlot(key, record(slot, `slots.${key}`), version));
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
      slots.set(key, compileSlot(key, { ...record(slot, key), experiments: [] }, version));
    } catch {
      // Not even its champion can be read: the slot answers the caller's default.
    }
  }
  const message =
    `The server's assignment rules have version ${String(source.rules)}, this SDK speaks ${RULES_VERSION}. ` +
    'Champions are served until the SDK is updated.';
  return { ruleset: { version, slots }, problem: { code: 'unknown_rules', message } };
}

function compileSlot(key: string, slot: Record<string, unknown>, ruleset: number): CompiledSlot {
  const at = `slots.${key}`;
  const variants = new Map(Object.entries(record(slot.variants, `${at}.variants`)));
  const champion = oneOf([...variants.keys()], slot.champion, `${at}.champion`);
  const compiled: CompiledSlot = {
    key,
    ruleset,
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
  const phase = record(source.phase, `${at}.phase`);
  const external = phase.assignment === 'external';
  const assigns = !external && ASSIGNING.includes(text(phase.mode, `${at}.phase.mode`));
  const from = integer(layer.from, `${at}.layer.from`);
  const to = integer(layer.to, `${at}.layer.to`);
  const segments = array(source.segments, `${at}.segments`).map((name, i) => text(name, `${at}.segments[${i}]`));
  return {
    key,
    targeting: array(source.targeting, `${at}.targeting`).map((rule, i) => compileRule(rule, `${at}.targeting[${i}]`)),
    layer: hashPrefix(text(layer.salt, `${at}.layer.salt`)),
    from,
    to,
    wholeLayer: from <= 0 && to >= HASH_RANGE,
    assigns,
    salt: hashPrefix(text(phase.salt, `${at}.phase.salt`)),
    // Phases of other modes have a shape of their own, which this release does not read.
    arms: assigns || external ? compileSplit(slot, { key, segments, external }, phase, `${at}.phase`) : [],
    external,
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

function compileSplit(
  slot: CompiledSlot,
  experiment: { key: string; segments: string[]; external: boolean },
  phase: Record<string, unknown>,
  at: string,
): Arm[] {
  const split = array(phase.split, `${at}.split`);
  let before = 0;
  const arms = split.map((entry, i) => {
    const where = `${at}.split[${i}]`;
    const source = record(entry, where);
    const upTo = integer(source.upTo, `${where}.upTo`);
    if (upTo < before) throw new MalformedRuleset(`${where}.upTo is below the entry before`);
    before = upTo;
    const variant = oneOf([...slot.variants.keys()], source.variant, `${where}.variant`);
    return compileArm(slot, experiment, phase, { variant, upTo, weight: number(source.weight, `${where}.weight`) }, at);
  });
  if (before !== HASH_RANGE) throw new MalformedRuleset(`${at}.split does not end at 2^32`);
  return arms;
}

function compileArm(
  slot: CompiledSlot,
  experiment: { key: string; segments: string[]; external: boolean },
  phase: Record<string, unknown>,
  entry: { variant: string; upTo: number; weight: number },
  at: string,
): Arm {
  const id = integer(phase.id, `${at}.id`);
  const step = integer(phase.step, `${at}.step`);
  const identity = JSON.stringify([id, step, entry.variant]);
  const members =
    `"type":"exposure","slot":${quote(slot.key)},"phase":${id},"step":${step},"variant":${quote(entry.variant)},` +
    `"propensity":${entry.weight},"ruleset":${slot.ruleset},"source":"${experiment.external ? 'external' : 'hash'}"`;
  return {
    ...entry,
    payload: slot.variants.get(entry.variant),
    experiment: experiment.key,
    phase: id,
    step,
    segments: experiment.segments,
    deduplicated: phase.mode === 'ab' || phase.mode === 'canary',
    // Signed, as hashUnit's results are.
    seed: { low: hash('low', identity) | 0, high: hash('high', identity) | 0 },
    members,
  };
}
