import { type ComparisonEvent, connect, type RunOptions, type Variant } from '@assay-ml/sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { comparisonEvent } from '../../server/contract/events-contract.ts';
import { quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOfMode, rulesetOf, slotOf, splitOf } from './rulesets.ts';

const unhandled: unknown[] = [];
const note = (cause: unknown) => unhandled.push(cause);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
});

type Kind = 'auto' | 'number' | 'label' | 'object' | 'ranking';
const KINDS: Kind[] = ['auto', 'number', 'label', 'object', 'ranking'];
const split = splitOf(['challenger', 1], ['champion', 0]);
const rules = (kind: Kind) => ({
  referenceShare: 0.5,
  budgetMs: 20,
  maxInFlight: 10_000,
  compare: { kind, ignore: ['a.b', 'id'], tolerance: 0.1, depth: 3 },
});
/** A slot of each kind of comparison, and one without any experiment. */
const ruleset = rulesetOf({
  none: slotOf({ experiments: [] }),
  ...Object.fromEntries(
    KINDS.map((kind, i) => {
      const phase = phaseOfMode('shadow', { id: i + 1, split, shadow: rules(kind) });
      return [kind, slotOf({ experiments: [experimentOf({ segments: ['a'], phase })] })];
    }),
  ),
});

const boom = () => {
  throw new Error('hostile');
};
const hostileProxy = () =>
  new Proxy(
    {},
    { get: (_, key) => (key === 'then' ? undefined : boom()), has: boom, ownKeys: boom, getPrototypeOf: boom },
  );
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const cyclic = () => {
  const list: unknown[] = [];
  list.push(list, { list });
  return list;
};

/** Every part of it has every part of it. */
const knot = () => {
  const node: Record<string, unknown> = {};
  for (let i = 0; i < 50; i++) node[`part${i}`] = node;
  return node;
};

