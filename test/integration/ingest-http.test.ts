import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import express from 'express';
import pg from 'pg';
import pino from 'pino';
import { register } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorHandler } from '../../server/http/error-handler.ts';
import { eventRoutes } from '../../server/ingest/event-routes.ts';
import { createIngest, type Ingest } from '../../server/ingest/ingest.ts';
import { catalogueSource, exposure, outcome } from '../ingest/sample-catalogue.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { newBatchId, storedOf, until } from './ingest-fixture.ts';

const MAX_BODY_BYTES = 5 * 1024 * 1024;

let database: TestDatabase;
let pool: pg.Pool;
let ingest: Ingest;
let http: Server;
let url: string;

/** A server with these limits; `accept` may be held back to keep bodies admitted. */
async function listen(accepting: Pick<Ingest, 'accept'>, maxAdmittedBytes?: number): Promise<Server> {
  const app = express();
  const limits = maxAdmittedBytes === undefined ? {} : { maxAdmittedBytes };
  const whole = { ...accepting, drain: () => Promise.resolve() };
  app.use(eventRoutes(whole, { maxBodyBytes: MAX_BODY_BYTES, environmentOf: async () => 1, ...limits }));
  app.use(errorHandler(pino({ level: 'silent' })));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/events`;

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  ingest = createIngest({ pool, catalogue: catalogueSource(), now: Date.now });
  http = await listen(ingest);
  url = urlOf(http);
});
afterAll(async () => {
  await close(http);
  await pool.end();
  await database.drop();
});

type Answer = {
  status: number;
  headers: Headers;
  body: Record<string, never> & { error: { code: string; message: string } };
};

async function post(body: string | Uint8Array, headers: Record<string, string> = {}, to = url): Promise<Answer> {
  const response = await fetch(to, { method: 'POST', headers, body: body as string });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

const batchOf = (events: unknown[], id = newBatchId()) => ({ id, text: JSON.stringify({ batch: id, events }) });

it('answers 202 after commit, and 202 with repeat to the same batch', async () => {
  const { id, text } = batchOf([outcome({ at: Date.now() }), exposure({ at: Date.now(), slot: 'elsewhere' })]);
  const first = await post(text);
  expect(first.status).toBe(202);
  expect(first.body).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'unknown_slot' }] });
  expect((await storedOf(pool, id)).outcomes).toHaveLength(1);
  const second = await post(text);
  expect([second.status, second.body]).toEqual([202, { ...first.body, repeat: true }]);
});

it('reads gzip and deflate', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['GZIP', gzipSync],
  ] as const) {
    const { id, text } = batchOf([outcome({ at: Date.now(), unit: encoding })]);
    const answer = await post(compress(text), { 'content-encoding': encoding });
    expect(answer.status).toBe(202);
    expect((await storedOf(pool, id)).outcomes[0]!.unit_id).toBe(encoding);
  }
});

it('corrects the times of a client by the header Assay-Sent-At', async () => {
  const hour = 3_600_000;
  const { id, text } = batchOf([outcome({ at: Date.now() - hour - 60_000 })]);
  await post(text, { 'assay-sent-at': String(Date.now() - hour) });
  const [row] = (await storedOf(pool, id)).outcomes;
  expect(Math.abs(row!.at.getTime() - (Date.now() - 60_000))).toBeLessThan(5_000);
  const ignored = batchOf([outcome({ at: Date.now() - hour })]);
  await post(ignored.text, { 'assay-sent-at': 'yesterday' });
  const [other] = (await storedOf(pool, ignored.id)).outcomes;
  expect(Date.now() - other!.at.getTime()).toBeGreaterThanOrEqual(hour);
});

it('answers what is wrong with a batch that cannot be read', async () => {
  const old = batchOf([], newBatchId(Date.now() - 8 * 86_400_000));
  const ahead = batchOf([], newBatchId(Date.now() + 2 * 86_400_000));
  const cases: [string | Uint8Array, Record<string, string>, number, string][] = [
    ['', {}, 400, 'malformed_batch'],
    ['{', {}, 400, 'malformed_batch'],
    ['[]', {}, 400, 'malformed_batch'],
    ['{"batch":"1","events":[]}', {}, 400, 'malformed_batch'],
    [old.text, {}, 422, 'batch_too_old'],
    [ahead.text, {}, 422, 'clock_ahead'],
    ['{}', { 'content-encoding': 'br' }, 415, 'unsupported_media_type'],
    ['not gzip', { 'content-encoding': 'gzip' }, 400, 'invalid_request'],
    [gzipSync(batchOf([]).text).subarray(0, 30), { 'content-encoding': 'gzip' }, 400, 'invalid_request'],
  ];
  for (const [body, headers, status, code] of cases) {
    const answer = await post(body, headers);
    expect([code, answer.status, answer.body.error.code]).toEqual([code, status, code]);
  }
});

it('takes a body of the limit, and refuses more with 413 whether it is declared, chunked or compressed', async () => {
  const { id, text } = batchOf([outcome({ at: Date.now() })]);
  const full = text.padEnd(MAX_BODY_BYTES);
  expect((await post(full)).status).toBe(202);
  expect((await storedOf(pool, id)).outcomes).toHaveLength(1);

  const ten = text.padEnd(10 * 1024 * 1024);
  const declared = await post(ten);
  expect([declared.status, declared.body.error.code]).toEqual([413, 'body_too_large']);
  const compressed = await post(gzipSync(ten), { 'content-encoding': 'gzip' });
  expect([compressed.status, compressed.body.error.code]).toEqual([413, 'body_too_large']);
  expect((await post(`${full} `)).status).toBe(413);

  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
    for (let sent = 0; sent < ten.length; sent += 65_536) request.write(ten.slice(sent, sent + 65_536));
    request.end();
  });
  expect(chunked).toBe(413);
  // The connection pool of the client and the server are still in order.
  expect((await post(batchOf([]).text)).status).toBe(202);
});

it('answers 429 before reading when too many bytes are admitted, and gives room back afterwards', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = await listen({ accept: async () => held.then(() => ({ accepted: 0, rejected: [] })) }, 100_000);
  const to = urlOf(slow);
  const first = post('x'.repeat(90_000), {}, to);
  await until(async () => (await post('x'.repeat(20_000), {}, to)).status === 429);
  const refused = await post('x'.repeat(20_000), {}, to);
  expect(refused.body.error.code).toBe('overloaded');
  expect(refused.headers.get('retry-after')).toBe('1');
  // Only what is decompressed shows that it is too much.
  expect((await post(gzipSync('x'.repeat(20_000)), { 'content-encoding': 'gzip' }, to)).status).toBe(429);
  // The refusal comes although the body never does.
  const socket = connect(Number(new URL(to).port), '127.0.0.1');
  socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toContain('429');
  socket.destroy();
  release();
  expect((await first).status).toBe(202);
  expect((await post('x'.repeat(90_000), {}, to)).status).toBe(202);
  await close(slow);
});

it('gives the room of an upload back when its client goes away', async () => {
  const slow = await listen({ accept: async () => ({ accepted: 0, rejected: [] }) }, 100_000);
  const to = urlOf(slow);
  for (const encoding of ['', 'Content-Encoding: gzip\r\n']) {
    const socket = connect(Number(new URL(to).port), '127.0.0.1');
    socket.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\n${encoding}Content-Length: 90000\r\n\r\n`);
    // The beginning of a body that could go on.
    socket.write(gzipSync('abc').subarray(0, 12));
    await until(async () => (await post('x'.repeat(20_000), {}, to)).status === 429);
    socket.destroy();
    await until(async () => (await post('x'.repeat(20_000), {}, to)).status === 202);
  }
  expect((await register.getSingleMetric('assay_ingest_admitted_bytes')?.get())?.values[0]?.value).toBe(0);
  await close(slow);
});

