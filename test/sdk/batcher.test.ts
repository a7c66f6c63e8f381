import type { Batch, Problem } from '@assay-ml/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BatcherOptions, createBatcher } from '../../sdk/batcher.ts';
import { problemLog } from '../../sdk/problems.ts';
import { slotMeter } from '../../sdk/slot-meter.ts';
import { createTally } from '../../sdk/tally.ts';
import { postBatch, withTimeout } from '../../sdk/transport.ts';
import { accepted, codes } from './recording-server.ts';

const event = (n: number) => JSON.stringify({ n });

/** A batcher over a network that answers as told; random() is 1, so that back-offs are as long as they can be. */
function setup(answer: (attempt: number) => Response | Promise<Response>, more: Partial<BatcherOptions> = {}) {
  const bodies: string[] = [];
  const sentAt: number[] = [];
  const problems: Problem[] = [];
  const tally = createTally();
  const meter = slotMeter(Date.now);
  let inFlight = 0;
  const fetch = withTimeout(10_000)(async (_, init) => {
    expect(++inFlight).toBe(1);
    bodies.push(String(init?.body));
    sentAt.push(Date.now());
    try {
      const aborted = new Promise<never>((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      );
      return await Promise.race([answer(bodies.length - 1), aborted]);
    } finally {
      inFlight--;
    }
  });
  const batcher = createBatcher({
    post: (body) => postBatch(fetch, 'http://assay.test', body, Date.now),
    meter,
    tally,
    problems: problemLog((problem) => problems.push(problem)),
    now: Date.now,
    random: () => 1,
    flushEveryMs: 1000,
    maxBatchEvents: 3,
    maxBatchBytes: 10_000,
    maxQueueEvents: 10,
    maxQueueBytes: 1_000_000,
    ...more,
  });
  const batches = () => bodies.map((body) => JSON.parse(body) as Omit<Batch, 'events'> & { events: { n: number }[] });
  return { batcher, bodies, batches, sentAt, problems, tally, meter, dropped: () => Object.fromEntries(tally.dropped) };
}

const status = (code: number, headers: Record<string, string> = {}) => new Response('{}', { status: code, headers });
const run = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Sealing', () => {
  test('a batch leaves when flushEveryMs has passed', async () => {
    const { batcher, batches } = setup(() => accepted());
    batcher.add(event(1));
    await run(999);
    expect(batches()).toHaveLength(0);
    await run(1);
    expect(batches()[0]!.events).toEqual([{ n: 1 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a full batch leaves at once, but not within the call that filled it', async () => {
    const { batcher, bodies } = setup(() => accepted());
    for (const n of [1, 2, 3]) batcher.add(event(n));
    expect(bodies).toHaveLength(0);
    await run(0);
    expect(bodies).toHaveLength(1);
  });

  test('events leave oldest first, at most maxBatchEvents a batch and one batch at a time', async () => {
    const { batcher, batches, tally } = setup(
      () => new Promise((resolve) => setTimeout(() => resolve(accepted()), 50)),
    );
    for (let n = 0; n < 8; n++) batcher.add(event(n));
    await run(2000);
    expect(batches().map((batch) => batch.events.map(({ n }) => n))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect(new Set(batches().map((batch) => batch.batch)).size).toBe(3);
    expect(tally.sent).toBe(8);
  });

  test('a batch stays below maxBatchBytes of UTF-8, unless a single event is larger', async () => {
    const { batcher, batches } = setup(() => accepted(), { maxBatchBytes: 100 });
    const long = JSON.stringify({ n: 'é'.repeat(40) });
    for (const json of [event(1), long, long, JSON.stringify({ n: 'x'.repeat(500) }), event(2)]) batcher.add(json);
    await run(2000);
    expect(batches().map((batch) => batch.events.length)).toEqual([2, 1, 1, 1]);
  });

  test('the batch id is a UUIDv7 of the moment of sealing', async () => {
    const { batcher, batches } = setup(() => accepted());
    batcher.add(event(1));
    await run(1000);
    const id = batches()[0]!.batch;
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(1_700_000_001_000);
  });
});

describe('Answers', () => {
  test.each([408, 429, 500, 502, 503, 504, 404, 200, 302])(
    '%i: the very same batch is repeated until acknowledged',
    async (code) => {
      const { batcher, bodies, tally, problems } = setup((attempt) => (attempt < 3 ? status(code) : accepted()));
      batcher.add(event(1));
      await run(1000);
      batcher.add(event(2));
      await run(60_000);
      expect(new Set(bodies.slice(0, 4)).size).toBe(1);
      expect(bodies[4]).toContain('{"n":2}');
      expect(tally.sent).toBe(2);
      expect(codes(problems)).toEqual([`http_${code}`]);
    },
  );

  test('202 repeat: done as well', async () => {
    const { batcher, bodies, tally } = setup(() =>
      Response.json({ accepted: 0, repeat: true, rejected: [] }, { status: 202 }),
    );
    batcher.add(event(1));
    await run(60_000);
    expect([bodies.length, tally.sent]).toEqual([1, 1]);
  });

  test('202 whose body cannot be read: done, for it was committed', async () => {
    const { batcher, bodies } = setup(() => new Response('<html>', { status: 202 }));
    batcher.add(event(1));
    await run(60_000);
    expect(bodies).toHaveLength(1);
  });

  test('202 with rejected events: they are counted by code, each code reported once', async () => {
    const rejected = ['unknown_phase', 'unknown_phase', 'too_old'].map((code, index) => ({
      index,
      code,
      message: 'm',
    }));
    const { batcher, tally, problems, dropped } = setup(() => accepted(rejected), { maxBatchEvents: 5 });
    for (let n = 0; n < 5; n++) batcher.add(event(n));
    await run(1000);
    expect(dropped()).toEqual({ unknown_phase: 2, too_old: 1 });
    expect(tally.sent).toBe(2);
    expect(codes(problems)).toEqual(['unknown_phase', 'too_old']);
  });

  test.each([400, 413, 422])('%i: the batch is dropped, counted, reported once and the next goes on', async (code) => {
    const refusal = () => Response.json({ error: { code: 'batch_bad', message: 'why' } }, { status: code });
    const { batcher, bodies, tally, problems, dropped } = setup((attempt) => (attempt < 2 ? refusal() : accepted()));
    for (let n = 0; n < 7; n++) batcher.add(event(n));
    await run(3000);
    expect(bodies).toHaveLength(3);
    expect(dropped()).toEqual({ batch_bad: 6 });
    expect(tally.sent).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toContain('why');
  });

  test('what a dropped batch was to report is reported by the next', async () => {
    const { batcher, batches } = setup((attempt) => (attempt === 0 ? status(400) : accepted()), { maxQueueEvents: 3 });
    for (let n = 0; n < 5; n++) batcher.add(event(n));
    await run(1000);
    expect(batches()[0]!.stats).toEqual({ dropped: { queue_full: 2 } });
    batcher.add(event(9));
    await run(1000);
    expect(batches()[1]!.stats).toEqual({ dropped: { queue_full: 2, http_400: 3 } });
    batcher.add(event(10));
    await run(1000);
    expect(batches()[2]!.stats).toBeUndefined();
  });

  test.each([401, 403])('%i: the queue is kept and tried each 60 s', async (code) => {
    const { batcher, sentAt, tally, problems } = setup((attempt) => (attempt < 3 ? status(code) : accepted()));
    batcher.add(event(1));
    await run(1000 + 180_000);
    expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 60_000, 120_000, 180_000]);
    expect(tally.sent).toBe(1);
    expect(codes(problems)).toEqual(['unauthorized']);
  });

  test('back-off doubles from a quarter second to 60 s', async () => {
    const { batcher, sentAt } = setup(() => status(500));
    batcher.add(event(1));
    await run(1000 + 400_000);
    const waits = sentAt.slice(1).map((at, i) => at - sentAt[i]!);
    expect(waits.slice(0, 11)).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    const closing = batcher.close(0);
    await run(0);
    await closing;
  });

  test('back-off is full jitter: with random() = 0 there is none', async () => {
    const { batcher, sentAt } = setup((attempt) => (attempt < 5 ? status(500) : accepted()), { random: () => 0 });
    batcher.add(event(1));
    await run(1010);
    expect(sentAt.length).toBe(6);
  });

  test.each([
    ['7', 7000],
    [new Date(1_700_000_001_000 + 30_000).toUTCString(), 30_000],
    ['nonsense', 250],
    ['0', 250],
    ['-5', 250],
    ['1e300', 3_600_000],
    ['99999999', 3_600_000],
  ])('429 with Retry-After %s waits as told', async (header, expected) => {
    const { batcher, sentAt } = setup((attempt) =>
      attempt === 0 ? status(429, { 'retry-after': header }) : accepted(),
    );
    batcher.add(event(1));
    await run(1000 + 3_600_000);
    expect(sentAt[1]! - sentAt[0]!).toBe(expected);
  });

  test('network down: repeated', async () => {
    const { batcher, bodies, tally, problems } = setup((attempt) => {
      if (attempt < 4) throw new TypeError('fetch failed');
      return accepted();
    });
    batcher.add(event(1));
    await run(60_000);
    expect(new Set(bodies).size).toBe(1);
    expect(tally.sent).toBe(1);
    expect(codes(problems)).toEqual(['unreachable']);
  });

  test('an answer that never comes is given up after 10 s and repeated', async () => {
    const { batcher, sentAt, tally } = setup((attempt) => (attempt === 0 ? new Promise(() => {}) : accepted()));
    batcher.add(event(1));
    await run(1000 + 10_000 + 250);
    expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 10_250]);
    expect(tally.sent).toBe(1);
  });

  test('a body that never ends is given up as well', async () => {
    const stalled = () =>
      new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([123])) }), { status: 202 });
    const { batcher, sentAt, tally } = setup((attempt) => (attempt === 0 ? stalled() : accepted()));
    batcher.add(event(1));
    await run(1000 + 10_000 + 250);
    expect(sentAt.map((at) => at - sentAt[0]!)).toEqual([0, 10_250]);
    expect(tally.sent).toBe(1);
  });
});

