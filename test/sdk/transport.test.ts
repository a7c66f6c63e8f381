import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Assay, type Batch, type ConnectOptions, connect, type Problem } from '@assay-ml/sdk';
import { afterEach, expect, test } from 'vitest';
import { withTimeout } from '../../sdk/transport.ts';
import { rulesetOf } from './rulesets.ts';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

const open: { server: Server; assay?: Assay }[] = [];
afterEach(async () => {
  for (const { server, assay } of open.splice(0)) {
    await assay?.close(1000);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A real HTTP server on a free port; `events` answers the n-th batch. */
async function serve(events: (response: ServerResponse, attempt: number) => void, more: ConnectOptions = {}) {
  const seen: Seen[] = [];
  let attempt = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    if (request.url === '/v1/events') return events(response, attempt++);
    if (request.headers['if-none-match'] === '"7"') return response.writeHead(304).end();
    return response
      .writeHead(200, { 'content-type': 'application/json', etag: '"7"' })
      .end(JSON.stringify(rulesetOf()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const problems: Problem[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const assay = await connect({
    url,
    key: 'k-1',
    onError: (problem) => problems.push(problem),
    flushEveryMs: 20,
    ...more,
  });
  open.push({ server, assay });
  return { assay, seen, problems, batches: () => seen.filter((request) => request.url === '/v1/events') };
}

const acknowledge = (response: ServerResponse) =>
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1,"rejected":[]}');

test('Over real HTTP: ruleset with ETag, batch with key, JSON and the time of sending', async () => {
  const { assay, seen, batches, problems } = await serve(acknowledge, { pollEveryMs: 100 });
  assay.decide('model', { unit: '日本-👍' });
  expect(await assay.flush()).toEqual({ delivered: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(seen.some(({ headers }) => headers['if-none-match'] === '"7"')).toBe(true);
  const [batch] = batches();
  expect(batch!.method).toBe('POST');
  expect(batch!.headers).toMatchObject({ authorization: 'Bearer k-1', 'content-type': 'application/json' });
  expect(Math.abs(Number(batch!.headers['assay-sent-at']) - Date.now())).toBeLessThan(5000);
  expect((JSON.parse(batch!.body) as Batch).events[0]!.unit).toBe('日本-👍');
  expect(problems).toEqual([]);
});

test('Each attempt says anew when it was sent; the batch stays the same to the byte', async () => {
  const { assay, batches } = await serve((response, attempt) =>
    attempt === 0 ? response.destroy() : attempt < 3 ? response.writeHead(503).end() : acknowledge(response),
  );
  assay.decide('model', { unit: 'u' });
  expect(await assay.flush()).toEqual({ delivered: true });
  expect(batches()).toHaveLength(4);
  expect(new Set(batches().map(({ body }) => body)).size).toBe(1);
  const times = batches().map(({ headers }) => Number(headers['assay-sent-at']));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)).toBeGreaterThan(times[0]!);
});

test('closing ends a request under way and lets the process go', async () => {
  const { assay, batches } = await serve(() => {});
  assay.decide('model', { unit: 'u' });
  const started = Date.now();
  expect(await assay.close(150)).toEqual({ delivered: false });
  expect(Date.now() - started).toBeLessThan(1000);
  expect(batches()).toHaveLength(1);
  expect(assay.counters()).toMatchObject({ queued: 0, dropped: { closed: 1 } });
});

test('A time limit covers an answer that stops in the middle of its body', async () => {
  const server = createServer((_, response) => void response.writeHead(200).write('{'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ server });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started = Date.now();
  await expect(withTimeout(100)((input, init) => fetch(input, init))(url)).rejects.toThrow('No answer within 100 ms');
  expect(Date.now() - started).toBeLessThan(2000);
});