it('gives the room back when the client goes while its key is looked up', async () => {
  const app = express();
  let reached = 0;
  let failed = 0;
  const environmentOf = async () => {
    reached++;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 1;
  };
  app.use(eventRoutes(ingest, { maxBodyBytes: MAX_BODY_BYTES, environmentOf }));
  app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    failed++;
    response.end();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\nabc');
  await until(() => reached === 1);
  socket.destroy();
  await until(() => failed === 1);
  await close(server);
});

it('counts events, batches and what SDKs dropped', async () => {
  const id = newBatchId();
  const stats = { dropped: { queue_full: 3, 'Not a label!': 2, nonsense: 'x' } };
  const body = JSON.stringify({ batch: id, events: [outcome({ at: Date.now() }), { type: 'strange' }], stats });
  const before = await figures();
  await post(body);
  await post(body);
  const after = await figures();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grown('assay_ingest_events_total outcome accepted')).toBe(1);
  expect(grown('assay_ingest_events_total outcome repeated')).toBe(1);
  expect(grown('assay_ingest_events_total unknown rejected')).toBe(1);
  expect(grown('assay_ingest_batches_total stored')).toBe(1);
  expect(grown('assay_ingest_batches_total repeat')).toBe(1);
  expect(grown('assay_ingest_sdk_dropped_events_total queue_full')).toBe(3);
  expect(grown('assay_ingest_sdk_dropped_events_total other')).toBe(2);
  expect(grown('assay_ingest_body_bytes_total ')).toBe(2 * body.length);
});

async function figures(): Promise<Map<string, number>> {
  const metrics = await register.getMetricsAsJSON();
  return new Map(
    metrics.flatMap(({ name, values }) =>
      (values as { value: number; labels: Record<string, string> }[]).map(({ value, labels }) => [
        `${name} ${Object.values(labels).join(' ')}`,
        value,
      ]),
    ),
  );
}
