import type { ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { newBatchId } from './ingest-fixture.ts';
import { ended, endProcesses, freePort, lives, newFolder, ready, start, workersOf } from './process-fixture.ts';
import { until } from './test-server.ts';

const KEY = 'an-admin-key-of-enough-characters';
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await endProcesses();
  // Fails when a process left a connection open.
  await database.drop();
});

interface Server {
  child: ChildProcess;
  output: () => string;
  port: number;
}
let last: Server | null = null;

/** A server with two workers that are ready: the one of the test before, unless that ended it. */
async function serving(): Promise<Server> {
  if (!last || last.child.exitCode !== null || last.child.signalCode !== null) {
    const port = await freePort();
    const settings = { DATABASE_URL: database.url, ASSAY_DATA_DIR: newFolder(), ASSAY_ADMIN_KEY: KEY };
    last = { ...start({ ...settings, PORT: String(port), ASSAY_PROCESSES: '2' }), port };
  }
  const { port } = last;
  await until(async () => (await call(port, '/metrics')).text.includes('\nassay_processes 3\n'), 80_000);
  return last;
}

/** Status and body of a call; 0 when the connection broke. Without an agent each call has a connection of its own. */
function call(port: number, path: string, body?: string, agent?: Agent): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return new Promise((resolve) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: agent ?? false }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', () => resolve({ status: 0, text }));
    });
    sent.on('error', () => resolve({ status: 0, text: '' }));
    sent.end(body);
  });
}

const batchOf = (id: string) =>
  JSON.stringify({ batch: id, events: [{ type: 'outcome', unit: id, name: 'n', at: Date.now() }] });
const stored = (text: string) => Number(/^assay_ingest_batches_total\{result="stored"\} (\d+)/m.exec(text)?.[1] ?? 0);

async function assertStoredOnce(ids: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ id: string; n: number }>(
    `select b.batch_id as id, count(o.batch_id)::int as n from batch b left join outcome o using (batch_id)
     where b.batch_id = any($1) group by 1`,
    [ids],
  );
  await client.end();
  expect(rows.filter(({ n }) => n !== 1)).toEqual([]);
  expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
}

it('serves one port by two processes, and counts for /metrics what both have done', async () => {
  const { child, port } = await serving();
  expect(workersOf(child)).toHaveLength(2);
  const before = stored((await call(port, '/metrics')).text);
  const ids = Array.from({ length: 20 }, () => newBatchId());
  for (const id of ids) expect((await call(port, '/v1/events', batchOf(id))).status).toBe(202);
  await assertStoredOnce(ids);
  // Connections go to the workers in turn, so a single one has stored half of them.
  for (let i = 0; i < 3; i++) expect(stored((await call(port, '/metrics')).text)).toBe(before + 20);
}, 120_000);

it('counts wrong sign-ins of an address over all processes together', async () => {
  const { port } = await serving();
  const statuses: number[] = [];
  for (let i = 0; i < 20; i++) statuses.push((await call(port, '/api/session', '{"key":"wrong"}')).status);
  const refused = statuses.filter((status) => status === 429).length;
  expect(statuses.filter((status) => status === 401).length).toBe(20 - refused);
  // Ten by both; by one alone, had the other been slow, five.
  expect(refused).toBeGreaterThanOrEqual(10);
  expect(refused).toBeLessThanOrEqual(15);
}, 120_000);

it('replaces a worker that was killed, while the other serves; without any it says that it is starting', async () => {
  const { child, output, port } = await serving();
  const [first = 0] = workersOf(child);
  process.kill(first, 'SIGKILL');
  await until(async () => output().includes('ended by itself'));
  for (let i = 0; i < 6; i++) expect((await call(port, '/readyz')).status).toBe(200);
  await until(async () => workersOf(child).length === 2);

  for (const worker of workersOf(child)) process.kill(worker, 'SIGKILL');
  const starting = await until(async () => {
    const answer = await call(port, '/readyz');
    return answer.status === 503 ? answer.text : null;
  });
  expect(JSON.parse(starting)).toMatchObject({ error: { code: 'starting' } });
  await until(ready(port), 60_000);
  const id = newBatchId();
  expect((await call(port, '/v1/events', batchOf(id))).status).toBe(202);
  await assertStoredOnce([id]);
}, 120_000);

it('lets no client wait for ever when a worker dies with connections on their way to it', async () => {
  const { child, port } = await serving();
  const [stopped = 0] = workersOf(child);
  process.kill(stopped, 'SIGSTOP');
  let answered = 0;
  const calls = Array.from({ length: 4 }, async () => {
    const { status } = await call(port, '/healthz');
    answered++;
    return status;
  });
  await until(async () => answered === 2);
  process.kill(stopped, 'SIGKILL');
  // The one that was sent to it breaks; the one that was waiting behind goes to the other worker.
  expect((await Promise.all(calls)).sort()).toEqual([0, 200, 200, 200]);
}, 120_000);

/** Clients that send batch after batch until their server is gone. */
function sendUntilGone(port: number, child: ChildProcess) {
  const acknowledged: string[] = [];
  const statuses = new Map<number, number>();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const client = async () => {
    while (child.exitCode === null && child.signalCode === null) {
      const id = newBatchId();
      const { status } = await call(port, '/v1/events', batchOf(id), agent);
      if (status === 202) acknowledged.push(id);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: 16 }, client)).finally(() => agent.destroy());
  return { acknowledged, statuses, done };
}

it('stops on SIGTERM in the middle of ingest, and has stored all that it acknowledged', async () => {
  const { child, port } = await serving();
  const workers = workersOf(child);
  const clients = sendUntilGone(port, child);
  await until(async () => clients.acknowledged.length > 200);
  const before = clients.acknowledged.length;
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  await clients.done;
  expect(workers.filter(lives)).toEqual([]);
  expect(clients.acknowledged.length).toBeGreaterThanOrEqual(before);
  expect([...clients.statuses.keys()].filter((status) => ![0, 202, 503].includes(status))).toEqual([]);
  await assertStoredOnce(clients.acknowledged);
}, 120_000);

it('leaves no worker when the first process is killed, nor loses what they acknowledged', async () => {
  const { child, port } = await serving();
  const workers = workersOf(child);
  expect(workers).toHaveLength(2);
  const clients = sendUntilGone(port, child);
  await until(async () => clients.acknowledged.length > 200);
  child.kill('SIGKILL');
  await ended(child);
  await clients.done;
  await until(async () => workers.filter(lives).length === 0);
  await assertStoredOnce(clients.acknowledged);
}, 120_000);
