import { readFileSync } from 'node:fs';
import { type Decision, decideFrom, draw, HASH_RANGE, type PhaseRules, type Ruleset, type Scalar } from '@assay-ml/sdk';
import { describe, expect, test } from 'vitest';
import { assign } from '../../sdk/assign.ts';
import { compileRuleset } from '../../sdk/compile.ts';
import { experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

interface Case {
  slot: string;
  unit: string;
  attributes: Record<string, Scalar>;
  expect: Decision & { band?: string };
}
const vectors: { ruleset: Ruleset; cases: Case[]; unknownRules: { rules: number; cases: Case[] } } = JSON.parse(
  readFileSync(new URL('../../sdk/vectors/decisions.json', import.meta.url), 'utf8'),
);
const units = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);
const decideOne = (slot: ReturnType<typeof slotOf>, unit: string, attributes = {}) =>
  decideFrom(rulesetOf({ model: slot }), 'model', { unit, attributes });

describe('The vectors', () => {
  test.each(vectors.cases.map((entry): [string, Case] => [JSON.stringify(entry), entry]))('%s', (_, entry) => {
    const decision = decideFrom(vectors.ruleset, entry.slot, { unit: entry.unit, attributes: entry.attributes });
    const { band, ...expected } = entry.expect;
    expect(decision).toMatchObject(expected);
    const compiled = compileRuleset(vectors.ruleset).ruleset!.slots.get(entry.slot)!;
    expect(assign(compiled, entry.unit, entry.attributes).arm?.band ?? undefined).toBe(band);
    expect(decision.payload).toEqual(vectors.ruleset.slots[entry.slot]!.variants[entry.expect.variant]);
  });

  test('R7: rules of an unknown version serve champions', () => {
    for (const entry of vectors.unknownRules.cases) {
      const ruleset = { ...vectors.ruleset, rules: vectors.unknownRules.rules };
      expect(decideFrom(ruleset, entry.slot, entry)).toMatchObject(entry.expect);
    }
  });
});

describe('R3: the range of the layer', () => {
  const half = experimentOf({ layer: { salt: 'layer-salt', from: HASH_RANGE / 4, to: HASH_RANGE / 2 } });

  test('takes exactly the units whose draw falls into it', () => {
    for (const unit of units.slice(0, 5000)) {
      const place = draw('layer-salt', unit);
      const expected = place >= 0.25 && place < 0.5 ? 'assigned' : 'outside_range';
      expect(decideOne(slotOf({ experiments: [half] }), unit).reason).toBe(expected);
    }
  });

  test('includes its lower end and excludes its upper end', () => {
    const place = draw('layer-salt', 'user-1') * HASH_RANGE;
    const reason = (from: number, to: number) =>
      decideOne(slotOf({ experiments: [experimentOf({ layer: { salt: 'layer-salt', from, to } })] }), 'user-1').reason;
    expect(reason(place, place + 1)).toBe('assigned');
    expect(reason(0, place)).toBe('outside_range');
  });

  test('lets the first experiment that takes the unit decide, and no unit be in two', () => {
    const first = experimentOf({ key: 'first', layer: { salt: 'l', from: 0, to: HASH_RANGE / 2 } });
    const second = experimentOf({ key: 'second', layer: { salt: 'l', from: HASH_RANGE / 2, to: HASH_RANGE } });
    for (const unit of units.slice(0, 1000)) {
      const expected = draw('l', unit) < 0.5 ? 'first' : 'second';
      expect(decideOne(slotOf({ experiments: [first, second] }), unit).experiment).toBe(expected);
      expect(decideOne(slotOf({ experiments: [first, first] }), unit).experiment).toBe(
        expected === 'first' ? 'first' : null,
      );
    }
  });

  test('gives as reason how close the closest experiment came', () => {
    const narrow = experimentOf({ layer: { salt: 'l', from: 0, to: 0 } });
    const picky = experimentOf({ targeting: [{ attribute: 'x', operator: 'in', values: [1] }] });
    expect(decideOne(slotOf({ experiments: [narrow, picky] }), 'u').reason).toBe('outside_range');
    expect(decideOne(slotOf({ experiments: [picky, narrow] }), 'u').reason).toBe('outside_range');
    expect(decideOne(slotOf({ experiments: [picky] }), 'u').reason).toBe('not_targeted');
    expect(decideOne(slotOf({ experiments: [] }), 'u').reason).toBe('champion');
  });
});

