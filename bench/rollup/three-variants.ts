import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readConfig } from '../../server/config.ts';
import { startEmbeddedPostgres } from '../../server/postgres/embedded-postgres.ts';
import { type RunningServer, startServer } from '../../server/start.ts';

export const SLOT = 'bench';
export const VARIANTS = ['champion', 'first', 'second'] as const;
/** Every visit has one of each: how often, and a value. */
export const OUTCOMES = { click: 'click', dwell: 'dwell' } as const;
export const VISITS_PER_BATCH = 125;
export const WINDOW_SECONDS = 3600;
const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';

/** The whole server on a durable PostgreSQL of its own, with one running A/B test of three variants. */
export interface ThreeVariants {
  server: RunningServer;
  databaseUrl: string;
  /** Of a client of events. */
  key: string;
  api<T>(path: string, body?: unknown): Promise<T>;
  /** Ends the server before its database, where its background work would disturb. */
  stopServer(): Promise<void>;
}

/**
 * Brackets `work` with server and database. Two measures make three metrics: clicks a unit, seconds a unit, and seconds a
 * click. More measures are the same two over shorter windows, so that each outcome counts in half of them.
 */
export async function withThreeVariants<T>(measures: number, work: (bench: ThreeVariants) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const settings = { fsync: 'on', synchronous_commit: 'on', max_wal_size: '8GB', shared_buffers: '1GB' };
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings });
  const environment = { DATABASE_URL: postgres.url, ASSAY_DATA_DIR: folder, ASSAY_ADMIN_KEY: ADMIN_KEY };
  const config = readConfig({ ...environment, PORT: '0', LOG_LEVEL: 'warn' });
  try {
    const server = await startServer(config, pino({ level: config.logLevel }));
    let stopped: Promise<void> | undefined;
    const stopServer = () => {
      stopped ??= server.stop();
      return stopped;
    };
    try {
      const api = callerOf(server.port);
      return await work({ server, databaseUrl: postgres.url, key: await prepare(api, measures), api, stopServer });
    } finally {
      await stopServer();
    }
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function callerOf(port: number): ThreeVariants['api'] {
  return async <T>(path: string, body?: unknown) => {
    const headers = { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' };
    const request = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}

async function prepare(api: ThreeVariants['api'], measures: number): Promise<string> {
  const { secret } = await api<{ secret: string }>('/api/keys', { kind: 'sdk', name: 'bench' });
  await api('/api/slots', { key: SLOT, variants: VARIANTS.map((key) => ({ key })), champion: VARIANTS[0] });
  const metrics = metricsOf(measures);
  for (const metric of metrics) await api('/api/metrics', { ...metric, name: metric.key });
  const split = VARIANTS.map((variant) => ({ variant, weight: 1 / VARIANTS.length }));
  await api('/api/experiments', {
    key: SLOT,
    slot: SLOT,
    name: 'Bench',
    metrics: metrics.map(({ key }, i) => ({ metric: key, role: i === 0 ? 'primary' : 'secondary' })),
    phases: [{ split, plan: { units: 400_000 } }],
  });
  await api(`/api/experiments/${SLOT}/start`, {});
  return secret;
}

function metricsOf(measures: number) {
  const clicks = { outcome: OUTCOMES.click, aggregate: 'count' };
  const seconds = { outcome: OUTCOMES.dwell, aggregate: 'sum' };
  return [
    { key: 'seconds-per-click', kind: 'ratio', ...seconds, denominator: clicks, windowSeconds: WINDOW_SECONDS },
    ...Array.from({ length: measures }, (_, i) => {
      const windowSeconds = WINDOW_SECONDS - 60 * (i >> 1);
      return { key: `metric-${i}`, kind: 'mean', ...(i % 2 === 0 ? clicks : seconds), windowSeconds };
    }),
  ];
}