describe('The bounded queue', () => {
  test('drops and counts the newest, and has room again when a batch is acknowledged', async () => {
    let up = false;
    const { batcher, batches, problems, dropped } = setup(() => (up ? accepted() : status(503)));
    for (let n = 0; n < 14; n++) expect(batcher.add(event(n))).toBe(n < 10);
    await run(1000);
    // The batch under way still takes its room.
    expect(batcher.add(event(14))).toBe(false);
    expect(batcher.queued()).toBe(10);
    up = true;
    await run(10_000);
    expect(batcher.queued()).toBe(0);
    expect(batcher.add(event(15))).toBe(true);
    await run(1000);
    const delivered = [...new Map(batches().map((batch) => [batch.batch, batch])).values()].flatMap(
      (batch) => batch.events,
    );
    expect(delivered.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15]);
    expect(dropped()).toEqual({ queue_full: 5 });
    expect(codes(problems)).toEqual(['queue_full', 'http_503']);
  });
});

describe('The size of the queue', () => {
  test('is bounded too: large events are dropped and counted, small ones still find room', async () => {
    let up = false;
    const { batcher, batches, dropped } = setup(() => (up ? accepted() : status(503)), {
      maxQueueBytes: 1000,
      maxBatchEvents: 1,
    });
    const large = JSON.stringify({ n: 'x'.repeat(380) });
    expect([large, large, large, event(1)].map((json) => batcher.add(json))).toEqual([true, true, false, true]);
    // One is sealed and under way: its room is free for others.
    await run(1000);
    expect(batcher.add(large)).toBe(true);
    expect(batcher.add(large)).toBe(false);
    up = true;
    await run(60_000);
    expect(batcher.queued()).toBe(0);
    expect([large, large, large].map((json) => batcher.add(json))).toEqual([true, true, false]);
    expect(dropped()).toEqual({ queue_full: 3 });
    await run(1000);
    expect(batches().at(-1)!.stats).toBeUndefined();
  });
});

