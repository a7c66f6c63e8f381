import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.ts';
import { EVENTS_PER_BATCH, sampleEvents } from './ingest/sample-batches.ts';
import { makeExperiment } from './ingest/workers.ts';
import type { BenchResult } from './main.ts';
import type { HostileOrder } from './overload/hostile-clients.ts';
import type { OfferedLoad, OfferedResult } from './overload/offered-load.ts';
import type { ReadOrder, ReadResult } from './overload/ruleset-reader.ts';
import { type ServerProcess, startServerProcess } from './server/server-process.ts';

const BATCHES = 64;
const WARM_UP_MS = 3_000;
const FULL_MS = 8_000;
const OVERLOAD_MS = 15_000;
const OVERLOAD = 4;
const SENDERS = 2;
const HOSTILE = { idle: 1_000, slowHeaders: 200, slowBodies: 100 };
const LIMITS = { acceptedP99Ms: 1_000, residentMb: 512, rulesetP99Ms: 10 };

/**
 * The server as `npm start` runs it under four times the load it can take, which is measured before in the same run,
 * while connections that send nothing or next to nothing hold on to it.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const settings = { fsync: 'on', synchronous_commit: 'on', max_wal_size: '8GB' };
  const postgres = await startEmbeddedPostgres({ dataDir: folder, settings });
  const children: ChildProcess[] = [];
  let server: ServerProcess | undefined;
  try {
    const key = await makeExperiment(postgres.url);
    server = await startServerProcess({ DATABASE_URL: postgres.url });
    return await measure({ server, key, databaseUrl: postgres.url, children });
  } finally {
    for (const child of children) child.kill();
    await server?.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Bench {
  server: ServerProcess;
  key: string;
  databaseUrl: string;
  /** Ended at the end, whatever happens. */
  children: ChildProcess[];
}

async function measure(bench: Bench): Promise<BenchResult> {
  const { server, key } = bench;
  const { port } = server;
  const tails = sampleEvents(BATCHES, Date.now()).map((events) => Buffer.from(`"events":${JSON.stringify(events)}}`));
  const idlePort = await heard<number>(start(bench, 'idle-server'));
  const offer = (ms: number, rate: number | null) => {
    const order: OfferedLoad = { port, key, ms, rate, tails };
    return ask<OfferedResult>(start(bench, 'offered-load'), order);
  };
  const read = (ms: number) =>
    ask<ReadResult>(start(bench, 'ruleset-reader'), { port, idlePort, key, ms } satisfies ReadOrder);

  const warm = await offer(WARM_UP_MS, null);
  const [full, fullReads] = await Promise.all([offer(FULL_MS, null), read(FULL_MS)]);
  const capacity = (full.accepted.length / full.ms) * 1000;

  const hostile = start(bench, 'hostile-clients');
  await ask<string>(hostile, { port, key, ...HOSTILE } satisfies HostileOrder);
  const memory = watchMemory(server);
  const rate = (OVERLOAD * capacity) / SENDERS;
  const [reads, ...loads] = await Promise.all([
    read(OVERLOAD_MS),
    ...Array.from({ length: SENDERS }, () => offer(OVERLOAD_MS, rate)),
  ]);
  const residentMb = memory.stop();
  const { closed } = await ask<{ closed: number }>(hostile, 'end');
  const load = together(loads);
  await assertStored(bench.databaseUrl, warm.accepted.length + full.accepted.length + load.accepted.length);
  return report({ capacity, full, fullReads, load, reads, residentMb, closed });
}

interface Measured {
  /** Batches a second. */
  capacity: number;
  full: OfferedResult;
  fullReads: ReadResult;
  load: OfferedResult;
  reads: ReadResult;
  residentMb: number;
  closed: number;
}

