import { type Assay, type ConnectOptions, connect, type Problem, type Ruleset } from '@assay-ml/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { codes } from './recording-server.ts';
import { experimentOf, rulesetOf, slotOf } from './rulesets.ts';
import { patchEvent, type StreamServer, streamServer, versionEvent } from './stream-server.ts';

const running = (version: number): Ruleset => rulesetOf({ model: slotOf(), other: slotOf() }, version);
const paused = (version: number): Ruleset =>
  rulesetOf({ model: slotOf({ experiments: [experimentOf({ paused: true })] }), other: slotOf() }, version);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(
  more: ConnectOptions = {},
  prepare: (server: StreamServer) => void = () => {},
): Promise<{ server: StreamServer; assay: Assay; problems: Problem[] }> {
  const server = await streamServer(running(1));
  prepare(server);
  const problems: Problem[] = [];
  const onError = (problem: Problem) => problems.push(problem);
  const assay = await connect({ url: server.url, key: 'key', onError, ...more });
  closing.push(
    () => server.close(),
    () => assay.close(),
  );
  return { server, assay, problems };
}

const version = (assay: Assay) => assay.counters().rulesetVersion;
const reason = (assay: Assay) => assay.peek('model', { unit: 'u' }).reason;
const soon = (check: () => unknown, timeout = 4000) =>
  vi.waitFor(() => expect(check()).toBe(true), { timeout, interval: 5 });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('A change is in force as soon as its patch has come, without another fetch, and is told once', async () => {
  const changes: unknown[] = [];
  const { server, assay } = await start({ onChange: (change) => changes.push(change) });
  await soon(() => server.open.size === 1);
  expect(reason(assay)).toBe('assigned');
  const before = performance.now();
  server.change(paused(2));
  await soon(() => reason(assay) === 'champion');
  expect(performance.now() - before).toBeLessThan(500);
  expect(assay.peek('other', { unit: 'u' })).toMatchObject({ reason: 'assigned', ruleset: 2 });
  server.change(running(3));
  await soon(() => reason(assay) === 'assigned');
  expect(server.fetched).toEqual([200]);
  expect(changes).toEqual([
    { from: 1, to: 2 },
    { from: 2, to: 3 },
  ]);
});

test('A patch for another version, or one that cannot be read, is answered by fetching all', async () => {
  const { server, assay, problems } = await start();
  await soon(() => server.open.size === 1);
  server.ruleset = paused(3);
  server.tell(patchEvent(running(2), paused(3)));
  await soon(() => version(assay) === 3);
  expect(reason(assay)).toBe('champion');
  const bad = '{"rules":1,"from":3,"to":4,"slots":{"model":{"champion":5}}}';
  server.ruleset = running(4);
  server.tell(`id: W/"1-4"\nevent: patch\ndata: ${bad}\n\n`);
  await soon(() => version(assay) === 4);
  expect(reason(assay)).toBe('assigned');
  server.ruleset = paused(5);
  server.tell(`id: W/"1-5"\nevent: patch\ndata: no JSON\n\n`);
  await soon(() => version(assay) === 5);
  expect(codes(problems)).toEqual([]);
});

test('What was missed while the stream was down arrives on reconnection', async () => {
  const { server, assay } = await start();
  await soon(() => server.open.size === 1);
  for (const response of server.open) response.destroy();
  server.ruleset = paused(9);
  const before = performance.now();
  await soon(() => reason(assay) === 'champion');
  expect(performance.now() - before).toBeLessThan(1000);
  expect(server.opened()).toBe(2);
});

test('A server that knows no newer version than ours is given time, then believed', async () => {
  const { server, assay } = await start();
  await soon(() => server.open.size === 1);
  server.change(paused(5));
  await soon(() => version(assay) === 5);
  // The next stream ends at a replica that has not heard of version 5 yet; it tells within the second.
  const fetches = server.fetched.length;
  server.ruleset = running(4);
  for (const response of server.open) response.destroy();
  await soon(() => server.opened() === 2 && server.open.size === 1);
  await wait(250);
  server.change(paused(5));
  await wait(1500);
  expect(version(assay)).toBe(5);
  expect(server.fetched).toHaveLength(fetches);
});

