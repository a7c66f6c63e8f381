import { type Assay, type Batch, connect, type Fetch } from '@assay-ml/sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { boom, expectDecision, hostileProxy, nested, revokedProxy, textless } from './hostile-values.ts';
import { allChallenger, experimentOf, phaseOf, rulesetOf, slotOf } from './rulesets.ts';
import { forbidUnhandled } from './unhandled.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
// Hooks that come after run before: real timers are back when this file's failures are collected.
forbidUnhandled();
afterEach(() => {
  vi.useRealTimers();
});

const RULESET = rulesetOf(
  { model: slotOf({ experiments: [experimentOf({ phase: phaseOf({ split: allChallenger }) })] }) },
  8,
);
const STATUSES = [
  200, 202, 203, 204, 205, 206, 300, 304, 400, 401, 403, 404, 408, 409, 413, 415, 418, 422, 429, 500, 502, 503, 504,
  507, 599,
];
const WEIRD_REJECTED = [
  'x',
  [null, 5, 'x', [], {}],
  [{ index: 0, code: { toString: 1, valueOf: 1 }, message: { toString: null } }],
  Array.from({ length: 3000 }, (_, index) => ({ index: index % 3, code: `made up ${index}`, message: 'm' })),
  [
    { index: -1, code: 'c' },
    { index: 1e300, code: 'c' },
    { index: 0.5, code: 'c' },
    { index: '0', code: 'c' },
  ],
  [{ index: 0, code: 'x'.repeat(100_000), message: 'x'.repeat(100_000) }],
  [{ index: 0, code: '__proto__', message: 5 }],
];
const BODIES: (() => string)[] = [
  () => '',
  () => '{',
  () => 'null',
  () => '5',
  () => '[]',
  () => '"text"',
  () => '<!doctype html><title>502 Bad Gateway</title>',
  () => '\ufeff{}',
  () => nested(100_000),
  () => `{"slots":${nested(50_000)},"rules":1,"version":1}`,
  () => 'x'.repeat(10_000_000),
  () => JSON.stringify(RULESET).slice(0, -40),
  () => JSON.stringify({ ...RULESET, slots: [] }),
  () => JSON.stringify({ ...RULESET, rules: { toString: 1, valueOf: 1 } }),
  () => JSON.stringify({ ...RULESET, version: -1 }),
  () => '{"rules":1,"version":3,"slots":{"__proto__":{"champion":"x","variants":{"x":1},"experiments":[]},"model":5}}',
  () => JSON.stringify({ error: { code: { toString: 1 }, message: 7 } }),
  () => JSON.stringify({ error: { code: 'c'.repeat(1e6), message: 'm'.repeat(1e6) } }),
  () => JSON.stringify({ error: null, code: 'constructor' }),
  () => '{"accepted":{"valueOf":1,"toString":1},"rejected":[]}',
  ...WEIRD_REJECTED.map((rejected) => () => JSON.stringify({ accepted: 1, rejected })),
];
const RETRY_AFTER = [
  '0',
  '0.01',
  '-1',
  '',
  ' ',
  '1e999',
  'NaN',
  '99999999999',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'soon',
  '0x10',
];

const bytes = (text: string) => new TextEncoder().encode(text);
/** A body of these pieces, and then its end, an error or silence. */
const bodyOf = (pieces: Uint8Array[], end: 'close' | 'error' | 'stall') => {
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++];
      if (piece) controller.enqueue(piece);
      else if (end === 'close') controller.close();
      else if (end === 'error') controller.error(textless());
      else return new Promise(() => {});
      return undefined;
    },
  });
};
const end = fc.constantFrom<('close' | 'error' | 'stall')[]>('close', 'error', 'stall');

/** What a fetch does instead of answering well. */
type Answer = () => unknown;
const oddFetch = fc.constantFrom<Answer[]>(
  boom,
  () => {
    throw Symbol('x');
  },
  () => {
    throw textless();
  },
  () => Promise.reject(new TypeError('fetch failed')),
  () => Promise.reject(undefined),
  () => Promise.reject(textless()),
  () => Promise.reject(hostileProxy()),
  () => Promise.reject(revokedProxy()),
  () => undefined,
  () => null,
  () => 5,
  () => ({}),
  () => ({ status: 200, headers: {}, text: boom, json: boom }),
  () => ({ status: 202, headers: new Headers(), text: () => Promise.resolve(5) }),
  () => ({ status: Number.NaN, headers: null, body: {}, text: () => Promise.reject(textless()) }),
  hostileProxy,
  () => Promise.resolve(hostileProxy()),
  () => new Promise(() => {}),
  () => Response.error(),
);
const oddResponse = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    body: fc.constantFrom(...BODIES),
    retryAfter: fc.option(fc.constantFrom(...RETRY_AFTER)),
    type: fc.constantFrom('application/json', 'text/html', 'text/event-stream', 'image/png', ''),
    etag: fc.constantFrom(null, '"odd"', '\u00ff', ' '),
  })
  .map(
    ({ status, body, retryAfter, type, etag }): Answer =>
      () => {
        const headers = new Headers({ 'content-type': type });
        if (retryAfter !== null) headers.set('retry-after', retryAfter);
        if (etag !== null) headers.set('etag', etag);
        return new Response([204, 205, 304].includes(status) ? null : body(), { status, headers });
      },
  );