function report({ capacity, full, fullReads, load, reads, residentMb, closed }: Measured): BenchResult {
  const answered = load.accepted.length + load.refused.length;
  const eventsPerSecond = (batches: OfferedResult) => (batches.accepted.length / batches.ms) * 1000 * EVENTS_PER_BATCH;
  const acceptedP99Ms = quantile(load.accepted, 0.99);
  const figures = {
    capacityEventsPerSecond: eventsPerSecond(full),
    offeredEventsPerSecond: capacity * OVERLOAD * EVENTS_PER_BATCH,
    acceptedEventsPerSecond: eventsPerSecond(load),
    refusedShare: load.refused.length / answered,
    acceptedP50Ms: quantile(load.accepted, 0.5),
    ...{ acceptedP99Ms, refusedP99Ms: quantile(load.refused, 0.99), residentMb },
    ruleset: { fullIngest: readFigures(fullReads), overload: readFigures(reads) },
    ...{ hostile: HOSTILE, closedByServer: closed, unsent: load.unsent, others: load.others, limits: LIMITS },
  };
  const count = (value: number) => Math.round(value).toLocaleString('en');
  console.log(`Full ingest: ${count(figures.capacityEventsPerSecond)} events/s, 16 connections`);
  console.log(
    `Offered then: ${count(figures.offeredEventsPerSecond)} events/s, with ${HOSTILE.idle} idle connections, `,
  );
  console.log(
    `  ${HOSTILE.slowHeaders} with headers and ${HOSTILE.slowBodies} with bodies that never end; ${closed} were closed`,
  );
  console.log(
    `Accepted: ${count(figures.acceptedEventsPerSecond)} events/s after ${count(figures.acceptedP50Ms)} ms (p50),`,
  );
  console.log(`  ${count(acceptedP99Ms)} ms (p99; limit ${LIMITS.acceptedP99Ms} ms)`);
  console.log(
    `Refused with 429: ${(100 * figures.refusedShare).toFixed(0)} %, after ${count(quantile(load.refused, 0.5))} ms (p50), ${count(figures.refusedP99Ms)} ms (p99)`,
  );
  console.log(`Memory of our processes together: ${count(residentMb)} MB at most (limit ${LIMITS.residentMb} MB)`);
  for (const [when, ms] of Object.entries(figures.ruleset)) {
    console.log(
      `Ruleset, ${when}: p50 ${ms.p50Ms.toFixed(1)}, p99 ${ms.p99Ms.toFixed(1)} ms (limit ${LIMITS.rulesetP99Ms} ms);`,
    );
    console.log(`  an idle server beside it: p50 ${ms.idleP50Ms.toFixed(1)}, p99 ${ms.idleP99Ms.toFixed(1)} ms`);
  }
  if (load.unsent > 0)
    console.log(`${load.unsent} batches were due and not sent: the senders were short of processor time`);
  if (load.withoutRetryAfter > 0) throw new Error(`${load.withoutRetryAfter} answers 429 had no Retry-After`);
  if (Object.keys(load.others).length > 0) console.log(`Other answers: ${JSON.stringify(load.others)}`);
  return { name: 'overload', ratio: LIMITS.acceptedP99Ms / acceptedP99Ms, ...figures };
}

function readFigures({ full, unchanged, idle, errors }: ReadResult) {
  const all = [...full, ...unchanged];
  return {
    ...{ p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99) },
    ...{ fullP99Ms: quantile(full, 0.99), unchangedP99Ms: quantile(unchanged, 0.99) },
    ...{ idleP50Ms: quantile(idle, 0.5), idleP99Ms: quantile(idle, 0.99), reads: all.length, errors },
  };
}

function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function together(loads: readonly OfferedResult[]): OfferedResult {
  const others: Record<string, number> = {};
  for (const load of loads) {
    for (const [what, n] of Object.entries(load.others)) others[what] = (others[what] ?? 0) + n;
  }
  const sum = (of: (load: OfferedResult) => number) => loads.reduce((total, load) => total + of(load), 0);
  return {
    accepted: loads.flatMap((load) => load.accepted),
    refused: loads.flatMap((load) => load.refused),
    withoutRetryAfter: sum((load) => load.withoutRetryAfter),
    unsent: sum((load) => load.unsent),
    ms: Math.max(...loads.map((load) => load.ms)),
    others,
  };
}

/** The most that all processes of the server held at once, in MB. */
function watchMemory(server: ServerProcess): { stop(): number } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, server.residentBytes());
  }, 200);
  return {
    stop() {
      clearInterval(timer);
      return most / 1024 / 1024;
    },
  };
}

/** What was acknowledged is there: a server that loses events under load has passed nothing. */
async function assertStored(databaseUrl: string, batches: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ batches: number; events: number }>(
    `select (select count(*) from batch)::int as batches,
       ((select count(*) from exposure) + (select count(*) from outcome))::int as events`,
  );
  await client.end();
  const [stored] = rows;
  if (stored?.batches === batches && stored.events === batches * EVENTS_PER_BATCH) return;
  throw new Error(`${batches} batches were acknowledged; stored are ${stored?.batches} with ${stored?.events} events`);
}

type Program = 'offered-load' | 'ruleset-reader' | 'hostile-clients' | 'idle-server';

function start({ children }: Bench, program: Program): ChildProcess {
  const child = fork(new URL(`overload/${program}.ts`, import.meta.url), { serialization: 'advanced' });
  children.push(child);
  return child;
}

async function heard<T>(child: ChildProcess): Promise<T> {
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [T | number | null];
  if (typeof message === 'number' && child.exitCode !== null) throw new Error('a process of the bench failed');
  return message as T;
}

function ask<T>(child: ChildProcess, order: object | string): Promise<T> {
  const answer = heard<T>(child);
  child.send(order);
  return answer;
}
