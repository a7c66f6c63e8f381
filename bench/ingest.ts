import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.ts';
import { measureCopy, readyTexts } from './ingest/copy-limit.ts';
import type { LoadOrder, LoadResult } from './ingest/load-client.ts';
import { EVENTS_PER_BATCH, sampleEvents } from './ingest/sample-batches.ts';
import { stepCosts } from './ingest/step-costs.ts';
import { makeExperiment, openWorkers } from './ingest/workers.ts';
import type { BenchResult } from './main.ts';
import { type Rate, rateOf, reportLine } from './report-line.ts';
import { cpuTimes } from './server/cpu-times.ts';

const CONNECTIONS = 16;
/** Runs of each form; `--rounds N` asks for another number. */
const REPETITIONS = numberAfter('--rounds') ?? 5;
const WARM_UP_MS = 5_000;
const MEASURE_MS = 4_000;
const COPY_MS = 2_000;
const BATCHES = 64;
const PARTS = { postgres: /postgres/, server: /--worker/ };

/** What is measured beside one client's COPY; each in its own run of every repetition. */
const FORMS = {
  'one process': { processes: 1, gzip: false },
  'two processes': { processes: 2, gzip: false },
  'two processes, gzip': { processes: 2, gzip: true },
} as const;
type Form = keyof typeof FORMS;

/**
 * Events acknowledged a second by the real server over HTTP into a durable PostgreSQL of its own, beside what one client
 * COPYs of the same rows as ready text. Server, sender and PostgreSQL share this machine's cores.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const settings = { fsync: 'on', synchronous_commit: 'on', max_wal_size: '8GB' };
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', (error) => console.error(`An idle connection ended: ${error.message}`));
  try {
    const key = await makeExperiment(postgres.url);
    return await compare(pool, postgres.url, key);
  } finally {
    await pool.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Sample {
  eventsPerSecond: number;
  acks: number[];
  refused: number;
  /** Processor time an event, µs, by part. */
  cpuUs: Record<keyof typeof PARTS | 'sender', number>;
}

async function compare(pool: pg.Pool, databaseUrl: string, key: string): Promise<BenchResult> {
  const batches = sampleEvents(BATCHES, Date.now());
  const bodies = batches.map((events) => Buffer.from(`"events":${JSON.stringify(events)}}`));
  const texts = await readyTexts(pool, batches);
  const workers = { 1: await openWorkers(databaseUrl, 1), 2: await openWorkers(databaseUrl, 2) };
  const orderOf = ({ processes, gzip }: (typeof FORMS)[Form]) => ({
    port: workers[processes].port,
    key,
    connections: CONNECTIONS,
    gzip,
    bodies,
  });
  for (const form of Object.values(FORMS)) await sendLoad({ ...orderOf(form), ms: WARM_UP_MS });
  const limit: number[] = [];
  const samples: Record<Form, Sample[]> = { 'one process': [], 'two processes': [], 'two processes, gzip': [] };
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    await emptyTables(pool);
    limit.push(await measureCopy(pool, texts, BATCHES * EVENTS_PER_BATCH, COPY_MS));
    for (const form of Object.keys(FORMS) as Form[]) {
      await emptyTables(pool);
      const sample = await measure(orderOf(FORMS[form]));
      samples[form].push(sample);
      await assertStored(pool, sample.acks.length * EVENTS_PER_BATCH);
    }
  }
  for (const each of Object.values(workers)) await each.close();
  await emptyTables(pool);
  return report(limit, samples, await stepCosts(pool, batches));
}

async function measure(order: Omit<LoadOrder, 'ms'>): Promise<Sample> {
  const before = cpuTimes(PARTS);
  const result = await sendLoad({ ...order, ms: MEASURE_MS });
  const after = cpuTimes(PARTS);
  const events = result.acks.length * EVENTS_PER_BATCH;
  const perEvent = (part: keyof typeof PARTS) => ((after[part] - before[part]) * 1000) / events;
  const cpuUs = {
    postgres: perEvent('postgres'),
    server: perEvent('server'),
    sender: (result.cpuMs * 1000) / events,
  };
  return { eventsPerSecond: (events / result.ms) * 1000, acks: result.acks, refused: result.refused, cpuUs };
}

function report(limit: number[], samples: Record<Form, Sample[]>, steps: Record<string, number>): BenchResult {
  const copy = rateOf(limit);
  console.log(`${CONNECTIONS} connections, ${EVENTS_PER_BATCH} events a batch, ${REPETITIONS} runs of each`);
  console.log(reportLine('Rows of ready text, one COPY client', copy));
  const forms = Object.entries(samples).map(([form, all]) => {
    const rate = rateOf(all.map((each) => each.eventsPerSecond));
    const ratio = rateOf(all.map((each, i) => each.eventsPerSecond / (limit[i] ?? Number.NaN)));
    const acks = all.flatMap((each) => each.acks).sort((a, b) => a - b);
    const quantile = (q: number) => acks[Math.min(acks.length - 1, Math.floor(q * acks.length))] ?? Number.NaN;
    const cpuUs = Object.fromEntries(
      (['server', 'postgres', 'sender'] as const).map((part) => [
        part,
        rateOf(all.map((each) => each.cpuUs[part])).median,
      ]),
    );
    const refused = all.reduce((sum, each) => sum + each.refused, 0);
    const told = { form, refused, eventsPerSecond: rate, ratio, p50Ms: quantile(0.5), p99Ms: quantile(0.99), cpuUs };
    tell(told);
    return told;
  });
  const parts = Object.entries(steps).map(([step, us]) => `${step} ${us.toFixed(2)}`);
  console.log(`One event, wall time of each step alone, µs: ${parts.join(', ')}`);
  const headline = forms.find(({ form }) => form === 'two processes')?.ratio.median ?? Number.NaN;
  return { name: 'ingest', ratio: headline, copyRowsPerSecond: copy, forms, steps };
}

interface Told {
  form: string;
  refused: number;
  eventsPerSecond: Rate;
  ratio: Rate;
  p50Ms: number;
  p99Ms: number;
  cpuUs: Record<string, number>;
}

function tell({ form, refused, eventsPerSecond, ratio, p50Ms, p99Ms, cpuUs }: Told): void {
  console.log(reportLine(`Events acknowledged, ${form}`, eventsPerSecond));
  const cpu = Object.entries(cpuUs).map(([part, us]) => `${part} ${us.toFixed(2)}`);
  console.log(
    `  ratio ${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}); after ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms; ${refused} batches refused; processor time an event, µs: ${cpu.join(', ')}`,
  );
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

function numberAfter(flag: string): number | undefined {
  const at = process.argv.indexOf(flag);
  return at === -1 ? undefined : Number(process.argv[at + 1]);
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
