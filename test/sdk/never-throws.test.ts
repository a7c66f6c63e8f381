import { type Assay, connect, type Reason } from '@assay-ml/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOf, rulesetOf, slotOf } from './rulesets.ts';

const boom = () => {
  throw new Error('hostile');
};
const hostileProxy = () =>
  new Proxy({}, { get: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom, getPrototypeOf: boom });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const hostile = fc.constantFrom(
  hostileProxy,
  revoked,
  () => ({
    get unit() {
      return boom();
    },
  }),
  () => ({
    unit: 'u',
    get attributes() {
      return boom();
    },
  }),
  () => ({ unit: 'u', attributes: hostileProxy() }),
  () => ({
    unit: 'u',
    attributes: {
      get country() {
        return boom();
      },
    },
  }),
  () => ({ unit: 'u', properties: hostileProxy() }),
  () => ({ unit: { toString: boom }, variant: Symbol('x'), at: { valueOf: boom } }),
  () => ({ unit: 'u', variant: 'challenger', at: new Date(Number.NaN), value: 1n }),
  () => ({
    get default() {
      return boom();
    },
    get timeoutMs() {
      return boom();
    },
  }),
  () => ({ default: hostileProxy(), signal: {}, timeoutMs: 'x', fallback: Symbol('x') }),
  () => Symbol('x'),
  () => Object.create(null),
);
/** Thunks, for fast-check itself looks into the values that it makes. */
const anyRecord = fc.record(
  {
    unit: fc.anything(),
    attributes: fc.anything(),
    value: fc.anything(),
    at: fc.anything(),
    properties: fc.anything(),
  },
  { requiredKeys: [] },
);
const anything: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }).map((value) => () => value),
  anyRecord.map((value) => () => value),
  hostile,
);
const slotName: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.constantFrom('ab', 'bandit', 'external', 'plain', '__proto__', 'constructor').map((name) => () => name),
  anything,
);
const reasons: Reason[] = [
  'assigned',
  'champion',
  'not_targeted',
  'outside_range',
  'override',
  'unknown_slot',
  'no_ruleset',
  'error',
];

const inCountry = { attribute: 'country', operator: 'in' as const, values: ['NL'] };
const ruleset = rulesetOf({
  ab: slotOf({
    experiments: [
      experimentOf({ targeting: [inCountry], segments: ['country'] }),
      experimentOf({ segments: ['country'] }),
    ],
  }),
  bandit: slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode: 'bandit' }), segments: ['a', 'toString'] })] }),
  external: slotOf({ experiments: [experimentOf({ phase: phaseOf({ assignment: 'external' }) })] }),
  lists: slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode: 'interleave', interleave: { depth: 3 } }) })] }),
  plain: slotOf({ experiments: [] }),
});

async function tryEverything(assay: Assay, [slot, a, b, c]: never[]): Promise<void> {
  for (const decision of [assay.decide(slot!, a!, b), assay.peek(slot!, a!, b)]) {
    expect(reasons).toContain(decision.reason);
    expect(typeof decision.variant).toBe('string');
    expect(decision.propensity).toBeGreaterThan(0);
  }
  assay.exposure(slot!, a!);
  assay.outcome(slot!, a!);
  assay.outcome('click', b!);
  assay.override(slot!, b!, c!);
  assay.override(slot!, b!, null);
  expect((await assay.run(slot!, a!, () => 5, c)).value).toBe(5);
  expect((await assay.rank(slot!, a!, () => [5], c!)).items).toEqual([5]);
  expect((await assay.rank('lists', a!, () => [b!], c!)).impression).toBeTruthy();
  assay.counters();
}

test.each([
  ['with a ruleset', {}],
  ['offline without a ruleset', { offline: true }],
])('No input whatever makes a client throw or reject: %s', async (_, more) => {
  const server = recordingServer(ruleset);
  const assay = await connect({ ...quietOptions(server), ...more });
  await fc.assert(
    fc.asyncProperty(slotName, anything, anything, anything, (...input) =>
      tryEverything(
        assay,
        input.map((make) => make() as never),
      ),
    ),
    { numRuns: 3000, seed: 20_240_609 },
  );
  expect(
    await assay.flush({
      get timeoutMs() {
        return boom();
      },
    } as never),
  ).toMatchObject({});
  await assay.close(hostileProxy() as never);
  // Whatever was queued was a valid event.
  const { sent, exposures, impressions, outcomes } = assay.counters();
  expect(sent).toBe(exposures + impressions + outcomes);
  for (const event of server.events()) expect(typeof event.unit).toBe('string');
});

test('A context that cannot be used is answered by the champion with reason error', async () => {
  const assay = await connect(quietOptions(recordingServer(ruleset)));
  const attributes = {
    get country() {
      return boom();
    },
  };
  for (const context of [null, undefined, {}, { unit: 5 }, { unit: 'u', attributes }, hostileProxy()]) {
    expect(assay.decide('ab', context as never)).toMatchObject({ variant: 'champion', reason: 'error', propensity: 1 });
  }
  expect(assay.counters().exposures).toBe(0);
  await assay.close();
});

test('A clock that throws or answers nonsense does not reach the caller', async () => {
  let mode = 0;
  const now = () => (mode++ % 2 === 0 ? Number.NaN : boom());
  const assay = await connect({ ...quietOptions(recordingServer(ruleset)), now });
  for (let i = 0; i < 10; i++) expect((await assay.run('ab', { unit: `u${i}` }, () => i)).value).toBe(i);
  expect(await assay.close()).toEqual({ delivered: true });
});
