import type { ExperimentRules, PhaseRules, Ruleset, SlotRules } from '@assay-ml/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch } from '../../sdk/apply-patch.ts';
import { compileRuleset } from '../../sdk/compile.ts';
import type { CompiledRuleset } from '../../sdk/compiled-ruleset.ts';
import { diffRulesets } from '../../server/ruleset/ruleset-patch.ts';
import { experimentOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const modes = ['ab', 'canary', 'bandit', 'shadow', 'interleave'] as const;
const phase: fc.Arbitrary<PhaseRules> = fc
  .record({ mode: fc.constantFrom(...modes), step: fc.nat(3), share: fc.constantFrom(0.1, 0.5) })
  .map(({ mode, step, share }) =>
    phaseOfMode(mode, { step, split: splitOf(['challenger', share], ['champion', 1 - share]) }),
  );
const experiment: fc.Arbitrary<ExperimentRules> = fc
  .record({ key: fc.constantFrom('one', 'two'), paused: fc.boolean(), phase })
  .map(experimentOf);
const slot: fc.Arbitrary<SlotRules> = fc
  .record({ experiments: fc.array(experiment, { maxLength: 2 }), timeoutMs: fc.constantFrom(100, 200) })
  .map(slotOf);
const key = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', '7');
const slots = fc.array(fc.tuple(key, slot), { maxLength: 5 }).map((entries): Record<string, SlotRules> => {
  // As JSON.parse makes them: `__proto__` is a key like others.
  return JSON.parse(`{${entries.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`).join(',')}}`);
});

const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value));

const prepared = ({ version, slots }: CompiledRuleset) => ({
  version,
  slots: new Map(Array.from(slots.keys(), (key) => [key, slots.get(key)])),
});

test('A patch applied to the compiled ruleset is the new ruleset compiled, and leaves other slots as they are', () => {
  fc.assert(
    fc.property(slots, slots, fc.boolean(), (before, after, keepSome) => {
      const old: Ruleset = rulesetOf({ ...before }, 4);
      const next: Ruleset = rulesetOf(keepSome ? { ...after, kept: slotOf() } : after, 5);
      if (keepSome) old.slots.kept = slotOf();
      const compiled = compileRuleset(old).ruleset!;
      const kept = compiled.slots.get('kept');
      const patched = applyPatch(compiled, overTheWire(diffRulesets(old, next)));
      expect(prepared(patched!.ruleset)).toEqual(prepared(compileRuleset(next).ruleset!));
      if (keepSome) expect(patched?.ruleset.slots.get('kept')).toBe(kept);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('A patch names only what changed', () => {
  const before = rulesetOf({ same: slotOf(), changed: slotOf(), gone: slotOf() }, 1);
  const after = rulesetOf({ same: slotOf(), changed: slotOf({ timeoutMs: 5 }), fresh: slotOf() }, 2);
  const patch = diffRulesets(before, after);
  expect(patch).toMatchObject({ rules: 1, from: 1, to: 2, slots: { gone: null, changed: { timeoutMs: 5 } } });
  expect(Object.keys(patch.slots).sort()).toEqual(['changed', 'fresh', 'gone']);
});

test.each([
  ['another version', { from: 3 }],
  ['other assignment rules', { rules: 2 }],
  ['no version to go to', { to: 'x' }],
  ['a slot that cannot be read', { slots: { model: { champion: 'nobody', variants: {}, experiments: [] } } }],
  ['no slots', { slots: null }],
])('A patch with %s is refused whole', (_, wrong) => {
  const compiled = compileRuleset(rulesetOf(undefined, 4)).ruleset!;
  const right = { rules: 1, from: 4, to: 5, slots: { model: slotOf(), other: slotOf() } };
  expect(applyPatch(compiled, right)).toMatchObject({ ruleset: { version: 5 }, slots: ['model', 'other'] });
  expect(applyPatch(compiled, { ...right, ...wrong })).toBeNull();
  expect(applyPatch(compiled, null)).toBeNull();
  expect([...compiled.slots.keys()]).toEqual(['model']);
});