describe('R4: the split', () => {
  test.each([
    [
      [
        ['b', 0.5],
        ['champion', 0.5],
      ],
    ],
    [
      [
        ['b', 0.1],
        ['c', 0.2],
        ['champion', 0.7],
      ],
    ],
    [
      [
        ['b', 0.01],
        ['champion', 0.99],
      ],
    ],
  ] as [[string, number][]][])('gives each variant its weight of 100,000 units, within 4 sigma: %j', (arms) => {
    const slot = slotOf({
      variants: { champion: 1, b: 2, c: 3 },
      experiments: [experimentOf({ phase: phaseOf({ split: splitOf(...arms) }) })],
    });
    const compiled = compileRuleset(rulesetOf({ model: slot })).ruleset!.slots.get('model')!;
    const counts = new Map<string, number>();
    for (const unit of units) {
      const { variant, weight } = assign(compiled, unit, {}).arm!;
      counts.set(variant, (counts.get(variant) ?? 0) + 1);
      if (weight !== arms.find(([name]) => name === variant)?.[1]) throw new Error('wrong propensity');
    }
    for (const [variant, weight] of arms) {
      const sigma = Math.sqrt(units.length * weight * (1 - weight));
      expect(Math.abs(counts.get(variant)! - units.length * weight)).toBeLessThan(4 * sigma);
    }
  });

  test('never gives a variant of weight 0', () => {
    const phase = phaseOf({ split: splitOf(['challenger', 0], ['champion', 1]) });
    const slot = slotOf({ experiments: [experimentOf({ phase })] });
    expect(units.slice(0, 1000).every((unit) => decideOne(slot, unit).variant === 'champion')).toBe(true);
  });

  test('R4b: another epoch draws afresh and logs its number', () => {
    const epoch = (step: number) =>
      slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode: 'bandit', step, salt: `s.${step}` }) })] });
    const moved = units
      .slice(0, 2000)
      .filter((unit) => decideOne(epoch(1), unit).variant !== decideOne(epoch(2), unit).variant);
    // Half of them: 1,000 ± 4 × 22.4
    expect(Math.abs(moved.length - 1000)).toBeLessThan(90);
    expect(decideOne(epoch(2), 'u')).toMatchObject({ reason: 'assigned', step: 2 });
  });

  test('R5: a growing canary never takes the candidate away from a unit', () => {
    const canary = (share: number) => {
      const split = splitOf(['challenger', share], ['champion', 1 - share]);
      return slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode: 'canary', split }) })] });
    };
    for (const unit of units.slice(0, 3000)) {
      if (decideOne(canary(0.05), unit).variant !== 'challenger') continue;
      expect(decideOne(canary(0.2), unit).variant).toBe('challenger');
    }
  });

  test.each(['shadow', 'interleave', 'holdout'] as const)('leaves units of a %s phase with the champion', (mode) => {
    const slot = slotOf({ experiments: [experimentOf({ phase: phaseOfMode(mode) })] });
    expect(decideOne(slot, 'u')).toMatchObject({ variant: 'champion', reason: 'champion', propensity: 1, phase: null });
  });

  test('leaves units of an external phase with the champion', () => {
    const slot = slotOf({ experiments: [experimentOf({ phase: phaseOf({ assignment: 'external' }) })] });
    expect(decideOne(slot, 'u')).toMatchObject({ variant: 'champion', reason: 'champion', propensity: 1, phase: null });
  });
});

