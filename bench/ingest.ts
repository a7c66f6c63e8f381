import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import pg from 'pg';
import { migrate } from '../server/db/migrate.ts';
import { eventRoutes } from '../server/ingest/event-routes.ts';
import { createIngest } from '../server/ingest/ingest.ts';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.ts';
import { measureCopy, readyTexts, stepCosts } from './ingest/copy-limit.ts';
import type { LoadOrder, LoadResult } from './ingest/load-client.ts';
import { catalogue, EVENTS_PER_BATCH, sampleEvents } from './ingest/sample-batches.ts';
import type { BenchResult } from './main.ts';
import { rateOf, reportLine } from './report-line.ts';

const CONNECTIONS = 16;
const REPETITIONS = 5;
const WARM_UP_MS = 1_500;
const MEASURE_MS = 4_000;
const COPY_MS = 2_000;
const BATCHES = 64;

/**
 * Events acknowledged a second by the real route over HTTP into a durable PostgreSQL of its own, beside what one client
 * COPYs of the same rows as ready text. Both share this machine's cores with the PostgreSQL and the sender.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const settings = { fsync: 'on', synchronous_commit: 'on', max_wal_size: '8GB' };
  const postgres = await startEmbeddedPostgres({ dataDir: folder, settings });
  try {
    return await measure(postgres.url);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(databaseUrl: string): Promise<BenchResult> {
  await migrate(databaseUrl);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', (error) => console.error(`An idle connection ended: ${error.message}`));
  const source = { get: () => Promise.resolve(catalogue), refresh: () => Promise.resolve(catalogue) };
  const ingest = createIngest({ pool, catalogue: source, now: Date.now });
  const app = express();
  app.use(eventRoutes(ingest, { maxBodyBytes: 5 * 1024 * 1024, environmentOf: () => 1 }));
  const http = createServer(app).listen(0, '127.0.0.1');
  try {
    await once(http, 'listening');
    return await compare(pool, (http.address() as AddressInfo).port);
  } finally {
    http.closeAllConnections();
    http.close();
    await ingest.drain();
    await pool.end();
  }
}

async function compare(pool: pg.Pool, port: number): Promise<BenchResult> {
  const batches = sampleEvents(BATCHES, Date.now());
  const tails = batches.map((events) => Buffer.from(`"events":${JSON.stringify(events)}}`));
  const texts = await readyTexts(pool, batches);
  const order = { port, connections: CONNECTIONS, tails };
  const intake: number[] = [];
  const limit: number[] = [];
  const acks: number[] = [];
  const cpuUs: number[] = [];
  await sendLoad({ ...order, ms: WARM_UP_MS });
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    await emptyTables(pool);
    limit.push(await measureCopy(pool, texts, BATCHES * EVENTS_PER_BATCH, COPY_MS));
    await emptyTables(pool);
    const before = process.cpuUsage();
    const result = await sendLoad({ ...order, ms: MEASURE_MS });
    const { user, system } = process.cpuUsage(before);
    const events = result.acks.length * EVENTS_PER_BATCH;
    cpuUs.push((user + system) / events);
    intake.push((events / result.ms) * 1000);
    acks.push(...result.acks);
    await assertStored(pool, events);
  }
  await emptyTables(pool);
  return report({ intake, limit, acks, cpuUs }, await stepCosts(pool, batches));
}

interface Samples {
  intake: number[];
  limit: number[];
  acks: number[];
  /** Processor time of this process an event. */
  cpuUs: number[];
}

function report({ intake, limit, acks, cpuUs }: Samples, steps: Record<string, number>): BenchResult {
  const ours = rateOf(intake);
  const copy = rateOf(limit);
  const ratios = intake.map((rate, i) => rate / (limit[i] ?? Number.NaN));
  const ratio = rateOf(ratios);
  const sorted = acks.toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  const [p50Ms, p99Ms] = [quantile(0.5), quantile(0.99)];
  console.log(reportLine('Events acknowledged over HTTP', ours));
  console.log(reportLine('Rows of ready text, one COPY client', copy));
  console.log(`Ratio ${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`);
  console.log(`Acknowledged after ${p50Ms.toFixed(1)} ms at the median, ${p99Ms.toFixed(1)} ms at p99`);
  console.log(`${CONNECTIONS} connections, ${EVENTS_PER_BATCH} events a batch, ${sorted.length} batches`);
  const cpu = rateOf(cpuUs);
  console.log(
    `Processor time of the server process: ${cpu.median.toFixed(2)} µs an event (${cpu.lowest.toFixed(2)} to ${cpu.highest.toFixed(2)})`,
  );
  const parts = Object.entries(steps).map(([step, us]) => `${step} ${us.toFixed(2)}`);
  console.log(`One event, wall time of each step alone, µs: ${parts.join(', ')}`);
  return {
    name: 'ingest',
    ratio: ratio.median,
    eventsPerSecond: ours,
    copyRowsPerSecond: copy,
    ratios,
    p50Ms,
    p99Ms,
    steps,
  };
}

async function sendLoad(order: LoadOrder): Promise<LoadResult> {
  const sender = fork(new URL('ingest/load-client.ts', import.meta.url), { serialization: 'advanced' });
  const ended = once(sender, 'exit');
  sender.send(order);
  const [result] = (await Promise.race([once(sender, 'message'), ended])) as [LoadResult | number | null];
  await ended;
  if (typeof result !== 'object' || result === null) throw new Error('the sender of batches failed');
  return result;
}

/** What was acknowledged is there: a fast intake that loses events has measured nothing. */
async function assertStored(pool: pg.Pool, events: number): Promise<void> {
  const { rows } = await pool.query<{ n: number }>(
    'select ((select count(*) from exposure) + (select count(*) from outcome))::int as n',
  );
  if (rows[0]?.n !== events) throw new Error(`${events} events were acknowledged, ${rows[0]?.n} are stored`);
}

async function emptyTables(pool: pg.Pool): Promise<void> {
  await pool.query('truncate batch, exposure, outcome, limit_exposure, limit_outcome');
  await pool.query('checkpoint');
}
