import { type Assay, connect, type RulesetEvent } from '@assay-ml/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { recordingServer } from './recording-server.ts';
import { experimentOf, rulesetOf, slotOf } from './rulesets.ts';
import { streamServer } from './stream-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Everything the client tells while the test runs. */
function watching(assay: Assay): RulesetEvent[] {
  const events: RulesetEvent[] = [];
  assay.watch((event) => events.push(event));
  closing.push(() => assay.close());
  return events;
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

test('A watcher hears of a change and of the slots that changed, if the change came as a patch', async () => {
  const before = rulesetOf({ model: slotOf(), other: slotOf() }, 1);
  const after = rulesetOf({ model: slotOf({ experiments: [experimentOf({ paused: true })] }), other: slotOf() }, 2);
  const server = await streamServer(before);
  closing.push(() => server.close());
  const events = watching(await connect({ url: server.url, key: 'key' }));
  await soon(() => expect(server.open.size).toBe(1));
  server.change(after);
  await soon(() => expect(events).toEqual([{ type: 'changed', from: 1, to: 2, slots: ['model'] }]));
  server.ruleset = rulesetOf(before.slots, 3);
  for (const response of server.open) response.destroy();
  await soon(() => expect(events[1]).toEqual({ type: 'changed', from: 2, to: 3, slots: null }));
});

test('A watcher hears when the first ruleset comes, when it is stale, and when the server is back', async () => {
  const { fetch } = recordingServer(rulesetOf());
  let isAway = true;
  const flaky: typeof fetch = (url, init) => (isAway ? Promise.reject(new Error('away')) : fetch(url, init));
  const options = { url: 'http://assay.test', key: 'key', onError: () => {}, stream: false, pollEveryMs: 100 };
  const assay = await connect({ ...options, fetch: flaky, timeoutMs: 0, staleAfterMs: 1000 });
  const events = watching(assay);
  isAway = false;
  await soon(() => expect(events).toEqual([{ type: 'ready' }]));
  isAway = true;
  await soon(() => expect(events[1]).toEqual({ type: 'stale', ageMs: expect.any(Number) }));
  isAway = false;
  await soon(() => expect(events.slice(2)).toEqual([{ type: 'confirmed' }]));
});

test('Each watch ends for itself, and a watcher that throws disturbs nobody', async () => {
  const server = await streamServer(rulesetOf(undefined, 1));
  closing.push(() => server.close());
  const assay = await connect({ url: server.url, key: 'key' });
  let calls = 0;
  const count = () => void calls++;
  assay.watch(() => {
    throw new Error('from the service');
  });
  const end = assay.watch(count);
  assay.watch(count);
  const events = watching(assay);
  end();
  await soon(() => expect(server.open.size).toBe(1));
  server.change(rulesetOf(undefined, 2));
  await soon(() => expect(events).toHaveLength(1));
  expect(calls).toBe(1);
});