describe('What a phase has beside the champion', () => {
  const besideOf = (phase: PhaseRules, unit: string, paused = false) => {
    const ruleset = rulesetOf({ model: slotOf({ experiments: [experimentOf({ phase, paused })] }) });
    return assign(compileRuleset(ruleset).ruleset!.slots.get('model')!, unit, {});
  };

  test('a shadow phase: the entry that R4 gives the unit, the first of which is shadowed', () => {
    const phase = phaseOfMode('shadow', { split: splitOf(['challenger', 0.3], ['champion', 0.7]) });
    let shadowed = 0;
    for (const unit of units.slice(0, 5000)) {
      const { reason, arm, beside } = besideOf(phase, unit);
      expect({ reason, arm }).toEqual({ reason: 'champion', arm: null });
      const isFirst = beside?.arm === beside?.experiment.arms[0];
      expect(isFirst).toBe(draw('phase-salt', unit) < 0.3);
      if (isFirst) shadowed++;
    }
    expect(shadowed).toBeGreaterThan(1300);
    expect(besideOf(phase, 'u').beside?.experiment).toMatchObject({
      mode: 'shadow',
      phase: 11,
      step: 1,
      shadow: phase.shadow,
    });
  });

  test('an interleave phase: its teams and depth', () => {
    const { beside } = besideOf(phaseOfMode('interleave'), 'u');
    expect(beside?.experiment).toMatchObject({ mode: 'interleave', depth: 10, shadow: null });
    expect(beside?.experiment.arms.map(({ variant }) => variant)).toEqual(['challenger', 'champion']);
  });

  test.each(['ab', 'canary', 'bandit'] as const)('%s: nothing', (mode) => {
    expect(besideOf(phaseOfMode(mode), 'u')).toMatchObject({ reason: 'assigned', beside: null });
  });

  test('a paused experiment: nothing, whatever the mode; an override and targeting go on', () => {
    for (const mode of ['ab', 'canary', 'bandit', 'shadow', 'interleave'] as const) {
      expect(besideOf(phaseOfMode(mode), 'u', true)).toEqual({ reason: 'champion', arm: null, beside: null });
    }
    const targeting = [{ attribute: 'country', operator: 'in' as const, values: ['NL'] }];
    const slot = slotOf({ experiments: [experimentOf({ paused: true, targeting })] });
    expect(decideOne(slot, 'u').reason).toBe('not_targeted');
    expect(decideOne(slot, 'u', { country: 'NL' }).reason).toBe('champion');
  });
});

describe('Bands of a canary', () => {
  const split: PhaseRules['split'] = [
    { variant: 'challenger', upTo: HASH_RANGE / 4, weight: 0.25, band: 'candidate' },
    { variant: 'champion', upTo: HASH_RANGE / 2, weight: 0.75, band: 'waiting' },
    { variant: 'champion', upTo: HASH_RANGE, weight: 0.75, band: 'control' },
  ];

  test('are part of what is recorded, with the variant’s own weight as propensity', () => {
    const slot = slotOf({ experiments: [experimentOf({ phase: phaseOfMode('canary', { split, step: 2 }) })] });
    const compiled = compileRuleset(rulesetOf({ model: slot })).ruleset!.slots.get('model')!;
    for (const unit of units.slice(0, 2000)) {
      const place = draw('phase-salt', unit);
      const band = place < 0.25 ? 'candidate' : place < 0.5 ? 'waiting' : 'control';
      const { arm } = assign(compiled, unit, {});
      expect(arm).toMatchObject({ band, step: 2, weight: band === 'candidate' ? 0.25 : 0.75 });
      expect(JSON.parse(`{${arm!.members}}`)).toMatchObject({ band, step: 2, phase: 11 });
    }
  });

  test('outside a canary none is named', () => {
    const compiled = compileRuleset(rulesetOf()).ruleset!.slots.get('model')!;
    expect(assign(compiled, 'u', {}).arm?.members).not.toContain('band');
  });
});

