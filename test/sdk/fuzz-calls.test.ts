import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Assay, connect } from '@assay-ml/sdk';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event as eventContract } from '../../server/contract/events-contract.ts';
import { boom, expectDecision, hostileProxy, revokedProxy, textless } from './hostile-values.ts';
import { codes, quietOptions, recordingServer } from './recording-server.ts';
import { junk } from './ruleset-arbitraries.ts';
import { allChallenger, experimentOf, phaseOf, phaseOfMode, rulesetOf, slotOf } from './rulesets.ts';
import { forbidUnhandled } from './unhandled.ts';

forbidUnhandled();

const rules = (mode: 'ab' | 'bandit' | 'canary' | 'interleave') =>
  slotOf({
    experiments: [experimentOf({ segments: ['a', '__proto__'], phase: phaseOfMode(mode, { split: allChallenger }) })],
  });
const ruleset = rulesetOf({
  ab: rules('ab'),
  bandit: rules('bandit'),
  lists: rules('interleave'),
  external: slotOf({ experiments: [experimentOf({ phase: phaseOf({ assignment: 'external' }) })] }),
  plain: slotOf({ experiments: [] }),
});
const HUGE = 1024 * 1024;
const recordedBy = (assay: Assay) => {
  const { exposures, outcomes, impressions, comparisons } = assay.counters();
  return exposures + outcomes + impressions + comparisons;
};

/** Looks like a signal, and is none, or one that fails. */
const signals: (() => unknown)[] = [
  () => Object.create(AbortSignal.prototype),
  () => new Proxy(new AbortController().signal, {}),
  () => hostileProxy(new AbortController().signal),
  () => Object.assign(Object.create(AbortSignal.prototype), { addEventListener: () => {}, removeEventListener: boom }),
  () => AbortSignal.abort(textless()),
  () => ({ aborted: true, addEventListener: boom }),
];
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', 'a\udfff', '\0', '', 'x'.repeat(256), 'é'.repeat(129), '__proto__', 'constructor'),
);
const value = fc.oneof(
  junk,
  fc.constantFrom(...signals),
  text.map((each) => () => each),
  fc.double().map((each) => () => each),
);
/** Records of the names that calls read, with values of any kind; some cannot be read at all. */
const input = fc
  .record({
    names: fc.subarray([
      'unit',
      'attributes',
      'value',
      'at',
      'properties',
      'variant',
      'decision',
      'item',
      'impression',
      'id',
      'depth',
      'timeoutMs',
      'fallback',
      'signal',
      'default',
      'score',
      'label',
      'compare',
      'example',
    ]),
    values: fc.array(value, { minLength: 1, maxLength: 6 }),
    whole: fc.option(value, { freq: 6 }),
    unit: text,
  })
  .map(({ names, values, whole, unit }) => () => {
    if (whole) return whole();
    const entries = names.map((name, i): [string, unknown] => [name, values[i % values.length]!()]);
    return { unit, attributes: Object.fromEntries([['a', unit], ...entries]), ...Object.fromEntries(entries) };
  });
const slots = fc.oneof(
  fc.constantFrom(...Object.keys(ruleset.slots)).map((name) => () => name),
  value,
);

async function callEverything(assay: Assay, slot: never, a: never, b: never): Promise<void> {
  expectDecision(assay.decide(slot, a, b));
  expectDecision(assay.peek(slot, a, b), /^$/);
  assay.exposure(slot, a);
  assay.outcome('click', a);
  assay.outcome(slot, b);
  assay.override(slot, a, b);
  assay.override('plain', slot, null);
  // A default's key that is not the champion's is handed on as it was decided.
  const answer = {};
  expect((await assay.run(slot, a, () => answer, b)).value).toBe(answer);
  const list = [{ id: 'x' }];
  expect((await assay.rank('lists', a, () => list, b)).items[0] ?? list[0]).toBe(list[0]);
  expect((await assay.rank(slot, a, () => answer as never, b)).items).toBe(answer);
  await expect(assay.run(slot, a, () => Promise.reject(answer), b)).rejects.toBe(answer);
  assay.watch(b)();
}

