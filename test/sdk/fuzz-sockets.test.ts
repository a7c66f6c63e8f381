import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Batch, connect } from '@assay-ml/sdk';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { expectDecision } from './hostile-values.ts';
import { rulesetOf } from './rulesets.ts';
import { forbidUnhandled } from './unhandled.ts';

forbidUnhandled();

const RULESET = JSON.stringify(rulesetOf(undefined, 8)).replace('"v1"', '"v1 日本👍"');

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
const raw =
  (text: string, end: 'end' | 'destroy'): Answer =>
  (response) => {
    response.socket?.write(text);
    response.socket?.[end]();
  };
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** Writes as fast as it is read, until nobody does. */
const flood =
  (piece: string, headers: Record<string, string>): Answer =>
  (response) => {
    const write = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.writeHead(200, headers).on('drain', write);
    write();
  };

const BAD: Record<string, Answer> = {
  'a closed connection': (response) => void response.destroy(),
  'a reset': (response) => void response.socket?.resetAndDestroy(),
  'no HTTP': raw('SSH-2.0-OpenSSH_9.2\r\n\r\n', 'end'),
  'half a header': raw('HTTP/1.1 200 O', 'destroy'),
  'a body shorter than announced': raw(`${HEAD}content-length: 5000\r\n\r\n${RULESET}`, 'end'),
  'a body longer than announced': raw(`${HEAD}content-length: 10\r\n\r\n${RULESET}`, 'end'),
  'a chunk cut off': raw(`${HEAD}transfer-encoding: chunked\r\n\r\nffff\r\n${RULESET}`, 'destroy'),
  'a chunk without size': raw(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`, 'end'),
  'a header of 1 MB': raw(`${HEAD}x: ${'x'.repeat(1e6)}\r\n\r\n`, 'end'),
  'what calls itself gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not at all'),
  'a redirection to itself': (response, { url }) => response.writeHead(302, { location: url! }).end(),
  'a redirection to nowhere': (response) => response.writeHead(301, { location: 'ftp://[' }).end(),
  '10 MB of numbers': (response) => response.writeHead(200).end(`[${'1,'.repeat(5_000_000)}1]`),
  '10 MB of a broken server': (response) => response.writeHead(500).end('x'.repeat(10_000_000)),
  'half a letter': (response) =>
    response.writeHead(200).end(Buffer.from(RULESET).subarray(0, RULESET.indexOf('日') + 1)),
};

/** Answers badly while there is bad in store for a path, then well. */
async function startServer(bad: Record<'ruleset' | 'events' | 'stream', Answer[]>) {
  const batches = new Map<string, Batch>();
  const good: Record<keyof typeof bad, (response: ServerResponse, body: string) => void> = {
    ruleset: (response) => response.writeHead(200, { etag: '"8"' }).end(RULESET),
    stream: (response) => response.writeHead(404).end(),
    events: (response, body) => {
      // A redirection makes a GET of a POST.
      if (body === '') return void response.writeHead(405).end();
      const batch = JSON.parse(body) as Batch;
      batches.set(batch.batch, batch);
      response.writeHead(202).end('{"accepted":1,"rejected":[]}');
    },
  };
  const server = createServer(async (request, response) => {
    const path = request.url!.split('/').at(-1) as keyof typeof bad;
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = bad[path].shift();
    if (answer) answer(response, request);
    else good[path](response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const options = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: 'k',
    pollEveryMs: 100,
    onError: () => {},
  };
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { options, stop, events: () => [...batches.values()].flatMap(({ events }) => events) };
}

type Way = Record<'ruleset' | 'events' | 'stream', string[]>;

/** What arrived of five clicks on this way. */
async function serveThrough({ ruleset, events, stream }: Way): Promise<string[]> {
  const answers = (kinds: string[]) => kinds.map((kind) => BAD[kind]!);
  const server = await startServer({ ruleset: answers(ruleset), events: answers(events), stream: answers(stream) });
  const assay = await connect({ ...server.options, timeoutMs: 50, flushEveryMs: 5 });
  for (let i = 0; i < 5; i++) {
    expectDecision(assay.decide('model', { unit: `u${i}` }));
    assay.outcome('click', { unit: `u${i}` });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await vi.waitFor(() => expect(assay.counters().rulesetVersion).toBe(8), { timeout: 15_000 });
  expect(assay.decide('model', { unit: 'u' }).reason).toBe('assigned');
  expect(await assay.close(15_000)).toEqual({ delivered: true });
  await server.stop();
  const { exposures, outcomes, sent, dropped } = assay.counters();
  expect({ sent, dropped }).toEqual({ sent: exposures + outcomes, dropped: {} });
  const clicks = server.events().filter(({ type }) => type === 'outcome');
  return clicks.map(({ unit }) => unit).sort();
}

test('Whatever goes wrong on the wire, decisions go on; once it is well again, all is delivered, once', async () => {
  const some = (maxLength: number) => fc.array(fc.constantFrom(...Object.keys(BAD)), { maxLength });
  const ways = fc.record({ ruleset: some(4), events: some(2), stream: some(2) });
  const everyKind = Object.keys(BAD).map((kind): Way => ({ ruleset: [kind], events: [kind], stream: [kind] }));
  const all = [...everyKind, ...fc.sample(ways, { numRuns: 10, seed: 20_261_123 })];
  // Some at once, for each waits more than it works.
  const left = [...all];
  const next = async () => {
    for (let way = left.pop(); way; way = left.pop()) {
      expect({ way, units: await serveThrough(way) }).toEqual({ way, units: ['u0', 'u1', 'u2', 'u3', 'u4'] });
    }
  };
  await Promise.all([next(), next(), next(), next(), next()]);
}, 60_000);

test.each<[string, 'ruleset' | 'stream', Answer]>([
  ['ruleset', 'ruleset', flood('['.repeat(65_536), { 'content-type': 'application/json' })],
  ['line of the stream', 'stream', flood('x'.repeat(65_536), { 'content-type': 'text/event-stream' })],
  [
    'event of the stream',
    'stream',
    flood(`data: ${'x'.repeat(4090)}\n`.repeat(16), { 'content-type': 'text/event-stream' }),
  ],
])(
  'A %s without end is given up before it fills the memory',
  async (_, path, answer) => {
    let ended = () => {};
    const isGivenUp = new Promise<void>((resolve) => {
      ended = resolve;
    });
    let bytes = 0;
    const watched: Answer = (response, request) => {
      const { socket } = response;
      response.on('close', () => {
        bytes = socket?.bytesWritten ?? 0;
        ended();
      });
      answer(response, request);
    };
    const server = await startServer({ ruleset: [], events: [], stream: [], [path]: [watched] });
    const assay = await connect({ ...server.options, timeoutMs: 10 });
    await isGivenUp;
    expect(bytes).toBeGreaterThan(60e6);
    expect(bytes).toBeLessThan(100e6);
    await vi.waitFor(() => expect(assay.counters().rulesetVersion).toBe(8), { timeout: 8000 });
    await assay.close();
    await server.stop();
  },
  30_000,
);
