import { afterEach, describe, expect, it, vi } from 'vitest';
import { type TestAssay, type TestOptions, testAssay } from '../../sdk/testing.ts';
import { experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const open: TestAssay[] = [];
async function start(options?: TestOptions): Promise<TestAssay> {
  const assay = await testAssay(options);
  open.push(assay);
  return assay;
}
afterEach(() => Promise.all(open.splice(0).map((assay) => assay.close())));

const v2 = { key: 'v2', payload: { model: 'net' } };
const rulesetIn = (mode: Parameters<typeof phaseOfMode>[0], more = {}) =>
  rulesetOf({ model: slotOf({ experiments: [experimentOf({ phase: phaseOfMode(mode, more) })] }) });

describe('A test client with fixed variants', () => {
  it('gives them to everybody, and records exposures and outcomes as a client does', async () => {
    const assay = await start({ variants: { 'fraud-score': v2 } });
    for (const unit of ['a', 'b', 'a']) {
      expect(assay.decide('fraud-score', { unit })).toMatchObject({
        variant: 'v2',
        payload: { model: 'net' },
        reason: 'assigned',
      });
    }
    assay.peek('fraud-score', { unit: 'c' });
    assay.outcome('click', { unit: 'a', value: 2 });
    const { exposures, outcomes, calls } = await assay.recorded();
    expect(exposures.map(({ unit, variant, propensity }) => [unit, variant, propensity])).toEqual([
      ['a', 'v2', 1],
      ['b', 'v2', 1],
    ]);
    expect(outcomes).toEqual([{ type: 'outcome', unit: 'a', name: 'click', at: Date.UTC(2026, 0, 1), value: 2 }]);
    expect(calls).toEqual([]);
    expect(assay.problems).toEqual([]);
  });

  it('changes them from one decision to the next', async () => {
    const assay = await start({ variants: { 'fraud-score': v2 } });
    assay.decide('fraud-score', { unit: 'a' });
    assay.setVariant('fraud-score', { key: 'v3', payload: null });
    assay.setVariant('other', { key: 'v3', payload: 1 });
    expect(assay.decide('fraud-score', { unit: 'a' })).toMatchObject({ variant: 'v3', payload: null });
    expect(assay.decide('other', { unit: 'a' })).toMatchObject({ variant: 'v3', payload: 1 });
    const { exposures } = await assay.recorded();
    expect(exposures.map(({ slot, variant }) => [slot, variant])).toEqual([
      ['fraud-score', 'v2'],
      ['fraud-score', 'v3'],
      ['other', 'v3'],
    ]);
  });

  it('tells what went wrong instead of writing it to the console', async () => {
    const heard: string[] = [];
    const assay = await start({ onError: ({ code }) => void heard.push(code) });
    expect(assay.decide('fraud-score', { unit: 'a' })).toMatchObject({ variant: 'default', reason: 'unknown_slot' });
    expect(assay.problems.map(({ code }) => code)).toEqual(['unknown_slot']);
    expect(heard).toEqual(['unknown_slot']);
  });

  it('answers a default where the test fixes nothing', async () => {
    const assay = await start({ defaults: { 'fraud-score': v2 } });
    expect(assay.decide('fraud-score', { unit: 'a' })).toMatchObject({ variant: 'v2', reason: 'unknown_slot' });
  });

  it('refuses what no client could use', async () => {
    await expect(testAssay({ variants: { a: { payload: 1 } as never } })).rejects.toThrow(
      'slot "a" is not { key, payload }',
    );
    await expect(testAssay({ ruleset: { ...rulesetOf(), slots: { a: {} } } as never })).rejects.toThrow(
      'slots.a.variants',
    );
    const unsplit = rulesetIn('ab', { split: splitOf(['nobody', 1]) });
    await expect(testAssay({ ruleset: unsplit })).rejects.toThrow('slots.model.experiments[0].phase.split[0].variant');
    await expect(testAssay({ startAt: Number.NaN })).rejects.toThrow('startAt');
    await expect(testAssay({ maxBatchEvents: -1 })).rejects.toThrow('maxBatchEvents');
    const assay = await start();
    expect(() => assay.setVariant('a', 'v2' as never)).toThrow(TypeError);
    expect(() => assay.setRuleset({ ...rulesetOf(), rules: 99 })).toThrow('assignment rules');
    expect(() => assay.clock.advance(Number.NaN)).toThrow(TypeError);
  });
});

describe('The clock of a test client', () => {
  it('stands still until it is moved, and gives events their times', async () => {
    const assay = await start({ startAt: new Date(1000), variants: { model: v2 } });
    assay.outcome('click', { unit: 'a' });
    assay.clock.advance(250);
    assay.decide('model', { unit: 'a' });
    expect(assay.clock.now()).toBe(1250);
    const { exposures, outcomes } = await assay.recorded();
    expect([outcomes[0]?.at, exposures[0]?.at]).toEqual([1000, 1250]);
  });

  it('measures calls', async () => {
    const assay = await start({ variants: { model: v2 } });
    await assay.run('model', { unit: 'a' }, () => assay.clock.advance(40));
    const failed = assay.run('model', { unit: 'b' }, () => Promise.reject(new Error('down')));
    await expect(failed).rejects.toThrow('down');
    const { calls, outcomes } = await assay.recorded();
    expect(calls.map(({ unit, name, value, properties }) => [unit, name, value, properties?.status])).toEqual([
      ['a', 'assay.ms', 40, 'ok'],
      ['b', 'assay.ms', 0, 'error'],
      ['b', 'assay.error', 1, 'error'],
    ]);
    expect(outcomes).toEqual([]);
  });
});

describe('A test client with a ruleset', () => {
  it.each(['ab', 'canary', 'bandit'] as const)('finds units for each variant of a phase in mode %s', async (mode) => {
    const bands = { band: 'candidate' } as const;
    const split = splitOf(['challenger', 0.3], ['champion', 0.7]).map((entry) =>
      mode === 'canary' ? { ...entry, ...bands } : entry,
    );
    const assay = await start({ ruleset: rulesetIn(mode, { split }) });
    for (const variant of ['challenger', 'champion'] as const) {
      const unit = assay.unitWith('model', variant);
      expect(assay.decide('model', { unit })).toMatchObject({ variant, reason: 'assigned' });
    }
    const { exposures } = await assay.recorded();
    expect(exposures.map(({ variant, propensity }) => [variant, propensity])).toEqual([
      ['challenger', 0.3],
      ['champion', 0.7],
    ]);
    expect(() => assay.unitWith('model', 'nobody')).toThrow('to none of 10000 units');
  });

  it('looks for units with the attributes that are asked for', async () => {
    const targeting = [{ attribute: 'country', operator: 'in' as const, values: ['NL'] }];
    const assay = await start({
      ruleset: rulesetOf({ model: slotOf({ experiments: [experimentOf({ targeting })] }) }),
    });
    expect(() => assay.unitWith('model', 'champion')).toThrow(RangeError);
    const unit = assay.unitWith('model', 'champion', { country: 'NL' });
    expect(assay.decide('model', { unit, attributes: { country: 'NL' } }).reason).toBe('assigned');
  });

  it('shadows: the comparison is there when it is asked for', async () => {
    const assay = await start({ ruleset: rulesetIn('shadow', { split: splitOf(['challenger', 1], ['champion', 0]) }) });
    const shadows: boolean[] = [];
    const { value } = await assay.run('model', { unit: 'a' }, ({ key }, { shadow }) => {
      shadows.push(shadow);
      return key;
    });
    expect(value).toBe('champion');
    const { comparisons, exposures } = await assay.recorded();
    expect(comparisons).toMatchObject([
      { unit: 'a', champion: { status: 'ok', label: 'champion' }, measures: { agree: false } },
    ]);
    expect(exposures).toEqual([]);
    expect(shadows.slice(0, 2)).toEqual([false, true]);
  });

  it('interleaves: the impression says whose each item is', async () => {
    const assay = await start({ ruleset: rulesetIn('interleave') });
    const lists: Record<string, string[]> = { champion: ['a', 'b'], challenger: ['c', 'd'] };
    const { items, impression } = await assay.rank('model', { unit: 'u' }, ({ key }) => lists[key]!, {
      id: (item) => item,
    });
    const { impressions } = await assay.recorded();
    expect(impressions).toMatchObject([{ unit: 'u', impression, items: items.map((id) => ({ id })) }]);
  });

  it('lets fixed variants go before it, and another ruleset take the place of both', async () => {
    const assay = await start({ ruleset: rulesetIn('ab'), variants: { model: v2 } });
    expect(assay.peek('model', { unit: 'a' }).variant).toBe('v2');
    const split = splitOf(['challenger', 1], ['champion', 0]);
    assay.setRuleset(rulesetOf({ model: slotOf({ experiments: [experimentOf({ phase: phaseOf({ split }) })] }) }));
    expect(assay.peek('model', { unit: 'a' }).variant).toBe('challenger');
  });
});

it('A service that closes the client loses nothing that a test asks for', async () => {
  const assay = await start({ variants: { model: v2 } });
  assay.decide('model', { unit: 'a' });
  expect(await assay.close()).toEqual({ delivered: true });
  expect((await assay.recorded()).exposures).toHaveLength(1);
});

it('Records are there at once, also while the test runner has stopped all timers', async () => {
  vi.useFakeTimers();
  try {
    const assay = await start({ variants: { model: v2 } });
    await assay.run('model', { unit: 'a' }, () => 1);
    expect((await assay.recorded()).calls).toHaveLength(1);
    await assay.close();
  } finally {
    vi.useRealTimers();
  }
});

it('Definitions type what a test may fix', async () => {
  interface Shop {
    slots: { score: { output: 'value'; variants: 'v1' | 'v2'; payload: { model: string } } };
    outcomes: 'click';
  }
  const assay = await testAssay<Shop>({ variants: { score: { key: 'v1', payload: { model: 'a' } } } });
  assay.setVariant('score', { key: 'v2', payload: { model: 'b' } });
  // @ts-expect-error unknown slot
  assay.setVariant('scor', { key: 'v2', payload: { model: 'b' } });
  // @ts-expect-error unknown variant
  assay.setVariant('score', { key: 'v3', payload: { model: 'b' } });
  // @ts-expect-error not the payload of the slot
  assay.setVariant('score', { key: 'v2', payload: { modl: 'b' } });
  // @ts-expect-error unknown variant
  expect(() => assay.unitWith('score', 'v3')).toThrow();
  await assay.close();
});