type Behaviour = (signal: AbortSignal) => unknown;
const odd: Behaviour[] = [
  boom,
  () => Promise.reject(new Error('later')),
  () => Promise.reject(undefined),
  () => Promise.reject(hostileProxy()),
  () => {
    throw null;
  },
  () => {
    throw Symbol('x');
  },
  () => new Promise(() => {}),
  () => new Promise((_, reject) => setTimeout(reject, 40, new Error('after the budget'))),
  (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: looks like a promise and is none
    get then() {
      return boom();
    },
  }),
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: a thenable that misbehaves is the point
    then: (resolve: (value: unknown) => void, reject: (cause: unknown) => void) => {
      resolve(1);
      reject(new Error('twice'));
      boom();
    },
  }),
  hostileProxy,
  revoked,
  cyclic,
  knot,
  () => ({
    id: 1,
    get label() {
      return boom();
    },
  }),
  () => ({ toJSON: boom, toString: boom, valueOf: boom, [Symbol.toPrimitive]: boom }),
  () => [1n, Symbol('x'), boom, undefined, new Map([[{}, cyclic()]]), new Set([hostileProxy()])],
  () => new Array(100_000).fill({ id: 'same' }),
  () => 'x'.repeat(5000),
  () => `\ud800\0${'é'.repeat(200)}`,
  () => ({ [`\ud800\0${'k'.repeat(300)}`]: '\udfff\0', __proto__: null, constructor: 1 }),
  () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field ${i} ${'ü'.repeat(50)}`, i])),
  () => Number.NaN,
  () => -Infinity,
  () => 1e300,
  () => new Date(Number.NaN),
  () => new Uint8Array(10_000),
  () => new DataView(new ArrayBuffer(8)),
  () => Promise,
];
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.constantFrom(...odd),
  fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withTypedArray: true,
    })
    .filter((value) => typeof (value as { then?: unknown } | null)?.then !== 'function')
    .map((value) => () => value),
);
const badReaders: RunOptions<unknown>[] = [
  {},
  { compare: boom, score: boom, label: boom, example: boom },
  { compare: (() => Promise.reject(new Error('x'))) as never, score: (() => Promise.reject(new Error('x'))) as never },
  { compare: hostileProxy as never, example: hostileProxy, label: hostileProxy as never },
  { compare: () => ({ [`\ud800${'x'.repeat(200)}`]: 1, '': 2, good: true }), example: false },
  { compare: () => Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`${i}${'é'.repeat(60)}`, i])) },
  { score: (answer) => Number(answer), label: (answer) => String(answer), example: (a, b) => [a, b] },
  { compare: 5 as never, score: 'x' as never, label: {} as never, example: 5 as never },
];

type Result = { value: unknown } | { error: unknown };
const resultOf = (promise: Promise<{ value: unknown }>): Promise<Result> =>
  promise.then(
    ({ value }) => ({ value }),
    (error: unknown) => ({ error }),
  );
const isSame = (a: Result, b: Result) =>
  'value' in a ? 'value' in b && Object.is(a.value, b.value) : 'error' in b && Object.is(a.error, b.error);

test('Whatever the candidate, the champion and the service’s functions do, the caller gets what the champion gave', async () => {
  const server = recordingServer(ruleset);
  const assay = await connect(quietOptions(server, { maxQueueEvents: 1_000_000 }));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...KINDS),
      behaviour,
      behaviour,
      fc.constantFrom(...badReaders),
      async (slot, champion, candidate, options) => {
        // What the champion does, once, so that identity can be compared; never hanging, for nobody could tell.
        const once = await settleIn(champion);
        const replay = () => ('value' in once ? once.value : Promise.reject(once.error));
        const call = (variant: Variant, { signal, shadow }: { signal: AbortSignal; shadow: boolean }) => {
          if (variant.key === 'challenger') return candidate(signal);
          return shadow ? champion(signal) : replay();
        };
        const context = { unit: 'u', attributes: { a: 'x'.repeat(10) } };
        const expected = await resultOf(assay.run('none', context, replay));
        const got = await resultOf(assay.run(slot, context, call, options));
        expect(isSame(got, expected)).toBe(true);
      },
    ),
    { numRuns: 1500, seed: 20_261_122 },
  );
  await assay.flush({ timeoutMs: 4000 });
  const { shadowed, comparisons, shadowDropped, dropped } = assay.counters();
  expect({ shadowed, comparisons, shadowDropped, dropped }).toEqual({
    shadowed: 1500,
    comparisons: 1500,
    shadowDropped: 0,
    dropped: {},
  });
  const events = server.events().filter((event): event is ComparisonEvent => event.type === 'comparison');
  expect(events).toHaveLength(1500);
  for (const event of events) {
    expect(comparisonEvent.safeParse(event).error).toBeUndefined();
    // jsonb stores no lone surrogates, wherever they stand.
    JSON.stringify(event, (key, value: unknown) => {
      expect(/\p{Surrogate}/u.test(`${key} ${typeof value === 'string' ? value : ''}`)).toBe(false);
      return value;
    });
  }
  const statuses = new Set(events.map(({ candidate }) => candidate.status));
  expect([...statuses].sort()).toEqual(['error', 'ok', 'timeout']);
  await assay.close();
  expect(unhandled).toEqual([]);
}, 60_000);

/** What a behaviour comes to within 50 ms; a value in an answer of its own, so that nobody awaits it again. */
async function settleIn(behave: Behaviour): Promise<Result> {
  const signal = AbortSignal.timeout(10);
  const hang = new Promise((_, reject) => setTimeout(reject, 50, new Error('hung')));
  hang.catch(() => {});
  try {
    return { value: await Promise.race([(async () => behave(signal))(), hang]) };
  } catch (error) {
    return { error };
  }
}

test('A candidate that throws a thousand times costs no place', async () => {
  const server = recordingServer(ruleset);
  const assay = await connect(quietOptions(server));
  const call = (variant: Variant) => (variant.key === 'challenger' ? boom() : 1);
  for (let i = 0; i < 1000; i++) {
    expect((await assay.run('number', { unit: `u${i}` }, call)).value).toBe(1);
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  await assay.close();
  expect(assay.counters()).toMatchObject({ shadowed: 1000, comparisons: 1000, shadowDropped: 0 });
  expect(unhandled).toEqual([]);
});
