import { readFileSync } from 'node:fs';
import {
  decideFrom,
  draw,
  explainDecision,
  HASH_RANGE,
  type Ruleset,
  type Scalar,
  type TargetingRule,
} from '@assay-ml/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const vectors: { ruleset: Ruleset; cases: { slot: string; unit: string; attributes: Record<string, Scalar> }[] } =
  JSON.parse(readFileSync(new URL('../../sdk/vectors/decisions.json', import.meta.url), 'utf8'));

/** What an explanation says must follow from its own parts, read as a person would by the rules R3, R4 and R6. */
function checkExplanation(
  ruleset: Ruleset,
  slot: string,
  unit: string,
  attributes: Record<string, Scalar | null>,
): void {
  const { decision, experiments } = explainDecision(ruleset, slot, { unit, attributes });
  expect(decision).toEqual(decideFrom(ruleset, slot, { unit, attributes }));
  const taker = experiments.find(({ outcome }) => outcome === 'assigned' || outcome === 'champion');
  expect(decision.experiment).toBe(taker?.outcome === 'assigned' ? taker.key : null);
  if (taker) expect(decision.reason).toBe(taker.outcome);
  for (const [i, { asked, outcome, rules, layer, split }] of experiments.entries()) {
    expect(asked).toBe(taker === undefined || i <= experiments.indexOf(taker));
    expect(rules.every(({ holds }) => holds)).toBe(outcome !== 'not_targeted');
    expect(layer).toMatchObject({
      draw: draw(layer.salt, unit),
      inside: layer.draw >= layer.from && layer.draw < layer.to,
    });
    if (outcome !== 'not_targeted') expect(layer.inside).toBe(outcome !== 'outside_range');
    expect(split.draw).toBe(draw(split.salt, unit));
    const taken = split.entries.filter((each) => each.taken);
    if (outcome === 'assigned') expect(taken).toHaveLength(1);
    for (const { from, to } of taken) expect(split.draw >= from && split.draw < to).toBe(true);
  }
  const taken = taker?.split.entries.find((each) => each.taken);
  if (taker?.outcome === 'assigned') {
    expect(decision).toMatchObject({ variant: taken?.variant, propensity: taken?.weight, phase: taker.phase });
  }
}

const attribute = fc.constantFrom('country', 'age', 'constructor', '__proto__', '');
const scalar = fc.oneof(fc.constantFrom('DE', 'FR', '1', ''), fc.integer({ min: 0, max: 3 }), fc.boolean());
const rule = fc.record({
  attribute,
  operator: fc.constantFrom('in', 'not_in', 'gte', 'lt', 'of_tomorrow' as 'in'),
  values: fc.array(scalar, { minLength: 1, maxLength: 3 }),
}) as fc.Arbitrary<TargetingRule>;
const range = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })).map(([a, b]) => ({
  from: (Math.min(a, b) / 4) * HASH_RANGE,
  to: (Math.max(a, b) / 4) * HASH_RANGE,
}));
const split = fc
  .double({ min: 0, max: 1, noNaN: true })
  .map((share) => splitOf(['challenger', share], ['champion', 1 - share]));
const mode = fc.constantFrom('ab', 'canary', 'bandit', 'shadow', 'interleave', 'holdout' as 'ab');
const phase = fc
  .record({ mode, split, other: split, external: fc.boolean(), context: fc.boolean() })
  .map(({ mode: of, split: arms, other, external, context }) =>
    phaseOfMode(of, {
      split: arms,
      assignment: external ? 'external' : 'hash',
      ...(context ? { contexts: { attribute: 'country', splits: { DE: other } } } : {}),
    }),
  );
const experiment = fc
  .record({ targeting: fc.array(rule, { maxLength: 3 }), range, paused: fc.boolean(), phase, salt: fc.string() })
  .map(({ range: { from, to }, salt, ...rest }) => experimentOf({ ...rest, layer: { salt, from, to } }));
const rulesets = fc
  .array(experiment, { maxLength: 4 })
  .map((all) => rulesetOf({ model: slotOf({ experiments: all.map((each, i) => ({ ...each, key: `exp-${i}` })) }) }));