describe('flush', () => {
  test('resolves when everything queued at the call is acknowledged', async () => {
    const { batcher, tally } = setup(() => new Promise((resolve) => setTimeout(() => resolve(accepted()), 100)));
    for (let n = 0; n < 7; n++) batcher.add(event(n));
    let delivered: boolean | null = null;
    void batcher.flush(5000).then((result) => {
      delivered = result;
    });
    await run(299);
    expect(delivered).toBeNull();
    await run(2);
    expect(delivered).toBe(true);
    expect(tally.sent).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not wait for what comes after the call', async () => {
    const { batcher } = setup((attempt) => (attempt === 0 ? accepted() : new Promise(() => {})));
    batcher.add(event(1));
    const flushed = batcher.flush(5000);
    batcher.add(event(2));
    await run(1);
    expect(await flushed).toBe(true);
  });

  test('resolves false when a batch was refused', async () => {
    const { batcher } = setup(() => status(422));
    batcher.add(event(1));
    const flushed = batcher.flush(5000);
    await run(1);
    expect(await flushed).toBe(false);
  });

  test('resolves false when time is out, and delivery goes on', async () => {
    const { batcher, tally } = setup((attempt) => (attempt < 2 ? status(500) : accepted()));
    batcher.add(event(1));
    const flushed = batcher.flush(100);
    await run(100);
    expect(await flushed).toBe(false);
    await run(5000);
    expect(tally.sent).toBe(1);
  });

  test('with nothing queued resolves at once and sends nothing', async () => {
    const { batcher, bodies } = setup(() => accepted());
    expect(await batcher.flush(5000)).toBe(true);
    expect(bodies).toHaveLength(0);
  });

  test('sends statistics of the running minute too', async () => {
    const { batcher, batches, meter } = setup(() => accepted());
    meter.call('model', 'ok', 12);
    const flushed = batcher.flush(5000);
    await run(1);
    expect(await flushed).toBe(true);
    expect(batches()).toMatchObject([{ events: [], stats: { slots: [{ slot: 'model', counters: { calls: 1 } }] } }]);
  });

  test('waits for statistics while an older batch is under way', async () => {
    const { batcher, batches, meter } = setup(
      () => new Promise((resolve) => setTimeout(() => resolve(accepted()), 100)),
    );
    batcher.add(event(1));
    await run(1050);
    meter.call('model', 'ok', 12);
    const flushed = batcher.flush(5000);
    await run(200);
    expect(await flushed).toBe(true);
    expect(batches().map((batch) => [batch.events.length, batch.stats !== undefined])).toEqual([
      [1, false],
      [0, true],
    ]);
  });
});

