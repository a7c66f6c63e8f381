import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { errorCode } from '../../server/http/errors.ts';
import { newBatchId } from './ingest-fixture.ts';
import { type ServerOnSmallDisk, startOnSmallDisk, untilReady, wayToMount } from './small-disk.ts';
import { TEST_ADMIN_KEY, until } from './test-server.ts';

const MB = 1024 * 1024;
const way = await wayToMount();

let server: ServerOnSmallDisk;
beforeAll(async () => {
  if (!way) return;
  server = await startOnSmallDisk(way, 640);
  await untilReady(server);
}, 90_000);
afterAll(() => server?.stop(), 60_000);

interface Answer {
  status: number;
  retryAfter: string | null;
  code: string | undefined;
}

async function send(batch: string, events: number): Promise<Answer> {
  const headers = { Authorization: `Bearer ${TEST_ADMIN_KEY}` };
  const outcomes = Array.from({ length: events }, (_, i) => ({
    type: 'outcome',
    unit: `u${i}`,
    name: 'n',
    at: Date.now(),
  }));
  const body = JSON.stringify({ batch, events: outcomes });
  const response = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body });
  const told = (await response.json()) as { error?: { code: string } };
  return { status: response.status, retryAfter: response.headers.get('retry-after'), code: told.error?.code };
}

/** Every batch sent, with how many answers of each status it got. */
const sent = new Map<string, number[]>();

async function sendNew(): Promise<Answer> {
  const batch = newBatchId();
  const answer = await send(batch, 100);
  sent.set(batch, [answer.status]);
  return answer;
}

const takesEvents = async () => {
  const ready = await fetch(`${server.url}/readyz`);
  return ready.status === 200 && ((await ready.json()) as { events: string }).events === 'taken';
};

async function query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: await server.databaseUrl() });
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

async function rowsByBatch(): Promise<Map<string, number>> {
  const rows = await query<{ batch_id: string; n: number }>(
    'select b.batch_id, (select count(*)::int from outcome o where o.batch_id = b.batch_id) as n from batch b',
  );
  return new Map(rows.map((row) => [row.batch_id, row.n]));
}

const isRolledUp = async (batch: string) =>
  (await query('select from batch where batch_id = $1 and rolled_at is not null', [batch])).length === 1;

/** What was acknowledged is stored once; what was only refused is not there. */
async function expectStoredAsAnswered(): Promise<void> {
  const rows = await rowsByBatch();
  for (const [batch, statuses] of sent) {
    expect([batch, statuses, rows.get(batch) ?? 0]).toEqual([batch, statuses, statuses.includes(202) ? 100 : 0]);
  }
}

/** Has PostgreSQL write to its log until it ends for want of room: an error alone, 53100, is not enough. */
async function breakPostgres(): Promise<void> {
  const client = new pg.Client({ connectionString: await server.databaseUrl() });
  let isBroken = false;
  client.on('error', () => {
    isBroken = true;
  });
  await client.connect();
  while (!isBroken) {
    await client.query("select pg_logical_emit_message(false, '', repeat('x', 900000))").catch((error: unknown) => {
      isBroken ||= errorCode(error) !== '53100';
    });
  }
  await client.end().catch(() => undefined);
}

/** Every process looks at the disk by itself, twice a second. */
async function looksOfAll(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_200));
}

async function untilTaken(): Promise<void> {
  await until(async () => (await sendNew()).status === 202);
  await looksOfAll();
  expect(await sendNew()).toMatchObject({ status: 202 });
}

it.skipIf(!way)(
  'refuses events with 503 while the disk fills, takes them again when there is room, and stores exactly what it acknowledged',
  async () => {
    expect(await sendNew()).toMatchObject({ status: 202 });
    await server.fillUntil(200 * MB);
    await until(async () => (await sendNew()).status === 503);
    await looksOfAll();
    expect(await sendNew()).toEqual({ status: 503, retryAfter: '10', code: 'disk_full' });
    expect(await takesEvents()).toBe(false);
    // Everything but events is served.
    const headers = { Authorization: `Bearer ${TEST_ADMIN_KEY}` };
    expect((await fetch(`${server.url}/v1/ruleset`, { headers })).status).toBe(200);
    expect((await fetch(`${server.url}/api/slots`, { headers })).status).toBe(200);
    await expectStoredAsAnswered();
    // As if it had been acknowledged a moment ago: the roll-up, due every 0.4 s, waits for room.
    const late = newBatchId();
    const insert =
      'insert into batch (batch_id, environment_id, received_at, rejected) select $1, min(id), now(), $2 from environment';
    await query(insert, [late, '[]']);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await isRolledUp(late)).toBe(false);

    await server.makeRoom();
    await until(() => isRolledUp(late));
    await untilTaken();
    const refused = [...sent].filter(([, statuses]) => !statuses.includes(202));
    expect(refused.length).toBeGreaterThan(1);
    for (const [batch, statuses] of refused) statuses.push((await send(batch, 100)).status);
    await expectStoredAsAnswered();
    expect([...sent.values()].every((statuses) => statuses.includes(202))).toBe(true);
  },
  60_000,
);

it.skipIf(!way)(
  'comes back by itself after a disk so full that PostgreSQL ended, with all that was acknowledged',
  async () => {
    expect(await sendNew()).toMatchObject({ status: 202 });
    await server.fillUntil(0);
    await until(async () => (await sendNew()).status === 503);
    await breakPostgres();
    expect((await sendNew()).status).toBe(503);
    await server.makeRoom();
    await until(takesEvents, 30_000);
    await untilTaken();
    await expectStoredAsAnswered();
    expect(server.child.exitCode).toBeNull();
  },
  90_000,
);
