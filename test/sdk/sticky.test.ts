import { readFileSync } from 'node:fs';
import { connect, type ExposureEvent, type PhaseRules, type Ruleset } from '@assay-ml/sdk';
import { assayProvider } from '@assay-ml/sdk/openfeature';
import { type StickyEntries, type StickyEntry, type StickyStore, sticky } from '@assay-ml/sdk/sticky';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const KEY = 'exp';
const VERSION = 5;
const half = splitOf(['challenger', 0.5], ['champion', 0.5]);
const nobody = splitOf(['challenger', 0.0001], ['champion', 0.9999]);
const phase = (more: Partial<PhaseRules> = {}) => phaseOf({ sticky: { key: KEY, version: VERSION }, ...more });
const rulesOf = (more: Partial<PhaseRules> = {}, version = 7): Ruleset =>
  rulesetOf({ model: slotOf({ experiments: [experimentOf({ phase: phase(more) })] }), plain: slotOf() }, version);

/** The store of the documentation as it stands there, and what is asked of it. */
function mapStore() {
  const page = readFileSync(new URL('../../docs/sdk/sticky.md', import.meta.url), 'utf8');
  const [code] = /const units = new Map[\s\S]+?(?=```)/.exec(page) ?? [];
  const { store, units }: { store: StickyStore; units: Map<string, StickyEntries> } = new Function(
    `${code}; return { store, units };`,
  )();
  const calls: string[] = [];
  const told: StickyStore = {
    async get(unit) {
      calls.push(`get ${unit}`);
      return store.get(unit);
    },
    async save(unit, entries) {
      calls.push(`save ${unit}`);
      store.save(unit, entries);
    },
  };
  return { ...told, units, calls };
}

const entry = (variant: string, more: Partial<StickyEntry> = {}): StickyEntry => ({
  version: VERSION,
  variant,
  propensity: 0.5,
  ...more,
});

async function start(store: StickyStore, ruleset = rulesOf({ split: nobody }), timeoutMs?: number) {
  const server = recordingServer(ruleset);
  const options = quietOptions(server, { sticky: sticky(store, { timeoutMs }) });
  const assay = await connect(options);
  const exposures = async () => {
    await assay.flush();
    return server.events().filter((event): event is ExposureEvent => event.type === 'exposure');
  };
  return { assay, exposures, problems: options.problems };
}

/** After microtasks and what they started. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const keyOf = ({ key }: { key: string }) => key;

describe('A remembered variant', () => {
  it('goes before the draw; its exposure says so, with the propensity of the original draw', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('challenger', { propensity: 0.25 }) });
    const { assay, exposures } = await start(store);
    const decision = assay.decide('model', await assay.recall('model', { unit: 'u' }));
    expect(decision).toMatchObject({ variant: 'challenger', reason: 'assigned', propensity: 0.25, phase: 11 });
    expect(decision.payload).toEqual({ model: 'v2' });
    const [exposure] = await exposures();
    expect(exposure).toMatchObject({ unit: 'u', variant: 'challenger', source: 'sticky', propensity: 0.25, phase: 11 });
    expect(store.calls).toEqual(['get u']);
    expect(assay.counters()).toMatchObject({ remembered: 1, stickyFailures: 0, errors: 0 });
    await assay.close();
  });

  it('is asked for by run and rank themselves, only where a phase of the slot is sticky', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('challenger') });
    const { assay } = await start(store);
    expect((await assay.run('plain', { unit: 'u' }, keyOf)).decision.phase).toBe(11);
    expect(store.calls).toEqual([]);
    expect((await assay.run('model', { unit: 'u' }, keyOf)).value).toBe('challenger');
    const ranked = await assay.rank('model', { unit: 'u' }, async ({ key }) => [key], { id: (item) => item });
    expect(ranked.items).toEqual(['challenger']);
    expect(store.calls).toEqual(['get u', 'get u']);
    // What is recalled already is not asked for again.
    const context = await assay.recall('model', { unit: 'u' });
    await assay.run('model', context, keyOf);
    expect(await assay.recall('model', context)).toBe(context);
    expect(store.calls).toHaveLength(3);
    await assay.close();
  });

  it('that left the split is drawn anew, and the new one remembered', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('gone'), other: entry('kept') });
    const { assay } = await start(store);
    expect(assay.decide('model', await assay.recall('model', { unit: 'u' })).variant).toBe('champion');
    await settled();
    expect(store.units.get('u')).toEqual({
      [KEY]: entry('champion', { propensity: 0.9999 }),
      other: entry('kept'),
    });
    await assay.close();
  });

  it('of an earlier version is drawn anew: the phase has restarted; one of a later version is left alone', async () => {
    const store = mapStore();
    store.units.set('old', { [KEY]: entry('challenger', { version: VERSION - 1 }) });
    store.units.set('new', { [KEY]: entry('challenger', { version: VERSION + 1 }) });
    const { assay, exposures } = await start(store);
    for (const unit of ['old', 'new']) {
      expect(assay.decide('model', await assay.recall('model', { unit })).variant).toBe('champion');
    }
    await settled();
    expect(store.units.get('old')?.[KEY]).toEqual(entry('champion', { propensity: 0.9999 }));
    expect(store.units.get('new')?.[KEY]).toEqual(entry('challenger', { version: VERSION + 1 }));
    expect((await exposures()).map(({ source }) => source)).toEqual(['hash', 'hash']);
    await assay.close();
  });

  it('does not bring a unit into the experiment, nor into a paused one, nor before an override', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('challenger') });
    const split = nobody;
    const experiment = experimentOf({ phase: phase({ split }) });
    const targeting = [{ attribute: 'country', operator: 'in' as const, values: ['de'] }];
    const ruleset = rulesetOf({
      targeted: slotOf({ experiments: [{ ...experiment, targeting }] }),
      narrow: slotOf({ experiments: [{ ...experiment, layer: { salt: 'l', from: 0, to: 0 } }] }),
      paused: slotOf({ experiments: [{ ...experiment, paused: true }] }),
      forced: slotOf({ experiments: [experiment] }),
    });
    const { assay } = await start(store, ruleset);
    assay.override('forced', 'u', 'champion');
    const context = await assay.recall('targeted', { unit: 'u', attributes: { country: 'fr' } });
    const decide = (slot: string) => assay.decide(slot, context);
    expect(decide('targeted')).toMatchObject({ variant: 'champion', reason: 'not_targeted' });
    expect(decide('narrow')).toMatchObject({ variant: 'champion', reason: 'outside_range' });
    expect(decide('paused')).toMatchObject({ variant: 'champion', reason: 'champion' });
    expect(decide('forced')).toMatchObject({ variant: 'champion', reason: 'override' });
    const inside = await assay.recall('targeted', { unit: 'u', attributes: { country: 'de' } });
    expect(assay.decide('targeted', inside).variant).toBe('challenger');
    await assay.close();
  });

  it('means nothing in phases that are not sticky, and in modes that must draw', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('challenger') });
    const modes = ['canary', 'bandit'] as const;
    const slots = modes.map((mode) => [
      mode,
      slotOf({ experiments: [experimentOf({ phase: phase({ mode, split: nobody }) })] }),
    ]);
    const { assay } = await start(store, rulesetOf(Object.fromEntries(slots)));
    const context = { unit: 'u' };
    for (const mode of modes) {
      expect(await assay.recall(mode, context)).toBe(context);
      expect(assay.decide(mode, context).variant).toBe('champion');
    }
    expect(assay.counters().errors).toBe(0);
    await settled();
    expect(store.calls).toEqual([]);
    await assay.close();
  });
});

describe('A new draw', () => {
  it('is saved after the decision, once a unit and turn, with all its experiments', async () => {
    const store = mapStore();
    const two = experimentOf({ key: 'two', phase: phase({ id: 12, sticky: { key: 'two', version: 9 }, split: half }) });
    const ruleset = rulesetOf({
      model: slotOf({ experiments: [experimentOf({ phase: phase() })] }),
      b: slotOf({ experiments: [two] }),
    });
    const { assay, exposures } = await start(store, ruleset);
    const context = await assay.recall('model', { unit: 'u' });
    const first = assay.decide('model', context);
    assay.decide('model', context);
    const second = assay.decide('b', context);
    expect(store.calls).toEqual(['get u']);
    await settled();
    expect(store.calls).toEqual(['get u', 'save u']);
    expect(store.units.get('u')).toEqual({ [KEY]: entry(first.variant), two: entry(second.variant, { version: 9 }) });
    // Later in the same request nothing is saved again.
    assay.decide('model', context);
    await settled();
    expect(store.calls).toHaveLength(2);
    expect((await exposures()).map(({ source }) => source)).toEqual(['hash', 'hash']);
    await assay.close();
  });

  it('of a peek is not remembered', async () => {
    const store = mapStore();
    const { assay } = await start(store);
    expect(assay.peek('model', await assay.recall('model', { unit: 'u' })).variant).toBe('champion');
    await settled();
    expect(store.calls).toEqual(['get u']);
    await assay.close();
  });

  it('of a context that was not recalled, or was for another unit, is by hash, and reported once', async () => {
    const store = mapStore();
    store.units.set('u', { [KEY]: entry('challenger') });
    const { assay, problems } = await start(store);
    const context = await assay.recall('model', { unit: 'u' });
    const forged = { unit: 'w', memory: { unit: 'w', answers: [{ [KEY]: entry('challenger') }] } };
    for (const plain of [{ unit: 'u' }, { ...context, unit: 'v' }, forged]) {
      expect(assay.decide('model', plain).variant).toBe('champion');
    }
    expect(assay.decide('model', { ...context, attributes: { more: 1 } }).variant).toBe('challenger');
    await settled();
    expect(store.calls).toEqual(['get u']);
    expect(codes(problems)).toEqual(['sticky_not_recalled']);
    await assay.close();
  });
});

describe('After login', () => {
  it('a unit takes over what its fallback remembers, with that propensity, and keeps it', async () => {
    const store = mapStore();
    store.units.set('anonymous', { [KEY]: entry('challenger', { propensity: 0.3 }) });
    const { assay, exposures } = await start(store);
    const { value } = await assay.run('model', { unit: 'user', fallbackUnit: 'anonymous' }, keyOf);
    expect(value).toBe('challenger');
    await settled();
    expect(store.units.get('user')).toEqual({ [KEY]: entry('challenger', { propensity: 0.3 }) });
    expect(await exposures()).toMatchObject([{ unit: 'user', source: 'sticky', propensity: 0.3 }]);
    // On another device, with another logged-out id, the unit's own memory goes first.
    store.units.set('device', { [KEY]: entry('champion') });
    expect((await assay.run('model', { unit: 'user', fallbackUnit: 'device' }, keyOf)).value).toBe('challenger');
    await assay.close();
  });

  it('a unit whose fallback remembers nothing of this version draws for itself', async () => {
    const store = mapStore();
    store.units.set('anonymous', { [KEY]: entry('challenger', { version: VERSION - 1 }) });
    const { assay } = await start(store);
    expect((await assay.run('model', { unit: 'user', fallbackUnit: 'anonymous' }, keyOf)).value).toBe('champion');
    await settled();
    expect(store.units.get('user')?.[KEY]?.variant).toBe('champion');
    await assay.close();
  });

  it('a fallback out of limits is ignored and reported', async () => {
    const store = mapStore();
    const { assay, problems } = await start(store);
    for (const fallbackUnit of ['', 7 as never, 'x'.repeat(300)])
      await assay.recall('model', { unit: 'u', fallbackUnit });
    await assay.recall('model', { unit: 'u', fallbackUnit: 'u' });
    await assay.recall('model', { unit: 'u', fallbackUnit: undefined });
    expect(store.calls).toEqual(Array(5).fill('get u'));
    expect(codes(problems)).toEqual(['fallback_unit_out_of_limits']);
    await assay.close();
  });
});

describe('A store that fails', () => {
  const failing: [string, StickyStore['get'], string][] = [
    [
      'throws',
      () => {
        throw new Error('down');
      },
      'sticky_recall_failed',
    ],
    [
      'rejects',
      async () => {
        throw new Error('down');
      },
      'sticky_recall_failed',
    ],
    ['never answers', () => new Promise<never>(() => {}), 'sticky_recall_late'],
    ['answers with text', (async () => '{}') as never, 'sticky_recall_failed'],
    [
      'answers with a broken promise',
      () => Object.defineProperty({}, 'then', { get: () => JSON.parse('no') }),
      'sticky_recall_failed',
    ],
  ];
  test.each(failing)('and %s when asked leaves the draw, and is not overwritten', async (_, get, code) => {
    const saved: string[] = [];
    const { assay, problems } = await start({ get, save: (unit) => saved.push(unit) }, undefined, 5);
    expect((await assay.run('model', { unit: 'u' }, keyOf)).value).toBe('champion');
    expect((await assay.run('model', { unit: 'u' }, keyOf)).value).toBe('champion');
    await settled();
    expect(saved).toEqual([]);
    expect(codes(problems)).toEqual([code]);
    expect(assay.counters()).toMatchObject({ stickyFailures: 2, remembered: 0, exposures: 1 });
    await assay.close();
  });

  test('for the fallback only still gives the unit its own; without one it draws, and nothing is saved', async () => {
    const saved: string[] = [];
    const own: Record<string, StickyEntries> = { known: { [KEY]: entry('challenger') } };
    const get = async (unit: string) => {
      if (unit === 'anonymous') throw new Error('down');
      return own[unit];
    };
    const { assay } = await start({ get, save: (unit) => saved.push(unit) });
    const run = async (unit: string) => (await assay.run('model', { unit, fallbackUnit: 'anonymous' }, keyOf)).value;
    expect([await run('known'), await run('fresh')]).toEqual(['challenger', 'champion']);
    await settled();
    expect(saved).toEqual([]);
    await assay.close();
  });

  test('for the unit itself does not let its fallback speak for it', async () => {
    const get = async (unit: string) => {
      if (unit === 'user') throw new Error('down');
      return { [KEY]: entry('challenger') };
    };
    const { assay } = await start({ get, save: () => {} });
    expect((await assay.run('model', { unit: 'user', fallbackUnit: 'anonymous' }, keyOf)).value).toBe('champion');
    await assay.close();
  });

  test.each<[string, StickyStore['save']]>([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('full');
      },
    ],
  ])('and %s when saving is counted and reported once', async (_, save) => {
    const { assay, problems } = await start({ get: () => null, save });
    for (const unit of ['a', 'b', 'c']) await assay.run('model', { unit }, keyOf);
    await settled();
    expect(codes(problems)).toEqual(['sticky_save_failed']);
    expect(assay.counters().stickyFailures).toBe(3);
    await assay.close();
  });

  test('with entries of any kind never breaks a decision, and prototypes are no memory', async () => {
    const hostile = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new Error('trap');
        },
      },
    );
    const odd: unknown[] = [
      [],
      hostile,
      Object.create({ [KEY]: entry('challenger') }),
      ...[
        null,
        1,
        'challenger',
        {},
        hostile,
        entry('__proto__'),
        entry('constructor'),
        entry('challenger', { version: '5' as never }),
        entry('challenger', { propensity: 0 }),
        entry('challenger', { propensity: 1.5 }),
        entry('challenger', { propensity: Number.NaN }),
        entry('challenger', { propensity: '1' as never }),
        entry(7 as never),
      ].map((value) => ({ [KEY]: value })),
      JSON.parse('{"__proto__": {"exp": {"version": 5, "variant": "challenger", "propensity": 1}}}'),
    ];
    let answer: unknown;
    const { assay, problems } = await start({ get: () => answer as never, save: () => {} });
    for (answer of odd) {
      expect(assay.decide('model', await assay.recall('model', { unit: 'u' }))).toMatchObject({
        variant: 'champion',
        reason: 'assigned',
      });
    }
    expect(codes(problems)).toEqual([]);
    await assay.close();
  });

  test('takes no unit that could not be recorded, and a context that cannot be read is decided as ever', async () => {
    const store = mapStore();
    const { assay } = await start(store);
    const huge = 'x'.repeat(1_000_000);
    expect((await assay.run('model', { unit: huge }, keyOf)).value).toBe('champion');
    const unreadable = {
      get unit(): string {
        throw new Error('trap');
      },
    };
    expect(await assay.recall('model', unreadable)).toBe(unreadable);
    expect((await assay.run('model', unreadable, keyOf)).decision.reason).toBe('error');
    expect((await assay.run('model', { unit: 5 as never }, keyOf)).decision.reason).toBe('error');
    expect(store.calls).toEqual([]);
    await assay.close();
  });

  test('that is no store at all stops the start', async () => {
    expect(() => sticky({ get: () => null } as never)).toThrow('get(unit) and save(unit, entries)');
    expect(() => sticky(null as never)).toThrow(TypeError);
    expect(() => sticky(mapStore(), { timeoutMs: -1 })).toThrow('timeoutMs is -1');
    await expect(connect({ url: 'http://a.test', key: 'k', sticky: mapStore() as never })).rejects.toThrow(
      'sticky(store)',
    );
  });
});

it("OpenFeature's provider asks the store itself, for the targeting key and its fallbackUnit", async () => {
  const store = mapStore();
  store.units.set('anonymous', { [KEY]: entry('challenger') });
  const { assay } = await start(store);
  const provider = assayProvider(assay);
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  await provider.initialize?.({});
  const context = { targetingKey: 'user', fallbackUnit: 'anonymous' };
  const told = await provider.resolveObjectEvaluation('model', {}, context, logger);
  expect([told.variant, told.value, told.reason]).toEqual(['challenger', { model: 'v2' }, 'SPLIT']);
  await settled();
  expect(store.units.get('user')).toEqual({ [KEY]: entry('challenger') });
  await provider.onClose?.();
  await assay.close();
});

it('without a store a sticky phase draws, and recall gives the context back', async () => {
  const server = recordingServer(rulesOf());
  const assay = await connect(quietOptions(server));
  const context = { unit: 'u', fallbackUnit: 'anonymous' };
  expect(await assay.recall('model', context)).toBe(context);
  expect(assay.decide('model', context).reason).toBe('assigned');
  await assay.close();
});

it('memory never changes who is in the experiment, only which variant they get', async () => {
  const variant = fc.constantFrom('challenger', 'champion', 'gone', '__proto__');
  const record = fc.record({
    version: fc.integer({ min: 3, max: 7 }),
    variant,
    propensity: fc.double({ min: -1, max: 2 }),
  });
  const memory = fc.option(fc.dictionary(fc.constantFrom(KEY, 'other'), record));
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      memory,
      share,
      share,
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.boolean(),
      async (entries, weight, to, unit, targeted) => {
        const experiment = experimentOf({
          layer: { salt: 'l', from: 0, to: Math.round(to * 2 ** 32) },
          targeting: [{ attribute: 'in', operator: 'in', values: [true] }],
          phase: phase({ split: splitOf(['challenger', weight], ['champion', 1 - weight]) }),
        });
        const bootstrap = rulesetOf({ model: slotOf({ experiments: [experiment] }) });
        const assay = await connect({
          offline: true,
          bootstrap,
          sticky: sticky({ get: () => entries, save: () => {} }),
          onError: () => {},
        });
        const context = { unit, attributes: { in: targeted } };
        const drawn = assay.peek('model', context);
        const recalled = assay.peek('model', await assay.recall('model', context));
        expect({ ...recalled, variant: '', payload: null, propensity: 0, id: '' }).toEqual({
          ...drawn,
          variant: '',
          payload: null,
          propensity: 0,
          id: '',
        });
        const mine = entries && Object.hasOwn(entries, KEY) ? entries[KEY] : undefined;
        const counts = mine?.version === VERSION && mine.propensity > 0 && mine.propensity <= 1;
        const weights: Record<string, number> = { challenger: weight, champion: 1 - weight };
        const isKept =
          drawn.reason === 'assigned' &&
          counts &&
          Object.hasOwn(weights, mine.variant) &&
          (weights[mine.variant] ?? 0) > 0;
        expect([recalled.variant, recalled.propensity]).toEqual(
          isKept ? [mine.variant, mine.propensity] : [drawn.variant, drawn.propensity],
        );
      },
    ),
    { numRuns: 300, seed: 33 },
  );
});
