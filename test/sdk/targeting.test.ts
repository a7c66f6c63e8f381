import { readFileSync } from 'node:fs';
import { connect, decideFrom, type TargetingRule } from '@assay-ml/sdk';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../sdk/apply-patch.ts';
import { compileRuleset } from '../../sdk/compile.ts';
import type { ExperimentRules } from '../../sdk/ruleset.ts';
import { compareVersions, parseVersion } from '../../sdk/semantic-version.ts';
import { experimentOf, rulesetOf, slotOf } from './rulesets.ts';

type Attributes = NonNullable<Parameters<typeof decideFrom>[2]['attributes']>;
interface Vector {
  rule: TargetingRule;
  meets: Attributes[];
  fails: Attributes[];
}
const vectors: { audiences: Record<string, TargetingRule[]>; rules: Vector[] } = JSON.parse(
  readFileSync(new URL('../../sdk/vectors/targeting.json', import.meta.url), 'utf8'),
);

const rulesetWith = (targeting: TargetingRule[], audiences?: ExperimentRules['audiences']) =>
  rulesetOf({
    model: slotOf({ experiments: [{ ...experimentOf({ targeting }), ...(audiences ? { audiences } : {}) }] }),
  });

function isTargeted(rule: TargetingRule, attributes: unknown, audiences = vectors.audiences): boolean {
  const { reason } = decideFrom(rulesetWith([rule], audiences), 'model', {
    unit: 'u',
    attributes: attributes as Attributes,
  });
  return reason === 'assigned';
}
const ruleOf = (operator: string, ...values: unknown[]) => ({ attribute: 'x', operator, values }) as TargetingRule;

describe('The vectors of targeting', () => {
  test.each(vectors.rules.map((each): [string, Vector] => [JSON.stringify(each.rule), each]))('%s', (_, vector) => {
    const wrong = [
      ...vector.meets.filter((attributes) => !isTargeted(vector.rule, attributes)),
      ...vector.fails.filter((attributes) => isTargeted(vector.rule, attributes)),
    ];
    expect(wrong).toEqual([]);
    expect(vector.meets.length + vector.fails.length).toBeGreaterThan(2);
  });

  test('speak of every operator', () => {
    const spoken = new Set(vectors.rules.filter(({ meets }) => meets.length > 0).map(({ rule }) => rule.operator));
    expect(spoken.size).toBe(28);
  });
});

describe('R6: rules', () => {
  test('all must hold', () => {
    const rules = [ruleOf('gte', 1), ruleOf('lt', 3), { attribute: 'y', operator: 'exists' as const, values: [] }];
    const reason = (attributes: Attributes) =>
      decideFrom(rulesetWith(rules), 'model', { unit: 'u', attributes }).reason;
    expect(reason({ x: 2, y: '' })).toBe('assigned');
    expect(reason({ x: 2 })).toBe('not_targeted');
    expect(reason({ x: 3, y: '' })).toBe('not_targeted');
  });

  test('a Date is an instant and nothing else; an invalid one is none', () => {
    expect(isTargeted(ruleOf('after', '2026-01-01'), { x: new Date('2026-01-02') })).toBe(true);
    expect(isTargeted(ruleOf('before', '2026-01-01'), { x: new Date('2026-01-02') })).toBe(false);
    expect(isTargeted(ruleOf('after', 0), { x: new Date(Number.NaN) })).toBe(false);
    expect(isTargeted(ruleOf('in', '2026-01-02'), { x: new Date('2026-01-02') })).toBe(false);
    expect(isTargeted(ruleOf('exists'), { x: new Date(Number.NaN) })).toBe(true);
  });

  test('inherited attributes are not attributes, whatever attributes are', () => {
    for (const attributes of [Object.create({ x: 'x' }), 'x', 7, [], null, undefined]) {
      expect(isTargeted(ruleOf('exists'), attributes)).toBe(false);
    }
    expect(isTargeted({ ...ruleOf('exists'), attribute: 'toString' }, {})).toBe(false);
    expect(isTargeted({ ...ruleOf('exists'), attribute: 'length' }, 'text')).toBe(false);
  });

  test('asking often changes nothing: patterns keep no state', () => {
    const slot = compileRuleset(rulesetWith([ruleOf('matches', 'a')])).ruleset!.slots.get('model')!;
    const holds = slot.experiments[0]!.targeting[0]!;
    expect(Array.from({ length: 5 }, () => holds({ x: 'ba' }))).toEqual([true, true, true, true, true]);
  });
});

describe('A rule that cannot be evaluated', () => {
  const bad = ruleOf('matches', '(');

  test('holds for nobody, and is told to onError once, with its place', async () => {
    const problems: { code: string; message: string }[] = [];
    const onError = (problem: { code: string; message: string }) => problems.push(problem);
    const assay = await connect({ offline: true, bootstrap: rulesetWith([ruleOf('exists'), bad]), onError });
    expect(assay.decide('model', { unit: 'u', attributes: { x: 'x' } }).reason).toBe('not_targeted');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.code).toBe('unusable_rule');
    expect(problems[0]?.message).toContain('slots.model.experiments[0].targeting[1] (matches)');
    await assay.close();
  });

  test('is told of when it comes by a patch', () => {
    const told: string[] = [];
    const before = compileRuleset(rulesetWith([])).ruleset!;
    const { slots } = rulesetWith([ruleOf('not_of_this_world', 1)]);
    const after = applyPatch(before, { rules: 1, from: before.version, to: before.version + 1, slots }, (problem) =>
      told.push(problem.code),
    );
    expect(after?.ruleset.slots.get('model')?.experiments[0]?.targeting[0]?.({ x: 1 })).toBe(false);
    expect(told).toEqual(['unusable_rule']);
  });

  test('leaves the other slots and experiments as they are', () => {
    const experiments = [experimentOf({ key: 'bad', targeting: [bad] }), experimentOf({ key: 'good' })];
    expect(decideFrom(rulesetOf({ model: slotOf({ experiments }) }), 'model', { unit: 'u' }).experiment).toBe('good');
  });
});

describe('Semantic versions', () => {
  const number = fc.oneof(fc.nat(3), fc.nat(Number.MAX_SAFE_INTEGER)).map(String);
  const word = fc.stringMatching(/^[0-9A-Za-z-]{1,3}$/).filter((text) => !/^0\d+$/.test(text));
  const fields = fc.array(fc.oneof(number, word), { minLength: 1, maxLength: 3 }).map((all) => all.join('.'));
  const version = fc
    .tuple(number, number, number, fc.option(fields), fc.option(fields))
    .map(
      ([a, b, c, pre, build]) => `${a}.${b}.${c}${pre === null ? '' : `-${pre}`}${build === null ? '' : `+${build}`}`,
    );

  test('are ordered as the package semver orders them', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareVersions(parseVersion(a)!, parseVersion(b)!);
        expect(Math.sign(order)).toBe(semver.compare(a, b));
      }),
      { seed: 6, numRuns: 3000 },
    );
  });

  test('are told from other strings as the package does', () => {
    const text = fc.oneof(version, fc.stringMatching(/^v?[0-9.a+-]{5,9}$/), fc.string());
    fc.assert(
      fc.property(text, (each) => {
        // The package trims, takes "=", and wants all three numbers.
        if (each.trim() !== each || /^[v=]*=/.test(each) || !/^v?\d+\.\d+\.\d/.test(each)) return;
        expect(parseVersion(each) !== null).toBe(semver.valid(each) !== null);
      }),
      { seed: 6, numRuns: 5000 },
    );
  });
});