test('Whatever a call is given, it answers, and every event that leaves is one that the contract admits', async () => {
  const server = recordingServer(ruleset);
  const angry = {
    onError: () => Promise.reject(textless()),
    onReady: boom,
    onChange: hostileProxy as never,
    onStale: boom,
  };
  const assay = await connect({ ...quietOptions(server), ...angry });
  await fc.assert(
    fc.asyncProperty(slots, input, input, (slot, a, b) =>
      callEverything(assay, slot() as never, a() as never, b() as never),
    ),
    { numRuns: 700, seed: 20_261_123 },
  );
  expect(await assay.flush(hostileProxy() as never)).toEqual({ delivered: true });
  await Promise.all([assay.close(boom as never), assay.close(Number.NaN), assay.flush({ timeoutMs: -1 })]);
  const { sent, queued } = assay.counters();
  expect({ sent, queued }).toEqual({ sent: recordedBy(assay), queued: 0 });
  expect(sent).toBeGreaterThan(100);
  for (const event of server.events()) {
    expect(eventContract.safeParse(event).error).toBeUndefined();
    expect(/\p{Surrogate}/u.test(event.unit)).toBe(false);
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}, 60_000);

test('Options of any kind start a client or reject with a TypeError that says what is wrong', async () => {
  const names = [
    'url',
    'key',
    'timeoutMs',
    'stream',
    'gzip',
    'bootstrap',
    'offline',
    'defaults',
    'onError',
    'fetch',
    'now',
    'maxQueueBytes',
    '__proto__',
    'nonsense',
  ];
  const options = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(options, async (entries) => {
      const given = Object.fromEntries(entries.map(([name, make]) => [name, make()]));
      const good = {
        url: 'http://assay.test',
        key: 'k',
        fetch: recordingServer(ruleset).fetch,
        stream: false,
        onError: () => {},
      };
      const outcome = await connect({ ...good, ...given } as never).catch((cause: unknown) => cause);
      if (outcome instanceof Error) {
        // An option that throws when it is read is passed on.
        if (outcome.message !== 'hostile') expect(outcome).toBeInstanceOf(TypeError);
        expect(outcome.message).toMatch(/^connect\(options\):\n- |^hostile$|revoked/);
      } else {
        const assay = outcome as Assay;
        expectDecision(assay.decide('ab', { unit: 'u' }));
        await assay.close(0);
      }
    }),
    { numRuns: 500, seed: 20_261_123 },
  );
}, 60_000);

/** What is still in use once the garbage is gone. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('Ids and names of a megabyte are decided for, dropped, counted, and not kept', async () => {
  const server = recordingServer(ruleset);
  const options = quietOptions(server);
  const assay = await connect(options);
  const huge = (n: number) => `${n}`.padEnd(HUGE, '\u00e9x');
  expect(assay.peek('ab', { unit: huge(1) }).variant).toBe('challenger');
  const before = heapUsed();
  for (let n = 0; n < 12; n++) {
    const unit = huge(n);
    expect(assay.decide('ab', { unit }).variant).toBe('challenger');
    expect(assay.decide(unit, { unit: 'u' }).reason).toBe('unknown_slot');
    expect((await assay.run('bandit', { unit, attributes: { a: unit } }, () => 1)).value).toBe(1);
    expect((await assay.rank('lists', { unit }, () => ['x'], { id: (item) => item, depth: 1 })).items).toEqual(['x']);
    assay.outcome(unit, { unit });
    assay.outcome('click', { unit, decision: unit, properties: { a: unit } });
    assay.exposure('external', { unit, variant: 'challenger' });
    assay.exposure('external', { unit: 'u', variant: unit });
    assay.exposure(unit, { unit, variant: unit });
  }
  const { exposures, outcomes, dropped, queued } = assay.counters();
  expect({ exposures, outcomes, queued }).toEqual({ exposures: 0, outcomes: 0, queued: 0 });
  expect(dropped).toMatchObject({ impression_out_of_limits: 12, unknown_variant: 12, no_external_phase: 12 });
  // One megabyte kept of each round would be 12.
  expect(heapUsed() - before).toBeLessThan(5e6);
  for (const { message } of options.problems) expect(message.length).toBeLessThan(3000);
  expect(new Set(codes(options.problems)).size).toBeLessThan(10);
  await assay.close();
  expect(JSON.stringify(server.batches).length).toBeLessThan(10_000);
}, 60_000);

test('A revoked list is handed back as it came', async () => {
  const assay = await connect(quietOptions(recordingServer(ruleset)));
  for (const slot of ['plain', 'lists']) {
    const { proxy, revoke } = Proxy.revocable(['x'], {});
    const call = () => ({
      // biome-ignore lint/suspicious/noThenProperty: revoked between the call's answer and its use
      then(resolve: (value: unknown) => void) {
        resolve(proxy);
        queueMicrotask(revoke);
      },
    });
    const outcome = await assay
      .rank(slot, { unit: 'u' }, call as never, { id: String, depth: 1 })
      .catch(() => 'rejected');
    expect(['object', 'string']).toContain(typeof outcome);
  }
  expect(() => Array.isArray(revokedProxy([]))).toThrow();
  await assay.close();
});
