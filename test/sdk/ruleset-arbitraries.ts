import { type ExperimentRules, HASH_RANGE, type PhaseRules, type Ruleset, type SlotRules } from '@assay-ml/sdk';
import fc from 'fast-check';
import { hostileProxy, nested, revokedProxy, textless } from './hostile-values.ts';

/** Keys as services may choose them; every object has some of them already. */
const KEYS = [
  'model',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '0',
  'é日👍',
  'a.b[0]',
];
export const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ minLength: 1, maxLength: 12 }));
const ATTRIBUTES = ['country', 'version', 'since', 'tags', 'age', ...KEYS.slice(0, 5)];
const SCALARS = [
  'NL',
  'DE',
  '',
  '1.2.3',
  '2.0.0-rc.1',
  '2026-01-01',
  '2026-02-30T00:00:00Z',
  0,
  -1,
  17,
  1e300,
  true,
  false,
];
const MODES = ['ab', 'canary', 'bandit', 'shadow', 'interleave', 'holdout', 'of tomorrow'] as const;
const OPERATORS = [
  ...['in', 'not_in', 'contains', 'not_contains', 'starts_with', 'not_starts_with', 'ends_with', 'not_ends_with'],
  ...['matches', 'not_matches', 'gt', 'gte', 'lt', 'lte', 'before', 'after', 'semver_eq', 'semver_gt', 'semver_gte'],
  ...['semver_lt', 'semver_lte', 'contains_any', 'contains_all', 'contains_none', 'exists', 'not_exists'],
  ...['in_audience', 'not_in_audience', 'of tomorrow', '__proto__'],
];

const scalar = fc.oneof(fc.constantFrom(...SCALARS), fc.string({ maxLength: 8 }));
/** Attributes as they come from typed code. */
export const attributes = fc
  .array(fc.tuple(fc.constantFrom(...ATTRIBUTES), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.date())), {
    maxLength: 5,
  })
  .map((entries) => Object.fromEntries(entries));

const rule = fc.record({
  attribute: fc.constantFrom(...ATTRIBUTES),
  operator: fc.constantFrom(...OPERATORS),
  values: fc.array(fc.oneof(scalar, fc.constantFrom('staff', '^N', '[', '(a|b)+$', '\\p{L}')), { maxLength: 3 }),
});
const audiences = fc
  .array(fc.tuple(fc.constantFrom('staff', 'NL', '__proto__'), fc.array(rule, { maxLength: 2 })), { maxLength: 2 })
  .map((entries) => Object.fromEntries(entries));

interface Arms {
  champion: string;
  challengers: string[];
}

/** Whole numbers of weight, the champion's last; a canary's champion stands twice. */
function splitOf({ champion, challengers }: Arms, mode: string, shares: number[]): PhaseRules['split'] {
  const names = mode === 'canary' ? [challengers[0]!, champion, champion] : [...challengers, champion];
  const weights = names.map((_, i) => shares[i % shares.length]!);
  const sum = weights.reduce((a, b) => a + b, 0);
  let before = 0;
  return names.map((variant, i) => {
    before += weights[i]!;
    const band = (['candidate', 'waiting', 'control'] as const)[i]!;
    const upTo = i === names.length - 1 ? HASH_RANGE : Math.round((before / sum) * HASH_RANGE);
    return { variant, upTo, weight: weights[i]! / sum, ...(mode === 'canary' ? { band } : {}) };
  });
}

const phaseOf = (arms: Arms): fc.Arbitrary<PhaseRules> =>
  fc
    .record({
      id: fc.integer({ min: 1, max: 1e9 }),
      mode: fc.constantFrom(...MODES),
      step: fc.integer({ min: 1, max: 20 }),
      salt: fc.string({ maxLength: 8 }).map((text) => text.replaceAll(':', '')),
      external: fc.constantFrom(false, false, false, true),
      shares: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      contextual: fc.boolean(),
      kind: fc.constantFrom(
        'auto' as const,
        'number' as const,
        'label' as const,
        'object' as const,
        'ranking' as const,
      ),
      depth: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ id, mode, step, salt, external, shares, contextual, kind, depth }) => {
      const split = splitOf(arms, mode, shares);
      const compare = { kind, ignore: ['a.b', '__proto__'], tolerance: 0.1, depth };
      return {
        id,
        mode: mode as PhaseRules['mode'],
        step,
        salt,
        assignment: external ? ('external' as const) : ('hash' as const),
        split,
        ...(contextual && mode === 'bandit'
          ? { contexts: { attribute: 'country', splits: { NL: split, constructor: split } } }
          : {}),
        ...(contextual && mode === 'ab' ? { sticky: { key: 'exp', version: 5 } } : {}),
        ...(mode === 'shadow' ? { shadow: { referenceShare: 0.5, budgetMs: null, maxInFlight: 32, compare } } : {}),
        ...(mode === 'interleave' ? { interleave: { depth } } : {}),
      };
    });

