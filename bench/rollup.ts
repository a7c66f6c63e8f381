import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Report } from '../server/contract/report-contract.ts';
import type { BenchResult } from './main.ts';
import { UNITS } from './rollup/raw-events.ts';
import { SLOT, type ThreeVariants, VISITS_PER_BATCH, withThreeVariants } from './rollup/three-variants.ts';
import type { VisitOrder, VisitResult } from './rollup/visit-client.ts';

const EVENTS_PER_SECOND = 50_000;
const SECONDS = 120;
const SECONDS_BESIDE = 30;
const BAR_MS = 5_000;
/** Time that what was sent last has to become visible. */
const DRAIN_MS = 300_000;
const POLL_MS = 500;
const SAMPLE_MS = 250;
/** Of all that writes roll-ups. */
const ROLLUP_LOCK = 7_002;

/** Visits that the report counted when its answer came. */
interface Poll {
  at: number;
  visits: number;
  tookMs: number;
}

interface Run {
  measures: number;
  /** From the acknowledgement of a batch until a report counts it. */
  visible: { p50Ms: number; p99Ms: number; slowestMs: number };
  /** Share of the time in which the roll-up held its lock. */
  busy: number;
  /** Batches not rolled up when the last was sent, and how long they took. */
  backlog: number;
  drainMs: number;
  reportMs: number;
  refused: number;
  behindMs: number;
}

/**
 * Whether the roll-up keeps up with 50,000 events a second over HTTP, and how soon a report counts what was acknowledged.
 * Server, sender and PostgreSQL share this machine. `--seconds 20` makes it shorter.
 */
export async function run(): Promise<BenchResult> {
  const options = { seconds: { type: 'string' }, json: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options, allowPositionals: true });
  const seconds = Number(values.seconds ?? SECONDS);
  const main = await withThreeVariants(2, (bench) => measure(bench, 2, seconds));
  print(main, seconds);
  const beside = await withThreeVariants(20, (bench) => measure(bench, 20, Math.min(seconds, SECONDS_BESIDE)));
  print(beside, Math.min(seconds, SECONDS_BESIDE));
  return {
    name: 'rollup',
    ratio: BAR_MS / main.visible.p99Ms,
    seconds,
    eventsPerSecond: EVENTS_PER_SECOND,
    ...main,
    beside,
  };
}

async function measure(
  { server, databaseUrl, key, api }: ThreeVariants,
  measures: number,
  seconds: number,
): Promise<Run> {
  const readReport = () => api<Report>(`/api/experiments/${SLOT}/report`);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const phase = (await database.query<{ id: number }>('select id from phase')).rows[0]!.id;
  const polls: Poll[] = [];
  const held: boolean[] = [];
  const ended = new AbortController();
  const watches = [
    every(POLL_MS, ended.signal, async () => {
      const startedAt = performance.now();
      const visits = visitsOf(await readReport());
      polls.push({ at: Date.now(), visits, tookMs: performance.now() - startedAt });
    }),
    every(SAMPLE_MS, ended.signal, async () => held.push(await isRollingUp(database))),
  ];
  const sent = await sendVisits({ port: server.port, key, phase, seconds, eventsPerSecond: EVENTS_PER_SECOND });
  const busy = held.filter(Boolean).length / held.length;
  const backlog = await unrolled(database);
  const all = sent.acks.length * VISITS_PER_BATCH;
  const deadline = Date.now() + DRAIN_MS;
  while ((polls.at(-1)?.visits ?? 0) < all && Date.now() < deadline) await sleep(POLL_MS);
  ended.abort();
  await Promise.all(watches);
  await database.end();
  assertCounted(await readReport(), all);
  const lags = lagsOf(sent.acks, polls);
  return {
    measures,
    visible: { p50Ms: quantile(lags, 0.5), p99Ms: quantile(lags, 0.99), slowestMs: quantile(lags, 1) },
    busy,
    backlog,
    drainMs: (polls.find(({ visits }) => visits >= all)?.at ?? Number.NaN) - (sent.acks.at(-1) ?? 0),
    reportMs: quantile(
      polls.map(({ tookMs }) => tookMs),
      0.5,
    ),
    refused: sent.refused,
    behindMs: sent.behindMs,
  };
}

/** Repeats `work` until the signal; what fails is told. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(ms);
  }
}

async function sendVisits(order: VisitOrder): Promise<VisitResult> {
  const sender = fork(new URL('rollup/visit-client.ts', import.meta.url), { serialization: 'advanced' });
  const ended = once(sender, 'exit');
  sender.send(order);
  const [result] = (await Promise.race([once(sender, 'message'), ended])) as [VisitResult | number | null];
  await ended;
  if (typeof result !== 'object' || result === null) throw new Error('the sender of visits failed');
  return result;
}

/** Every visit has one call record. */
const visitsOf = (report: Report) => report.variants.reduce((sum, { calls }) => sum + (calls?.made ?? 0), 0);

/** What was acknowledged is counted, once. */
function assertCounted(report: Report, visits: number): void {
  const units = report.variants.reduce((sum, each) => sum + each.units, 0);
  if (visitsOf(report) !== visits)
    throw new Error(`${visits} visits were acknowledged, ${visitsOf(report)} are counted`);
  const sent = Math.min(visits, UNITS);
  if (units !== sent) throw new Error(`${sent} units were sent, ${units} are counted`);
}

/**
 * Batches are rolled up in order of receipt, which is that of acknowledgement but for those that were on their way at
 * once: the n-th is visible in the first report that counts n batches.
 */
function lagsOf(acks: number[], polls: Poll[]): number[] {
  let next = 0;
  return acks.map((at, i) => {
    while (next < polls.length && polls[next]!.visits < (i + 1) * VISITS_PER_BATCH) next++;
    return (polls[next]?.at ?? Number.POSITIVE_INFINITY) - at;
  });
}

async function isRollingUp(database: pg.Client): Promise<boolean> {
  const { rows } = await database.query<{ held: boolean }>(
    `select exists (select from pg_locks where locktype = 'advisory' and objid = ${ROLLUP_LOCK} and granted) as held`,
  );
  return rows[0]!.held;
}

async function unrolled(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ n: number }>('select count(*)::int as n from batch where rolled_at is null');
  return rows[0]!.n;
}

function quantile(samples: number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function print(run: Run, seconds: number): void {
  const { visible, busy, backlog, drainMs } = run;
  const s = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const rate = EVENTS_PER_SECOND.toLocaleString('en');
  console.log(`${run.measures} measures, ${rate} events/s for ${seconds} s`);
  console.log(`  visible after ${s(visible.p50Ms)} (p50), ${s(visible.p99Ms)} (p99), at most ${s(visible.slowestMs)}`);
  console.log(
    `  roll-up busy ${(100 * busy).toFixed(0)} %; ${backlog} batches waiting at the end, gone after ${s(drainMs)}`,
  );
  console.log(
    `  report ${run.reportMs.toFixed(0)} ms; ${run.refused} batches refused; sent at most ${s(run.behindMs)} late`,
  );
}