describe('Contexts of a bandit', () => {
  const contexts = {
    attribute: 'country',
    splits: {
      NL: splitOf(['challenger', 1], ['champion', 0]),
      '7': splitOf(['challenger', 0], ['champion', 1]),
      true: splitOf(['challenger', 0], ['champion', 1]),
    },
  };
  const phase = phaseOfMode('bandit', { split: splitOf(['challenger', 0.5], ['champion', 0.5]), contexts, step: 3 });
  const slot = slotOf({ experiments: [experimentOf({ phase })] });
  const unitsOf = (attributes: object) =>
    units
      .slice(0, 300)
      .map((unit) => decideOne(slot, unit, attributes))
      .filter(({ variant }) => variant === 'challenger');

  test('go before the split, by value as a string', () => {
    expect(unitsOf({ country: 'NL' })).toHaveLength(300);
    expect(unitsOf({ country: 7 })).toHaveLength(0);
    expect(unitsOf({ country: true })).toHaveLength(0);
    expect(unitsOf({ country: 'NL' })[0]).toMatchObject({ propensity: 1, step: 3 });
  });

  test.each([{}, { country: null }, { country: 'constructor' }, { country: '__proto__' }, { country: ['NL'] }])(
    'leave %j to the split',
    (attributes) => {
      const found = unitsOf(attributes);
      expect(found.length).toBeGreaterThan(100);
      expect(found.length).toBeLessThan(200);
      expect(found[0]?.propensity).toBe(0.5);
    },
  );
});

describe('R6: targeting', () => {
  const reason = (operator: never | string, values: (string | number)[], attributes: object) =>
    decideOne(
      slotOf({
        experiments: [experimentOf({ targeting: [{ attribute: 'constructor', operator: operator as 'in', values }] })],
      }),
      'u',
      attributes,
    ).reason;

  test('reads own attributes only, whatever their name', () => {
    expect(reason('in', ['x'], {})).toBe('not_targeted');
    expect(reason('not_in', ['x'], {})).toBe('assigned');
    expect(reason('in', ['x'], { constructor: 'x' })).toBe('assigned');
    expect(reason('in', ['x'], Object.create({ constructor: 'x' }))).toBe('not_targeted');
  });

  test('compares by type as well as value', () => {
    expect(reason('in', [1], { constructor: '1' })).toBe('not_targeted');
    expect(reason('gte', [1], { constructor: '2' })).toBe('not_targeted');
    expect(reason('gte', [1], { constructor: 1 })).toBe('assigned');
    expect(reason('lt', [1], { constructor: 1 })).toBe('not_targeted');
    expect(reason('gte', [1], { constructor: Number.NaN })).toBe('not_targeted');
  });

  test('matches nobody by an operator that it does not know', () => {
    expect(reason('like', ['x'], { constructor: 'x' })).toBe('not_targeted');
  });

  test('goes before the range', () => {
    const experiment = experimentOf({
      layer: { salt: 'l', from: 0, to: 0 },
      targeting: [{ attribute: 'a', operator: 'in', values: [1] }],
    });
    expect(decideOne(slotOf({ experiments: [experiment] }), 'u').reason).toBe('not_targeted');
  });
});

describe('R7: rules that cannot be read', () => {
  test('of a malformed ruleset nothing is served but the default', () => {
    for (const broken of [null, 1, [], {}, { rules: 1 }, { rules: 1, version: 1, slots: { model: {} } }]) {
      expect(decideFrom(broken, 'model', { unit: 'u' }).variant).toBe('default');
    }
  });

  test.each([
    ['an unknown variant', splitOf(['nobody', 0.5], ['champion', 0.5])],
    ['an end below 2^32', [{ variant: 'champion', upTo: 5, weight: 1 }]],
    ['bounds that fall', [...splitOf(['challenger', 1]), { variant: 'champion', upTo: 1, weight: 0 }]],
    ['no entries', []],
  ])('with a split of %s the champion is served alone', (_, split) => {
    const slot = slotOf({ experiments: [experimentOf({ phase: phaseOf({ split }) })] });
    expect(decideOne(slot, 'u')).toMatchObject({ reason: 'champion', variant: 'champion', experiment: null });
  });
});