const experimentOf = (arms: Arms): fc.Arbitrary<ExperimentRules> =>
  fc
    .record({
      key,
      layer: fc.constantFrom(
        { salt: 'layer', from: 0, to: HASH_RANGE },
        { salt: 'layer', from: 0, to: HASH_RANGE / 2 },
        { salt: '', from: 5, to: 5 },
      ),
      targeting: fc.oneof(fc.constant([]), fc.array(rule, { maxLength: 2 })),
      segments: fc.array(fc.constantFrom(...ATTRIBUTES), { maxLength: 2 }),
      paused: fc.constantFrom(false, false, true),
      audiences,
      phase: phaseOf(arms),
    })
    .map((experiment) => experiment as ExperimentRules);

const slot: fc.Arbitrary<SlotRules> = fc
  .uniqueArray(key, { minLength: 2, maxLength: 4 })
  .chain(([champion, ...challengers]) => {
    const arms = { champion: champion!, challengers };
    return fc.record({
      output: fc.constantFrom('value' as const, 'ranking' as const),
      champion: fc.constant(champion!),
      variants: fc
        .array(fc.jsonValue(), { minLength: 4, maxLength: 4 })
        .map((payloads) => Object.fromEntries([champion!, ...challengers].map((name, i) => [name, payloads[i]]))),
      timeoutMs: fc.constantFrom(50, 60_000),
      fallback: fc.constantFrom(null, 'champion' as const),
      experiments: fc.array(experimentOf(arms), { maxLength: 3 }),
    });
  });

/** Rulesets as a server makes them: every mode, operator and option. */
export const ruleset: fc.Arbitrary<Ruleset> = fc
  .array(fc.tuple(key, slot), { minLength: 1, maxLength: 4 })
  .map((slots) => ({ rules: 1, version: 7, environment: 'test', slots: Object.fromEntries(slots) }));

const cyclic = () => {
  const list: unknown[] = [];
  list.push(list, { list });
  return list;
};
/** Thunks, for fast-check looks into what it makes. */
export const junk: fc.Arbitrary<() => unknown> = fc.constantFrom<(() => unknown)[]>(
  ...[
    undefined,
    null,
    true,
    0,
    -1,
    0.5,
    Number.NaN,
    Infinity,
    1e300,
    2 ** 53,
    '',
    'x',
    '__proto__',
    '\ud800\0',
    1n,
  ].map((value) => () => value),
  () => [],
  () => ({}),
  () => [[]],
  () => () => 1,
  () => Symbol('x'),
  () => new Date(Number.NaN),
  () => new Map(),
  () => 'x'.repeat(100_000),
  () => JSON.parse(nested(5000)),
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
  () => ({ length: 5 }),
  () => ({ toString: null, valueOf: 1 }),
  () => Object.assign([1], { map: () => 'x' }),
  cyclic,
  textless,
  () => hostileProxy(),
  () => hostileProxy([]),
  () => revokedProxy(),
);

export interface Mutation {
  /** Which place of the ruleset, counted through. */
  place: number;
  how: 'delete' | 'replace' | 'add' | 'getter' | 'freeze' | 'copy';
  make: () => unknown;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(10_000),
  how: fc.constantFrom<Mutation['how'][]>('delete', 'replace', 'replace', 'replace', 'add', 'getter', 'freeze', 'copy'),
  make: junk,
});

/** Every property of plain objects and lists, outermost first. */
function placesOf(root: object): { parent: Record<string, unknown>; name: string }[] {
  const places: { parent: Record<string, unknown>; name: string }[] = [];
  const queue = [root as Record<string, unknown>];
  for (const parent of queue) {
    for (const name of Object.keys(parent)) {
      places.push({ parent, name });
      const value = Object.getOwnPropertyDescriptor(parent, name)?.value as unknown;
      if (typeof value === 'object' && value !== null && queue.length < 500) queue.push(value as never);
    }
  }
  return places;
}

/** Spoils a copy of a ruleset at some places. */
export function mutated(original: Ruleset, mutations: readonly Mutation[]): unknown {
  const root = structuredClone(original);
  const holder = { root };
  for (const { place, how, make } of mutations) {
    const places = placesOf(holder).filter(({ parent }) => !Object.isFrozen(parent));
    const { parent, name } = places[place % places.length] ?? { parent: holder as never, name: 'root' };
    if ((parent as object) === holder && how !== 'replace') continue;
    const define = (descriptor: PropertyDescriptor, at = name) =>
      Reflect.defineProperty(parent, at, { configurable: true, enumerable: true, ...descriptor });
    if (how === 'delete' && !Array.isArray(parent)) delete parent[name];
    else if (how === 'replace') define({ value: make(), writable: true });
    else if (how === 'add') define({ value: make(), writable: true }, '__proto__');
    else if (how === 'getter') {
      define({
        get: () => {
          throw make();
        },
      });
    } else if (how === 'freeze') Object.freeze(parent);
    else define({ value: root, writable: true });
    if (typeof holder.root !== 'object' || holder.root === null) break;
    if (placesAreHostile(holder)) break;
  }
  return Reflect.get(holder, 'root');
}

/** A proxy is in it: what follows cannot look for places any more. */
function placesAreHostile(root: object): boolean {
  try {
    placesOf(root);
    return false;
  } catch {
    return true;
  }
}
