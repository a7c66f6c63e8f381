import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIngest, type Ingest } from '../../server/ingest/ingest.ts';
import { catalogueSource, exposure, outcome } from '../ingest/sample-catalogue.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { newBatchId, storedOf, until } from './ingest-fixture.ts';

let database: TestDatabase;
/** The test's own connections, past the outage. */
let direct: pg.Pool;
let pool: pg.Pool;
let ingest: Ingest;
let line: BreakableLine;

/** A TCP line to PostgreSQL that can be cut and mended. */
interface BreakableLine {
  port: number;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

async function breakableLine(host: string, port: number): Promise<BreakableLine> {
  const sockets = new Set<Socket>();
  let server: Server;
  const listen = async (on: number) => {
    server = createServer((near) => {
      const far = connect(port, host);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const own = await listen(0);
  return {
    port: own,
    async cut() {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await once(server, 'close');
    },
    mend: async () => void (await listen(own)),
  };
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  line = await breakableLine(hostname, Number(port));
  const through = new URL(database.url);
  through.host = `127.0.0.1:${line.port}`;
  direct = new pg.Pool({ connectionString: database.url, max: 2 });
  pool = new pg.Pool({
    connectionString: through.href,
    max: 2,
    connectionTimeoutMillis: 2_000,
    application_name: 'intake',
  });
  pool.on('error', () => undefined);
  ingest = createIngest({ pool, catalogue: catalogueSource(), now: Date.now });
});
afterAll(async () => {
  await ingest.drain();
  await pool.end();
  await direct.end();
  await line.cut();
  await database.drop();
});

const AWAY = { code: 'database_away', status: 503, options: { retryAfterSeconds: 2 } };
const eventsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => outcome({ unit: `u${i}`, at: Date.now() - 1000 }));

/** Makes each row of a COPY into `outcome` take 10 ms while `work` runs. */
async function whileCopyIsSlow(work: () => Promise<void>): Promise<void> {
  await direct.query("alter table outcome add constraint slow check (pg_sleep(0.01)::text = '')");
  try {
    await work();
  } finally {
    await direct.query('alter table outcome drop constraint slow');
  }
}

const copying = () =>
  direct.query(
    "select pid from pg_stat_activity where datname = current_database() and application_name = 'intake' and query like 'copy outcome%' and state = 'active'",
  );

it.each([
  [
    'its backend is terminated',
    async (pid: number) => void (await direct.query('select pg_terminate_backend($1)', [pid])),
  ],
  ['the network is cut', async () => line.cut().then(() => line.mend())],
])('stores nothing of a batch when %s in the middle of COPY, and stores the repeat once', async (_what, strike) => {
  const id = newBatchId();
  const events = [exposure({ at: Date.now() }), ...eventsOf(80)];
  await whileCopyIsSlow(async () => {
    const attempt = ingest.accept(1, { batch: id, events }, null);
    const outcomeOfAttempt = attempt.catch((error: unknown) => error);
    await until(async () => (await copying()).rows.length > 0);
    await strike((await copying()).rows[0].pid);
    expect(await outcomeOfAttempt).toMatchObject(AWAY);
    await until(async () => (await copying()).rows.length === 0);
  });
  expect(await storedOf(direct, id)).toEqual({ batches: [], exposures: [], outcomes: [] });
  expect(await ingest.accept(1, { batch: id, events }, null)).toEqual({ accepted: 81, rejected: [] });
  const stored = await storedOf(direct, id);
  expect([stored.batches.length, stored.exposures.length, stored.outcomes.length]).toEqual([1, 1, 80]);
  expect(pool.totalCount).toBeLessThanOrEqual(2);
});

it('answers 503 to all that wait while the database is away, and stores them when it is back', async () => {
  const batches = Array.from({ length: 20 }, () => ({ batch: newBatchId(), events: eventsOf(3) }));
  const sendAll = () =>
    Promise.all(batches.map((batch) => ingest.accept(1, batch, null).catch((error: unknown) => error)));
  await line.cut();
  for (const answer of await sendAll()) expect(answer).toMatchObject(AWAY);
  expect(pool.totalCount).toBe(0);
  await line.mend();
  for (const answer of await sendAll()) expect(answer).toEqual({ accepted: 3, rejected: [] });
  for (const { batch } of batches) expect((await storedOf(direct, batch)).outcomes).toHaveLength(3);
});

it('survives the loss of a connection that sits idle in the pool', async () => {
  await ingest.accept(1, { batch: newBatchId(), events: eventsOf(1) }, null);
  await direct.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'intake'",
  );
  const id = newBatchId();
  await until(() => pool.totalCount === 0);
  expect(await ingest.accept(1, { batch: id, events: eventsOf(1) }, null)).toEqual({ accepted: 1, rejected: [] });
});

it('does not acknowledge what the commit did not store', async () => {
  // A deferred constraint fails in the commit itself.
  await direct.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '57P03'; end $$`,
  );
  await direct.query(
    `create constraint trigger late after insert on slot_minute deferrable initially deferred for each row execute function refuse()`,
  );
  const stats = { slots: [{ slot: 'idle', minute: Date.now(), counters: {}, ms: {} }] };
  const id = newBatchId();
  await expect(ingest.accept(1, { batch: id, events: eventsOf(2), stats }, null)).rejects.toMatchObject(AWAY);
  expect((await storedOf(direct, id)).batches).toEqual([]);
  await direct.query('drop trigger late on slot_minute');
  expect(await ingest.accept(1, { batch: id, events: eventsOf(2), stats }, null)).toEqual({
    accepted: 2,
    rejected: [],
  });
});
