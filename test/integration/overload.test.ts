import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newBatchId } from './ingest-fixture.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
/** The test's own connection, which holds tables up. */
let direct: pg.Client;
const sockets: Socket[] = [];
beforeAll(async () => {
  test = await startTestServer();
  direct = new pg.Client({ connectionString: test.database.url });
  await direct.connect();
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await direct.end();
  await test.stop();
});

interface Answer {
  batch: string;
  status: number;
  retryAfter: string | null;
  code: string | undefined;
}

const KB = 1024;

/** A batch of one outcome in a body of about this many bytes. */
async function send(bytes = 0, batch = newBatchId()): Promise<Answer> {
  const events = [{ type: 'outcome', unit: 'u', name: 'load', at: Date.now() }];
  const body = JSON.stringify({ batch, events }).padEnd(bytes);
  const headers = { Authorization: `Bearer ${test.sdkKey}` };
  const response = await fetch(`${test.url}/v1/events`, { method: 'POST', headers, body });
  const told = (await response.json()) as { error?: { code: string } };
  return { batch, status: response.status, retryAfter: response.headers.get('retry-after'), code: told.error?.code };
}

/** A connection that has sent `text` and nothing more. */
function open(text: string): { socket: Socket; heard: () => string; isClosed: () => boolean } {
  const socket = connect(test.server.port, 'localhost');
  sockets.push(socket);
  let heard = '';
  socket.on('error', () => undefined);
  socket.on('data', (part) => {
    heard += part;
  });
  socket.write(text);
  return { socket, heard: () => heard, isClosed: () => socket.closed };
}

const uploadOf = (bytes: number) =>
  `POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${test.sdkKey}\r\nContent-Length: ${bytes}\r\n\r\n`;

async function storedOnce(batch: string): Promise<number> {
  const { rows } = await direct.query<{ n: number }>('select count(*)::int as n from outcome where batch_id = $1', [
    batch,
  ]);
  return rows[0]?.n ?? 0;
}

it('answers 429 with Retry-After to what would wait too long, and stores exactly what it acknowledged', async () => {
  await direct.query('begin; lock table outcome in share mode');
  // Nothing can be stored now: two megabytes wait, then whoever comes is refused.
  const refused: Answer[] = [];
  const sent = Array.from({ length: 60 }, () => send(200 * KB));
  for (const each of sent) void each.then((answer) => answer.status === 429 && refused.push(answer));
  await until(async () => refused.length > 0);
  expect(refused[0]).toMatchObject({ code: 'overloaded', retryAfter: '1' });
  await direct.query('commit');
  const answers = await Promise.all(sent);
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].sort()).toEqual([202, 429]);
  for (const { batch, status } of answers) expect(await storedOnce(batch)).toBe(status === 202 ? 1 : 0);
  // The refused come again and are stored.
  for (const { batch } of answers) await until(async () => (await send(0, batch)).status === 202);
  for (const { batch } of answers) expect(await storedOnce(batch)).toBe(1);
});

it('does not let uploads that come slowly keep the others out', async () => {
  // One of them is as much as an idle server lets in.
  const uploads = Array.from({ length: 5 }, () => open(`${uploadOf(5 * KB * KB)}{"batch":`));
  await until(async () => uploads.some(({ heard }) => heard().includes('429')));
  await until(async () => (await send()).status === 202);
  // They go on, and keep no room but for what they have sent.
  const held = uploads.filter(({ heard }) => heard() === '');
  expect(held.length).toBeGreaterThan(0);
  for (let i = 0; i < 5; i++) expect((await send(100 * KB)).status).toBe(202);
  for (const { socket } of uploads) socket.destroy();
});

it('cuts off who goes on sending a body that was refused', async () => {
  const upload = open(uploadOf(100 * KB * KB));
  await until(async () => upload.heard().includes('413'));
  const chunk = 'x'.repeat(KB * KB);
  await until(async () => {
    if (!upload.isClosed()) upload.socket.write(chunk);
    return upload.isClosed();
  });
  expect(upload.socket.bytesWritten).toBeLessThan(100 * KB * KB);
});

it('serves beside a thousand idle connections, and closes those that never finish their headers', async () => {
  const idle: ReturnType<typeof open>[] = [];
  // By the hundred: a kernel that may hold only 128 connections until they are accepted silently drops more at once.
  for (let i = 0; i < 10; i++) {
    idle.push(...Array.from({ length: 100 }, () => open('')));
    const next = open('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(async () => next.heard().includes('200 OK'));
  }
  const slow = Array.from({ length: 100 }, () => open('GET /v1/ruleset HTTP/1.1\r\nHost: localhost\r\nX-Slow: '));
  const drip = setInterval(() => {
    for (const { socket } of slow) if (!socket.destroyed) socket.write('x');
  }, 500);
  try {
    expect((await send()).status).toBe(202);
    await until(async () => [...slow, ...idle].every(({ isClosed }) => isClosed()), 45_000);
    expect(slow[0]?.heard()).toContain('408');
    expect((await send()).status).toBe(202);
  } finally {
    clearInterval(drip);
  }
});
