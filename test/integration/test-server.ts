import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** The whole server on a database and a port of its own. */
export interface TestServer {
  url: string;
  server: RunningServer;
  database: TestDatabase;
  adminKey: string;
  sdkKey: string;
  /** A JSON call with the admin key; answers status and body. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  stop(): Promise<void>;
}

export const TEST_ADMIN_KEY = 'test-admin-key-0123456789abcdef';

export async function startTestServer(env: Record<string, string> = {}, now?: () => Date): Promise<TestServer> {
  const database = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'assay-test-server-'));
  const config = readConfig({
    DATABASE_URL: database.url,
    PORT: '0',
    ASSAY_DATA_DIR: dataDir,
    ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const server = await startServer(config, pino({ level: config.logLevel }), now);
  const url = `http://localhost:${server.port}`;
  const api = caller(url, TEST_ADMIN_KEY);
  const created = await api<{ secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'test' });
  return {
    url,
    server,
    database,
    adminKey: TEST_ADMIN_KEY,
    sdkKey: created.body.secret,
    api,
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

export function caller(url: string, key: string): TestServer['api'] {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as never };
  };
}

/** Waits until `check` answers something else than null, undefined or false. */
export async function until<T>(check: () => Promise<T | null | undefined | false>, forMs = 20_000): Promise<T> {
  const deadline = Date.now() + forMs;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${forMs} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A slot with two variants, a metric and a draft experiment, all of the given names. */
export async function draftExperiment(
  { api }: Pick<TestServer, 'api'>,
  options: { key: string; windowSeconds?: number; plan?: Record<string, unknown>; phase?: Record<string, unknown> },
): Promise<void> {
  const { key } = options;
  const steps = [
    api('POST', '/api/slots', {
      key,
      variants: [
        { key: 'old', payload: { model: 'old' } },
        { key: 'new', payload: { model: 'new' } },
      ],
      champion: 'old',
    }),
    api('POST', '/api/metrics', {
      key: `${key}-clicked`,
      name: 'Clicked',
      kind: 'proportion',
      outcome: `${key}-click`,
      windowSeconds: options.windowSeconds ?? 1,
    }),
  ];
  for (const step of steps) {
    const { status, body } = await step;
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  const { status, body } = await api('POST', '/api/experiments', {
    key,
    slot: key,
    name: `Experiment ${key}`,
    metrics: [{ metric: `${key}-clicked`, role: 'primary' }],
    phases: [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 100, latenessSeconds: 0, ...options.plan },
        ...options.phase,
      },
    ],
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
}
