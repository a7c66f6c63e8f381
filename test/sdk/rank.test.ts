import {
  type ComparisonEvent,
  connect,
  type ImpressionEvent,
  type ModelCall,
  type OutcomeEvent,
  type RankOptions,
} from '@assay-ml/sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { draftTeams, impressionDraws } from '../../sdk/team-draft.ts';
import { impressionEvent } from '../../server/contract/events-contract.ts';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { allChallenger, experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const T0 = 1_700_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Item {
  id: string;
}
const items = (letters: string): Item[] => [...letters].map((id) => ({ id }));
const LISTS: Record<string, Item[]> = {
  champion: items('abcdefgh'),
  challenger: items('hxbyazcd'),
  third: items('mnopqrst'),
};
const ofVariant: ModelCall<Item[]> = (variant) => LISTS[variant.key]!;
const byId = (item: Item) => item.id;

const interleaving = (...teams: string[]) =>
  phaseOf({
    mode: 'interleave',
    split: splitOf(...teams.map((team): [string, number] => [team, 1 / teams.length])),
    interleave: { depth: 6 },
  });
const rankingOf = (phase = phaseOf({ split: allChallenger })) =>
  slotOf({
    output: 'ranking',
    variants: { champion: { model: 'v1' }, challenger: { model: 'v2' }, third: { model: 'v3' } },
    experiments: [experimentOf({ phase })],
  });
const ruleset = rulesetOf({
  two: rankingOf(interleaving('challenger', 'champion')),
  three: rankingOf(interleaving('challenger', 'third', 'champion')),
  ab: rankingOf(),
  shadow: rankingOf(
    phaseOf({
      mode: 'shadow',
      split: allChallenger,
      shadow: {
        ...{ referenceShare: 0, budgetMs: null, maxInFlight: 4 },
        compare: { kind: 'auto', ignore: [], tolerance: 0, depth: 3 },
      },
    }),
  ),
  paused: slotOf({ experiments: [experimentOf({ paused: true, phase: interleaving('challenger', 'champion') })] }),
  plain: slotOf({ experiments: [] }),
});

async function start() {
  const server = recordingServer(ruleset);
  const options = quietOptions(server, { now: Date.now });
  const assay = await connect(options);
  const sent = async <T extends { type: string }>(type: T['type']) => {
    await assay.flush();
    return server.events().filter((event): event is never => event.type === type) as T[];
  };
  return {
    assay,
    problems: options.problems,
    impressions: () => sent<ImpressionEvent>('impression'),
    outcomes: () => sent<OutcomeEvent>('outcome'),
    exposures: () => sent('exposure'),
    comparisons: () => sent<ComparisonEvent>('comparison'),
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Settles while time passes. */
async function during<T>(promise: Promise<T>, ms = 1000): Promise<{ value?: T; error?: unknown }> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.advanceTimersByTimeAsync(ms);
  return settled;
}

/** A call in which some variants do something else. */
const but = (others: Record<string, ModelCall<Item[]>>): ModelCall<Item[]> => {
  return (variant, info) => (others[variant.key] ?? ofVariant)(variant, info);
};
const fails: ModelCall<Item[]> = (variant) => Promise.reject(new Error(`${variant.key} down`));
const hangs: ModelCall<Item[]> = () => new Promise(() => {});

describe('Outside interleave phases', () => {
  test('rank is run: one variant, exposure and call record, its own list, a fresh impression id', async () => {
    const { assay, exposures, outcomes, impressions } = await start();
    const call = vi.fn(ofVariant);
    const first = await assay.rank('ab', { unit: 'u' }, call, { id: byId });
    const second = await assay.rank('plain', { unit: 'u' }, call, { id: byId, impression: 'mine', depth: 3 });
    expect(first.items).toBe(LISTS.challenger);
    expect(first.decision).toMatchObject({ variant: 'challenger', reason: 'assigned' });
    expect(second).toMatchObject({ items: items('abc'), impression: 'mine', decision: { variant: 'champion' } });
    expect(first.impression).toMatch(/^[0-9a-z]{22,28}$/);
    expect(first.impression).not.toBe(first.decision.id);
    expect(call.mock.calls.map(([variant]) => variant.key)).toEqual(['challenger', 'champion']);
    expect(await exposures()).toHaveLength(1);
    expect((await outcomes())[0]).toMatchObject({ name: 'assay.ms', decision: first.decision.id });
    expect(await impressions()).toEqual([]);
    await assay.close();
  });

  test('what the function throws is rethrown, and what is no list comes back as it is', async () => {
    const { assay } = await start();
    expect((await during(assay.rank('ab', { unit: 'u' }, fails, { id: byId }))).error).toEqual(
      new Error('challenger down'),
    );
    const { items } = await assay.rank('ab', { unit: 'u' }, () => 'no list' as never, { id: byId, depth: 2 });
    expect(items).toBe('no list');
    await assay.close();
  });

  test("in a shadow phase the champion's list comes back, and both lists are compared by the ids of their items", async () => {
    const { assay, comparisons } = await start();
    const { items } = await assay.rank('shadow', { unit: 'u' }, ofVariant, { id: byId });
    expect(items).toBe(LISTS.champion);
    await vi.advanceTimersByTimeAsync(100);
    const [event] = await comparisons();
    // Of the first three, abc and hxb, one is in both.
    expect(event).toMatchObject({ phase: 11, measures: { agree: false, overlap: 1 / 3 } });
    await assay.close();
  });

  test('a paused interleave phase calls the champion alone', async () => {
    const { assay, impressions } = await start();
    const call = vi.fn(ofVariant);
    const { items } = await assay.rank('paused', { unit: 'u' }, call, { id: byId });
    expect(items).toBe(LISTS.champion);
    expect(call).toHaveBeenCalledTimes(1);
    expect(await impressions()).toEqual([]);
    await assay.close();
  });
});

describe('In an interleave phase', () => {
  test('the lists of all variants are mixed as the draft says, and one impression is recorded', async () => {
    const { assay, impressions, exposures } = await start();
    const { items, impression, decision } = await assay.rank('two', { unit: 'u' }, ofVariant, { id: byId });
    const lists = ['hxbyazcd', 'abcdefgh'].map((letters) => [...letters]);
    const places = draftTeams(lists, 6, impressionDraws('u', impression)).map(({ team, rank, contested }) => ({
      id: lists[team]![rank]!,
      team: ['challenger', 'champion'][team]!,
      contested,
    }));
    expect(items.map(byId)).toEqual(places.map(({ id }) => id));
    expect(decision).toMatchObject({ variant: 'champion', reason: 'champion' });
    const [event, ...others] = await impressions();
    expect(others).toEqual([]);
    expect(event).toEqual({
      ...{ type: 'impression', unit: 'u', slot: 'two', phase: 11, step: 1, impression, at: T0, ruleset: 7, depth: 6 },
      items: places,
    });
    expect(impressionEvent.parse(event)).toEqual(event);
    expect(await exposures()).toEqual([]);
    expect(assay.counters()).toMatchObject({ decisions: 1, impressions: 1, exposures: 0 });
    await assay.close();
  });

  test('the same unit and impression see the same list; another impression another one', async () => {
    const { assay } = await start();
    const orders = async (impressions: string[]) => {
      const shown = impressions.map((impression) =>
        assay.rank('three', { unit: 'u' }, ofVariant, { id: byId, impression }),
      );
      return (await Promise.all(shown)).map(({ items }) => items.map(byId).join(''));
    };
    expect(new Set(await orders(['i', 'i', 'i'])).size).toBe(1);
    expect(new Set(await orders(Array.from({ length: 40 }, (_, i) => `i${i}`))).size).toBeGreaterThan(10);
    await assay.close();
  });

  test('all variants are called at once, each with a record of its own', async () => {
    const { assay, outcomes } = await start();
    const slowly: ModelCall<Item[]> = async (variant) => {
      await sleep(variant.key === 'champion' ? 30 : 20);
      return LISTS[variant.key]!;
    };
    const { value } = await during(assay.rank('three', { unit: 'u' }, slowly, { id: byId }), 30);
    expect(value?.items).toHaveLength(6);
    const records = (await outcomes()).map(({ name, value, decision, properties }) => {
      return [name, value, decision === undefined, properties];
    });
    const own = (variant: string) => ({ status: 'ok', served: variant, variant, phase: 11, step: 1 });
    expect(records).toEqual([
      ['assay.ms', 20, false, own('challenger')],
      ['assay.ms', 20, false, own('third')],
      ['assay.ms', 30, false, own('champion')],
    ]);
    await assay.close();
  });

  test('numbers are ids as strings, repeated items count once, depth of the call goes before that of the phase', async () => {
    const { assay, impressions } = await start();
    const numbers = (variant: { key: string }) => (variant.key === 'champion' ? [1, 1, 2, 3, 3, 4] : [4, 4, 1, 5, 6]);
    const { items } = await assay.rank('two', { unit: 'u' }, numbers, { id: (item) => item, depth: 4 });
    expect(items).toHaveLength(4);
    expect(new Set(items).size).toBe(4);
    const [event] = await impressions();
    expect(event).toMatchObject({ depth: 4 });
    expect(event!.items.map(({ id }) => id)).toEqual(items.map(String));
    await assay.close();
  });
});

describe('A variant that gives no list', () => {
  const limits = { id: byId, timeoutMs: 100 };

  test.each([
    ['throws', fails, 'error'],
    [
      'throws at once',
      () => {
        throw new Error('at once');
      },
      'error',
    ],
    ['hangs', hangs, 'timeout'],
    ['gives something else', () => ({ items: [] }) as never, 'error'],
  ] as [string, ModelCall<Item[]>, string][])(
    'because it %s is left out, and the impression says so',
    async (_, bad, cause) => {
      const { assay, impressions } = await start();
      const champion = await during(assay.rank('two', { unit: 'u' }, but({ challenger: bad }), limits));
      expect(champion.value?.items.map(byId).join('')).toBe('abcdef');
      const challenger = await during(assay.rank('two', { unit: 'u' }, but({ champion: bad }), limits));
      expect(challenger.value?.items.map(byId).join('')).toBe('hxbyaz');
      const mixed = await during(assay.rank('three', { unit: 'u' }, but({ third: bad }), limits));
      expect(mixed.value?.items.some(({ id }) => 'mnopqrst'.includes(id))).toBe(false);
      const sent = await impressions();
      expect(sent.map(({ degraded }) => degraded)).toEqual([
        { cause, variant: 'challenger' },
        { cause, variant: 'champion' },
        { cause, variant: 'third' },
      ]);
      expect(sent[0]!.items.map(({ team, contested }) => [team, contested])).toEqual(
        Array.from({ length: 6 }, () => ['champion', false]),
      );
      for (const event of sent) expect(impressionEvent.parse(event)).toEqual(event);
      await assay.close();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("where all fail, the champion's exception is rethrown and nothing was shown", async () => {
    const { assay, impressions, outcomes } = await start();
    expect((await during(assay.rank('three', { unit: 'u' }, fails, limits))).error).toEqual(new Error('champion down'));
    const { error } = await during(
      assay.rank('two', { unit: 'u' }, but({ champion: fails, challenger: hangs }), limits),
    );
    expect(error).toEqual(new Error('champion down'));
    expect(await impressions()).toEqual([]);
    expect(
      (await outcomes()).map(({ name, properties }) => [name, properties?.status, properties?.variant]),
    ).toContainEqual(['assay.error', 'timeout', 'challenger']);
    await assay.close();
  });

  test("where all are late, the champion's answer is awaited, as in run", async () => {
    const { assay, impressions } = await start();
    const late: ModelCall<Item[]> = async (variant) => {
      await sleep(variant.key === 'champion' ? 300 : 200);
      return LISTS[variant.key]!;
    };
    const { value } = await during(assay.rank('two', { unit: 'u' }, late, limits));
    expect(value?.items.map(byId).join('')).toBe('abcdef');
    expect(await impressions()).toEqual([]);
    await assay.close();
  });

  test("a caller who gives up gets what the champion's call does, and nothing was shown", async () => {
    const { assay, impressions, outcomes } = await start();
    const controller = new AbortController();
    const obedient: ModelCall<Item[]> = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    setTimeout(() => controller.abort(new Error('gone')), 20);
    const call = but({ champion: obedient });
    const { error } = await during(assay.rank('two', { unit: 'u' }, call, { ...limits, signal: controller.signal }));
    expect(error).toEqual(new Error('gone'));
    expect(await impressions()).toEqual([]);
    expect((await outcomes()).map(({ name }) => name)).toEqual(['assay.ms', 'assay.ms']);
    await assay.close();
  });
});

describe('Lists that cannot be mixed', () => {
  test.each([
    [
      'id throws',
      {
        id: () => {
          throw new Error('no id');
        },
      },
    ],
    ['an id is no text', { id: () => ({}) as never }],
    ['an id is empty', { id: () => '' }],
    ['an id is too long', { id: (item: Item) => item.id.repeat(65) }],
    ['there is no id', {} as never],
  ] as [string, RankOptions<Item>][])(
    "%s: the champion's list is shown as it is, and the problem told",
    async (_, options) => {
      const { assay, impressions, problems } = await start();
      const { items } = await assay.rank('two', { unit: 'u' }, ofVariant, options);
      expect(items.map(byId).join('')).toBe('abcdef');
      expect(await impressions()).toEqual([]);
      expect(codes(problems)).toEqual(['impression_out_of_limits']);
      expect(assay.counters().dropped).toEqual({ impression_out_of_limits: 1 });
      await assay.close();
    },
  );

  test('an impression id out of limits is replaced', async () => {
    const { assay, impressions, problems } = await start();
    const { impression } = await assay.rank('two', { unit: 'u' }, ofVariant, { id: byId, impression: 'x'.repeat(65) });
    expect(impression).toMatch(/^[0-9a-z]{22,28}$/);
    expect((await impressions())[0]?.impression).toBe(impression);
    expect(codes(problems)).toEqual(['impression_out_of_limits']);
    await assay.close();
  });

  test('a unit out of limits sees its list, unrecorded', async () => {
    const { assay, impressions } = await start();
    const { items } = await assay.rank('two', { unit: 'u'.repeat(300) }, ofVariant, { id: byId });
    expect(items).toHaveLength(6);
    expect(await impressions()).toEqual([]);
    // The call records of both teams go with it.
    expect(assay.counters().dropped).toEqual({ impression_out_of_limits: 1, outcome_out_of_limits: 2 });
    await assay.close();
  });
});

test('Whatever the lists and options are, rank gives one list, and every impression sent is valid', async () => {
  const { assay, impressions } = await start();
  const entry = fc.oneof(fc.string(), fc.nat(5), fc.anything());
  const list = fc.oneof(fc.array(entry, { maxLength: 8 }), fc.anything());
  const options = fc.oneof(
    fc.record({
      id: fc.constantFrom((item: unknown) => item, String, null),
      depth: fc.anything(),
      impression: fc.anything(),
    }),
    fc.anything(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('two', 'three', 'ab'), list, list, options, async (slot, one, other, own) => {
      const call = (variant: { key: string }) => (variant.key === 'champion' ? one : other) as never;
      const result = await assay.rank(slot, { unit: 'u' }, call, own as never);
      expect(typeof result.impression).toBe('string');
      if (Array.isArray(one) && Array.isArray(other)) expect(Array.isArray(result.items)).toBe(true);
    }),
    { numRuns: 300 },
  );
  for (const event of await impressions()) expect(impressionEvent.safeParse(event).error).toBeUndefined();
  await assay.close();
});