const brokenBody = fc.record({ status: fc.constantFrom(200, 202, 400, 500), cut: fc.nat(60), end }).map(
  ({ status, cut, end: how }): Answer =>
    () => {
      return new Response(bodyOf([bytes(JSON.stringify(RULESET).slice(0, cut))], how), { status });
    },
);
const answer = fc.oneof(oddFetch, oddResponse, brokenBody);

/** Pieces of a stream: fields and values that are wrong in their own way, cut anywhere. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    '',
    ':',
    ': 5',
    ': -1e300',
    ': 1e999',
    'id: W/"1-8"',
    'id: "é日"',
    'id',
    'event: patch',
    'event: version',
    'retry: 0',
  ),
  fc.constantFrom(
    'data',
    'data: {',
    'data: null',
    'data: 5',
    'data: {"rules":1,"version":99}',
    'data: {"rules":1,"from":8,"to":9,"slots":null}',
  ),
  fc.constantFrom(
    'data: {"rules":1,"from":8,"to":9,"slots":{"model":null}}',
    'data: {"rules":1,"from":8,"to":"x","slots":{}}',
    '\u0000',
    '\ufffd',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const stream = fc.record({ lines: fc.array(line, { maxLength: 25 }), cuts: fc.infiniteStream(fc.nat(40)), end }).map(
  ({ lines, cuts, end: how }): Answer =>
    () => {
      const all = bytes(lines.join('\n'));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < all.length; ) {
        const next = at + 1 + (cuts.next().value ?? 0);
        pieces.push(all.slice(at, next));
        at = next;
      }
      return new Response(bodyOf(pieces, how), { headers: { 'content-type': 'text/event-stream' } });
    },
);

/** Answers badly as long as there is bad in store for a path, then as a good server does. */
function chaoticServer(bad: Record<'ruleset' | 'events' | 'stream', Answer[]>) {
  const batches = new Map<string, Batch>();
  const fetch = (async (url, init) => {
    const path = url.split('/').at(-1) as keyof typeof bad;
    const odd = bad[path].shift();
    // Not awaited: what it answers is the SDK's to deal with.
    if (odd) return odd();
    if (path === 'stream') return new Response('no', { status: 404 });
    if (path === 'events') {
      const batch = JSON.parse(String(init?.body)) as Batch;
      batches.set(batch.batch, batch);
      return Response.json({ accepted: batch.events.length, rejected: [] }, { status: 202 });
    }
    const known = new Headers(init?.headers).get('if-none-match') === '"8"';
    return known ? new Response(null, { status: 304 }) : Response.json(RULESET, { headers: { etag: '"8"' } });
  }) as (...args: Parameters<Fetch>) => Promise<unknown> as Fetch;
  return { fetch, events: () => [...batches.values()].flatMap((batch) => batch.events) };
}

const totalOf = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What was recorded is sent, waits or was lost: nothing else. */
function expectBalance(assay: Assay): void {
  const { exposures, outcomes, sent, queued, dropped } = assay.counters();
  expect(exposures + outcomes).toBe(sent + queued + totalOf(dropped));
  expect(Object.keys(dropped).length).toBeLessThanOrEqual(101);
}

test('Whatever the server answers, decisions go on; once it answers well, the ruleset is in force and events arrive once', async () => {
  const few = { maxLength: 4 };
  const ways = fc.record({
    ruleset: fc.array(answer, few),
    events: fc.array(answer, few),
    stream: fc.array(fc.oneof(answer, stream, stream), few),
    bootstrap: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(ways, async ({ bootstrap, ruleset, events, stream }) => {
      const bad = { ruleset: [...ruleset], events: [...events], stream: [...stream] };
      const server = chaoticServer(bad);
      const connecting = connect({
        url: 'http://assay.test',
        key: 'k',
        fetch: server.fetch,
        onError: ({ code, message }) => {
          expect(code).toMatch(/^.{1,64}$/);
          expect(message.length).toBeLessThan(3000);
        },
        ...(bootstrap ? { bootstrap: { ...RULESET, version: 7 } } : {}),
      });
      await vi.advanceTimersByTimeAsync(2000);
      const assay = await connecting;
      let units = 0;
      const isCalm = () => bad.ruleset.length + bad.events.length === 0 && assay.counters().rulesetVersion === 8;
      // Up to four answers may each ask for an hour of patience.
      for (let minute = 0; minute < 300 && !(isCalm() && assay.counters().queued === 0); minute++) {
        const decision = assay.decide('model', { unit: `user ${units}` });
        expectDecision(decision);
        expect(['challenger', 'champion', 'default']).toContain(decision.variant);
        if (bootstrap) expect(decision.reason).not.toBe('no_ruleset');
        assay.outcome('seen', { unit: `user ${units++}` });
        expectBalance(assay);
        await vi.advanceTimersByTimeAsync(60_000);
      }
      expect(assay.counters().rulesetVersion).toBe(8);
      assay.outcome('after', { unit: 'last' });
      const flushing = assay.flush();
      await vi.advanceTimersByTimeAsync(5000);
      expect(await flushing).toEqual({ delivered: true });
      expectBalance(assay);
      expect(server.events().filter((event) => event.type === 'outcome' && event.name === 'after')).toHaveLength(1);
      const seen = server.events().map((event) => `${event.type} ${event.unit}`);
      expect(new Set(seen).size).toBe(seen.length);
      const closing = assay.close(100);
      await vi.advanceTimersByTimeAsync(100);
      await closing;
      expect(assay.counters().queued).toBe(0);
    }),
    { numRuns: 100, seed: 20_261_123 },
  );
}, 120_000);