describe('Statistics', () => {
  test('leave by themselves once their minute is over, one entry per slot and minute', async () => {
    const { batcher, batches, meter } = setup(() => accepted());
    for (let i = 0; i < 3; i++) meter.call('model', i === 0 ? 'error' : 'ok', 10);
    batcher.wake();
    await run(30_000);
    expect(batches()).toHaveLength(0);
    await run(31_000);
    expect(batches()).toHaveLength(1);
    const [entry] = batches()[0]!.stats!.slots!;
    expect(entry).toMatchObject({ slot: 'model', counters: { calls: 3, errors: 1 } });
    expect(entry!.minute % 60_000).toBe(0);
    expect(entry!.ms).toEqual({ [Math.ceil(Math.log(10 / 1e-6) / 0.01)]: 3 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('close', () => {
  test('flushes, stops every timer and drops what comes later', async () => {
    const { batcher, tally, dropped } = setup(() => accepted());
    batcher.add(event(1));
    const closed = batcher.close(5000);
    await run(1);
    expect(await closed).toBe(true);
    expect(batcher.add(event(2))).toBe(false);
    expect([tally.sent, dropped()]).toEqual([1, { closed: 1 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives up when time is out and counts what is left', async () => {
    const { batcher, dropped } = setup(() => status(500));
    for (let n = 0; n < 4; n++) batcher.add(event(n));
    const closed = batcher.close(5000);
    await run(5000);
    expect(await closed).toBe(false);
    expect(dropped()).toEqual({ closed: 4 });
    await run(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('tries at once instead of waiting out a back-off', async () => {
    let up = false;
    const { batcher, tally } = setup(() => (up ? accepted() : status(401)));
    batcher.add(event(1));
    await run(2000);
    up = true;
    const closed = batcher.close(1000);
    await run(1);
    expect(await closed).toBe(true);
    expect(tally.sent).toBe(1);
  });
});
