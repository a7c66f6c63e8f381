import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import pg from 'pg';
import { briefReader } from '../server/analysis/brief-reader.ts';
import { reportRoutes } from '../server/analysis/report-routes.ts';
import { unitJob } from '../server/analysis/unit-job.ts';
import { authenticator } from '../server/auth/authenticate.ts';
import { createKey } from '../server/auth/key-store.ts';
import { databaseOf } from '../server/db/database.ts';
import { migrate } from '../server/db/migrate.ts';
import { mountRoutes } from '../server/http/route.ts';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.ts';
import { mergeCohorts } from '../server/rollup/merge-cohorts.ts';
import { rebuildPhase } from '../server/rollup/rebuild.ts';
import type { BenchResult } from './main.ts';
import { makeRawEvents, OUTCOMES_PER_EXPOSURE } from './report/report-events.ts';
import { KEY, makeLargeExperiment } from './report/report-experiment.ts';

const SIZES = [1e5, 1e6, 1e7];
const DAYS = 14;
const WARM_UP = 100;
const ROUNDS = 10;
const REQUESTS = 50;
const LIMIT_MS = 25;
const ENDED_MS = 3_600_000;

interface Latency {
  exposures: number;
  medianMs: number;
  p99Ms: number;
}

/**
 * How long a report takes over HTTP: twenty metrics, three variants, ten segments, data of 14 days at three sizes. Raw
 * rows are made in SQL, then the real rebuild, merging of cohorts and job on unit totals make what reports read. The
 * three databases are asked in turn, so that what else the machine does meets them alike.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-report-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', max_wal_size: '8GB', maintenance_work_mem: '256MB' };
  const postgres = await startEmbeddedPostgres({ dataDir: folder, settings });
  const now = new Date();
  const sites: Site[] = [];
  try {
    for (const exposures of sizes()) sites.push(await openSite(postgres.url, exposures, now));
    return report(await measure(sites));
  } finally {
    for (const site of sites) await closeSite(site);
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** `--exposures=1e4,1e5` for a quick try. */
function sizes(): number[] {
  const given = process.argv.find((flag) => flag.startsWith('--exposures='));
  return given === undefined ? SIZES : given.slice('--exposures='.length).split(',').map(Number);
}

interface Site {
  exposures: number;
  pool: pg.Pool;
  http: Server;
  agent: Agent;
  url: string;
  authorization: string;
}

/** A database of its own with so many exposures, and the report routes in front of it. */
async function openSite(clusterUrl: string, exposures: number, now: Date): Promise<Site> {
  const databaseUrl = await createDatabase(clusterUrl, `report_${exposures}`);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', (error) => console.error(`An idle connection ended: ${error.message}`));
  const startedAt = performance.now();
  const from = new Date(now.getTime() - DAYS * 86_400_000);
  await makeLargeExperiment(pool, from);
  await makeRawEvents(pool, exposures, from, new Date(now.getTime() - ENDED_MS));
  const made = performance.now();
  if (!(await rebuildPhase(pool, 1, now))) throw new Error('the phase was not rebuilt');
  const rebuilt = performance.now();
  if ((await mergeCohorts(pool, now)) !== 1) throw new Error('no cohort was merged');
  if (!(await unitJob(pool, () => now)())) throw new Error('nothing was computed from unit totals');
  await pool.query('vacuum analyze'); // as autovacuum would within a minute
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  const counted = await pool.query<{ rows: string }>(
    'select ((select count(*) from moment) + (select count(*) from moment_pair) + (select count(*) from unit_count)) as rows',
  );
  console.log(
    `${count(exposures)} exposures: made in ${seconds(made - startedAt)}, rebuilt in ${seconds(rebuilt - made)}, ` +
      `unit totals in ${seconds(performance.now() - rebuilt)}; a report has ${counted.rows[0]?.rows} rows of sums`,
  );
  return { exposures, pool, ...(await serve(pool, now)) };
}

async function createDatabase(clusterUrl: string, name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: clusterUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return url.href;
}

async function serve(pool: pg.Pool, now: Date): Promise<Omit<Site, 'exposures' | 'pool'>> {
  const db = databaseOf(pool);
  const services = { pool, db, now: () => now };
  const router = express.Router();
  mountRoutes(
    router,
    reportRoutes(services, briefReader(services)),
    authenticator(db, () => now),
  );
  const http = createServer(express().use(router)).listen(0, '127.0.0.1');
  http.keepAliveTimeout = 600_000; // while another database is asked
  await once(http, 'listening');
  const { secret } = await createKey(db, { environmentId: 1, kind: 'admin', name: 'bench' });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/experiments/${KEY}/report`;
  return { http, agent: new Agent({ keepAlive: true }), url, authorization: `Bearer ${secret}` };
}

async function closeSite({ pool, http, agent }: Site): Promise<void> {
  agent.destroy();
  http.closeAllConnections();
  http.close();
  await pool.end();
}

async function measure(sites: Site[]): Promise<Latency[]> {
  for (const site of sites) {
    checkReport(JSON.parse(await fetchReport(site)));
    for (let i = 0; i < WARM_UP; i++) await fetchReport(site);
  }
  const times = sites.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, site] of sites.entries()) {
      for (let request = 0; request < REQUESTS; request++) {
        const startedAt = performance.now();
        await fetchReport(site);
        times[i]?.push(performance.now() - startedAt);
      }
    }
  }
  return sites.map(({ exposures }, i) => {
    const sorted = (times[i] ?? []).toSorted((a, b) => a - b);
    const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
    return { exposures, medianMs: quantile(0.5), p99Ms: quantile(0.99) };
  });
}

/** A report that leaves something out is fast for nothing. */
function checkReport(report: { metrics: { comparisons: { status: string }[] }[]; segments: unknown[] }): void {
  const comparisons = report.metrics.flatMap((metric) => metric.comparisons);
  const without = comparisons.filter(({ status }) => status !== 'live').length;
  if (report.metrics.length !== 20 || comparisons.length !== 40 || without > 0 || report.segments.length === 0) {
    throw new Error(
      `the report is not whole: ${report.metrics.length} metrics, ${without} comparisons without a result`,
    );
  }
}

function fetchReport({ url, agent, authorization }: Site): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`answer ${response.statusCode}: ${body}`)),
      );
    }).on('error', reject);
  });
}

function report(latencies: Latency[]): BenchResult {
  for (const { exposures, medianMs, p99Ms } of latencies) {
    console.log(
      `${count(exposures).padStart(12)} exposures: median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    );
  }
  const [first, last] = [latencies[0], latencies.at(-1)];
  const growth = (last?.medianMs ?? Number.NaN) / (first?.medianMs ?? Number.NaN);
  console.log(
    `20 metrics, 3 variants, ${DAYS} days, ${OUTCOMES_PER_EXPOSURE} outcomes an exposure; the largest takes ` +
      `${growth.toFixed(2)} times as long as the smallest (limit 1.5), the median's limit is ${LIMIT_MS} ms`,
  );
  return { name: 'report', ratio: 1 / growth, limitRatio: LIMIT_MS / (last?.medianMs ?? Number.NaN), latencies };
}

const count = (n: number) => n.toLocaleString('en');