describe('An explanation', () => {
  test('is the decision that is made, and follows from its own rules and draws: any ruleset', () => {
    const attributes = fc.dictionary(attribute, fc.option(scalar));
    fc.assert(
      fc.property(rulesets, fc.string({ unit: 'binary' }), attributes, (ruleset, unit, given) => {
        checkExplanation(ruleset, 'model', unit, given as Record<string, Scalar | null>);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test('is the decision that is made: the vectors', () => {
    for (const { slot, unit, attributes } of vectors.cases) checkExplanation(vectors.ruleset, slot, unit, attributes);
  });

  test('tells the rule that fails, and what the unit has instead', () => {
    const targeting: TargetingRule[] = [
      { attribute: 'country', operator: 'in', values: ['DE'] },
      { attribute: 'age', operator: 'gte', values: [18] },
    ];
    const ruleset = rulesetOf({ model: slotOf({ experiments: [experimentOf({ targeting })] }) });
    const { sentence, experiments } = explainDecision(ruleset, 'model', { unit: 'u', attributes: { country: 'FR' } });
    expect(sentence).toBe('The champion "champion" answers: no experiment of the slot targets the unit.');
    expect(experiments[0]?.rules).toMatchObject([
      { attribute: 'country', actual: 'FR', holds: false },
      { attribute: 'age', actual: null, holds: false },
    ]);
  });

  test('opens audiences: the rules of each, and what the unit has instead', () => {
    const targeting: TargetingRule[] = [{ attribute: '', operator: 'in_audience', values: ['staff', 'gone'] }];
    const audiences: Record<string, TargetingRule[]> = {
      staff: [
        { attribute: 'mail', operator: 'ends_with', values: ['@example.com'] },
        { attribute: 'age', operator: 'gte', values: [18] },
      ],
    };
    const explain = (keys: string[]) => {
      const experiment = experimentOf({ targeting: [{ ...targeting[0]!, values: keys }], audiences });
      const ruleset = rulesetOf({ model: slotOf({ experiments: [experiment] }) });
      const attributes = { mail: 'a@example.com', age: 17 };
      return explainDecision(ruleset, 'model', { unit: 'u', attributes }).experiments[0]?.rules[0];
    };
    expect(explain(['staff'])).toMatchObject({
      holds: false,
      audiences: [
        {
          key: 'staff',
          holds: false,
          rules: [
            { actual: 'a@example.com', holds: true },
            { actual: 17, holds: false },
          ],
        },
      ],
    });
    expect(explain(['gone'])).toMatchObject({ holds: false, audiences: [{ key: 'gone', holds: false, rules: [] }] });
  });

  test('tells what else a phase does with the unit', () => {
    const told = (more: Parameters<typeof experimentOf>[0]) =>
      explainDecision(rulesetOf({ model: slotOf({ experiments: [experimentOf(more)] }) }), 'model', { unit: 'u' })
        .experiments[0]?.sentence;
    expect(told({ paused: true })).toContain('It is paused');
    expect(told({ phase: phaseOf({ assignment: 'external' }) })).toContain('assigned elsewhere');
    expect(told({ phase: phaseOfMode('interleave') })).toContain('mixes the lists');
    const shadow = (share: number) =>
      phaseOfMode('shadow', { split: splitOf(['challenger', share], ['champion', 1 - share]) });
    expect(told({ phase: shadow(1) })).toContain('"challenger" is called beside it');
    expect(told({ phase: shadow(0) })).toContain('not shadowed');
    expect(told({ phase: phaseOf({ mode: 'tomorrow' as 'ab' }) })).toContain('does not know its mode "tomorrow"');
  });

  test('says when there is nothing to explain', () => {
    const explain = (ruleset: Ruleset, slot: string) => explainDecision(ruleset, slot, { unit: 'u' });
    expect(explain(rulesetOf(), 'modle')).toMatchObject({
      sentence: 'There is no slot "modle": the caller\'s default answers.',
      experiments: [],
    });
    expect(explain({ ...rulesetOf(), rules: 99 }, 'model')).toMatchObject({
      decision: { reason: 'champion' },
      experiments: [],
    });
    expect(explain(rulesetOf({ model: slotOf({ experiments: [] }) }), 'model').sentence).toContain(
      'no experiment runs',
    );
    expect(explain(null as never, 'model').decision.reason).toBe('no_ruleset');
  });
});
