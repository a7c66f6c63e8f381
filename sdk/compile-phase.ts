import type { Arm, Assignment, CompiledExperiment, CompiledSlot, StickyRules } from './compiled-ruleset.ts';
import { hash, hashPrefix } from './hash.ts';
import { HASH_RANGE, type PhaseRules, type ShadowRules } from './ruleset.ts';
import { array, integer, MalformedRuleset, number, record, text, within } from './ruleset-shape.ts';
import { quote } from './utf8.ts';

/** What the arms of a phase share. */
interface Source {
  slot: CompiledSlot;
  experiment: string;
  segments: string[];
  mode: string;
  phase: number;
  step: number;
  external: boolean;
  sticky: (StickyRules & { arms: Map<string, Arm> }) | null;
}

type CompiledPhase = Pick<
  CompiledExperiment,
  'mode' | 'phase' | 'step' | 'serves' | 'salt' | 'arms' | 'contexts' | 'external' | 'shadow' | 'depth'
>;

const SERVES: Record<string, CompiledExperiment['serves']> = {
  ab: 'arm',
  canary: 'arm',
  bandit: 'arm',
  shadow: 'beside',
  interleave: 'beside',
};
const BANDS = ['candidate', 'control', 'waiting'] as const;
const KINDS = ['auto', 'number', 'label', 'object', 'ranking'] as const;

export function compilePhase(
  slot: CompiledSlot,
  experiment: { key: string; segments: string[]; isPaused: boolean },
  phase: Record<string, unknown>,
  at: string,
): CompiledPhase {
  const external = phase.assignment === 'external';
  const mode = text(phase.mode, `${at}.mode`);
  const serves = SERVES[mode];
  const source: Source = {
    slot,
    experiment: experiment.key,
    segments: experiment.segments,
    mode,
    phase: integer(phase.id, `${at}.id`),
    step: integer(phase.step, `${at}.step`),
    external,
    // Whatever a ruleset says: a draw of a bandit or canary must be one.
    sticky:
      mode === 'ab' && !external && phase.sticky !== undefined ? compileSticky(phase.sticky, `${at}.sticky`) : null,
  };
  return {
    // A mode that this release does not know serves the champion.
    mode: mode as PhaseRules['mode'],
    phase: source.phase,
    step: source.step,
    serves: serves === undefined || external || experiment.isPaused ? 'champion' : serves,
    salt: hashPrefix(text(phase.salt, `${at}.salt`)),
    arms: serves === undefined ? [] : compileSplit(source, phase.split, `${at}.split`),
    contexts: phase.contexts === undefined ? null : compileContexts(source, phase.contexts, `${at}.contexts`),
    external,
    shadow: mode === 'shadow' ? compileShadow(phase.shadow, `${at}.shadow`) : null,
    depth:
      mode === 'interleave'
        ? Math.max(1, integer(record(phase.interleave, `${at}.interleave`).depth, `${at}.depth`))
        : 0,
  };
}

function compileSticky(input: unknown, at: string): NonNullable<Source['sticky']> {
  const { key, version } = record(input, at);
  return { key: text(key, `${at}.key`), version: integer(version, `${at}.version`), arms: new Map() };
}

function compileContexts(source: Source, input: unknown, at: string): CompiledExperiment['contexts'] {
  const { attribute, splits } = record(input, at);
  const entries = Object.entries(record(splits, `${at}.splits`));
  return {
    attribute: text(attribute, `${at}.attribute`),
    splits: new Map(entries.map(([value, split]) => [value, compileSplit(source, split, `${at}.splits.${value}`)])),
  };
}

function compileShadow(input: unknown, at: string): ShadowRules {
  const { referenceShare, budgetMs, maxInFlight, compare } = record(input, at);
  const { kind, ignore, tolerance, depth } = record(compare, `${at}.compare`);
  return {
    referenceShare: number(referenceShare, `${at}.referenceShare`),
    budgetMs: budgetMs === null ? null : number(budgetMs, `${at}.budgetMs`),
    maxInFlight: integer(maxInFlight, `${at}.maxInFlight`),
    compare: {
      kind: within(KINDS, kind, `${at}.compare.kind`),
      ignore: array(ignore, `${at}.compare.ignore`).map((path, i) => text(path, `${at}.compare.ignore[${i}]`)),
      tolerance: number(tolerance, `${at}.compare.tolerance`),
      depth: integer(depth, `${at}.compare.depth`),
    },
  };
}

function compileSplit(source: Source, input: unknown, at: string): Arm[] {
  let before = 0;
  const arms = array(input, at).map((each, i) => {
    const where = `${at}[${i}]`;
    const entry = record(each, where);
    const upTo = integer(entry.upTo, `${where}.upTo`);
    if (upTo < before) throw new MalformedRuleset(`${where}.upTo is below the entry before`);
    before = upTo;
    const variant = text(entry.variant, `${where}.variant`);
    if (!source.slot.variants.has(variant)) throw new MalformedRuleset(`${where}.variant is not a variant of the slot`);
    const band = entry.band === undefined ? null : within(BANDS, entry.band, `${where}.band`);
    return compileArm(source, { variant, upTo, weight: number(entry.weight, `${where}.weight`), band });
  });
  if (before !== HASH_RANGE) throw new MalformedRuleset(`${at} does not end at 2^32`);
  return arms;
}

function compileArm(source: Source, entry: Pick<Arm, 'variant' | 'upTo' | 'weight' | 'band'>): Arm {
  const { slot, experiment, phase, step, segments, mode, external, sticky } = source;
  const { variant, weight, band } = entry;
  const identity = JSON.stringify([phase, step, variant]);
  const members =
    `"type":"exposure","slot":${quote(slot.key)},"phase":${phase},"step":${step},"variant":${quote(variant)},` +
    `${band === null ? '' : `"band":"${band}",`}"propensity":${weight},"source":"${external ? 'external' : 'hash'}"`;
  const arm: Omit<Arm, 'assignment'> & { assignment?: Assignment } = {
    ...entry,
    payload: slot.variants.get(variant),
    experiment,
    phase,
    step,
    segments,
    deduplicated: mode === 'ab' || mode === 'canary',
    // Signed, as the table's words are.
    seed: { low: hash('low', identity) | 0, high: hash('high', identity) | 0 },
    members,
    sticky,
  };
  const whole = arm as Arm;
  if (weight > 0) sticky?.arms.set(variant, whole);
  whole.assignment = { reason: 'assigned', arm: whole, beside: null };
  return whole;
}