test('An answer that a patch has overtaken does not undo it', async () => {
  const { server, assay } = await start();
  await soon(() => server.open.size === 1);
  let release = () => {};
  server.hold = new Promise((resolve) => {
    release = resolve;
  });
  // Makes the client fetch; the answer, of before the patch that overtakes it, waits.
  server.ruleset = running(0);
  server.tell(patchEvent(running(6), running(7)));
  await soon(() => server.fetched.length === 2);
  server.tell(versionEvent(running(1)) + patchEvent(running(1), paused(2)));
  server.ruleset = paused(2);
  await soon(() => version(assay) === 2);
  release();
  await wait(600);
  expect(version(assay)).toBe(2);
  expect(reason(assay)).toBe('champion');
});

test.each([
  ['404, as of an older server', 404, 'text/plain'],
  ['something that is no stream', 200, 'text/html'],
])('Polling goes on beside %s', async (_, status, type) => {
  const { server, assay, problems } = await start({ pollEveryMs: 100 }, (made) => {
    made.answer = (response) => response.writeHead(status, { 'content-type': type }).end('x');
  });
  server.ruleset = paused(2);
  await soon(() => reason(assay) === 'champion');
  await wait(500);
  expect(server.opened()).toBe(1);
  expect(codes(problems)).toEqual([]);
});

test('A proxy that keeps the stream back is given up, said once, and polling goes on', async () => {
  const { server, assay, problems } = await start({ pollEveryMs: 100 }, (made) => {
    made.answer = () => {};
  });
  server.ruleset = paused(2);
  await soon(() => reason(assay) === 'champion');
  await soon(() => problems.length > 0, 8000);
  expect(codes(problems)).toEqual(['stream_blocked']);
  expect(problems[0]?.message).toContain('stream: false');
  server.ruleset = running(3);
  await soon(() => version(assay) === 3);
}, 15_000);

test('While the stream lives nothing is polled, and heartbeats tell the age', async () => {
  const { server, assay } = await start({ pollEveryMs: 100 });
  await soon(() => server.open.size === 1);
  await wait(600);
  expect(server.fetched).toEqual([200]);
  expect(assay.counters().configAgeMs).toBeGreaterThan(400);
  server.tell(': 40\n\n');
  await soon(() => assay.counters().configAgeMs! < 400);
  expect(assay.counters().configAgeMs).toBeGreaterThanOrEqual(40);
  for (const response of server.open) response.destroy();
  server.answer = (response) => response.writeHead(503).end();
  const before = server.fetched.length;
  await soon(() => server.fetched.length > before + 2);
});

test('stream: false asks for none', async () => {
  const { server } = await start({ stream: false, pollEveryMs: 100 });
  await soon(() => server.fetched.length > 3);
  expect(server.opened()).toBe(0);
});

test('A ruleset that nobody confirms is stale: said once a stretch, and over when it is confirmed', async () => {
  const stale: { ageMs: number }[] = [];
  const { server, assay, problems } = await start({
    staleAfterMs: 1000,
    onStale: (event) => stale.push(event),
  });
  await soon(() => server.open.size === 1);
  await soon(() => stale.length === 1);
  expect(stale[0]?.ageMs).toBeGreaterThanOrEqual(990);
  expect(reason(assay)).toBe('assigned');
  await wait(1200);
  expect(stale).toHaveLength(1);
  // The server itself has not reached its database for long: that confirms nothing.
  server.tell(': 5000\n\n');
  await soon(() => assay.counters().configAgeMs! >= 5000);
  expect(stale).toHaveLength(1);
  server.tell(': 0\n\n');
  await soon(() => assay.counters().configAgeMs! < 500);
  await soon(() => stale.length === 2);
  expect(codes(problems)).toEqual(['stale_ruleset']);
}, 10_000);

test('close ends the stream, and no request follows', async () => {
  const { server, assay } = await start();
  await soon(() => server.open.size === 1);
  await assay.close();
  await soon(() => server.open.size === 0);
  const asked = server.opened();
  await wait(700);
  expect(server.opened()).toBe(asked);
});

test('A stream without a byte for 25 s is dead: another is opened', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { server, assay } = await start();
    const until = async (check: () => boolean) => {
      for (let i = 0; i < 2000 && !check(); i++) await new Promise(setImmediate);
      expect(check()).toBe(true);
    };
    await until(() => server.open.size === 1);
    await until(() => version(assay) === 1);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(24_000);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(server.opened()).toBe(1);
    await vi.advanceTimersByTimeAsync(1100);
    await vi.advanceTimersByTimeAsync(300);
    await until(() => server.opened() === 2);
    vi.useRealTimers();
  } finally {
    vi.useRealTimers();
  }
});
