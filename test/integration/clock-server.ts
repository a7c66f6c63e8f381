import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import pino from 'pino';
import { uuid7 } from '../../sdk/index.ts';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { createTestDatabase } from './database.ts';
import { caller, TEST_ADMIN_KEY, type TestServer, until } from './test-server.ts';

/** The whole server with a clock that the test sets. */
export interface ClockServer extends Pick<TestServer, 'api'> {
  server: RunningServer;
  /** Milliseconds since 1970. */
  clock: number;
  /** Sends one batch, sealed and timed by the test's clock, and waits until it is rolled up. */
  send(events: Record<string, unknown>[]): Promise<void>;
  /** The same without waiting. */
  post(events: Record<string, unknown>[], sealedAt?: number): Promise<{ status: number; body: unknown }>;
  /** An exposure of the first phase of the experiment `key`, which is also its slot. */
  exposure(key: string, unit: string, variant: string): Promise<Record<string, unknown>>;
  outcome(name: string, unit: string): Record<string, unknown>;
  phaseOf(key: string): Promise<{ id: number; frozen_at: Date | null }>;
  stop(): Promise<void>;
}

export async function startClockServer(clock: number, env: Record<string, string> = {}): Promise<ClockServer> {
  const database = await createTestDatabase();
  const config = readConfig({
    DATABASE_URL: database.url,
    PORT: '0',
    ASSAY_DATA_DIR: tmpdir(),
    ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const self = { clock };
  const server = await startServer(config, pino({ level: 'silent' }), () => new Date(self.clock));
  const { pool } = server.services;
  const api = caller(`http://localhost:${server.port}`, TEST_ADMIN_KEY);
  const phaseOf = async (key: string) => {
    const { rows } = await pool.query<{ id: number; frozen_at: Date | null }>(
      'select p.id, p.frozen_at from phase p join experiment e on e.id = p.experiment_id where e.key = $1',
      [key],
    );
    if (!rows[0]) throw new Error(`no experiment ${key}`);
    return rows[0];
  };
  const post = (events: Record<string, unknown>[], sealedAt = self.clock) =>
    api('POST', '/v1/events', { batch: uuid7(sealedAt), events });
  return Object.assign(self, {
    server,
    api,
    phaseOf,
    post,
    async send(events: Record<string, unknown>[]) {
      const { status, body } = await post(events);
      if (status !== 202 || (body as { rejected: unknown[] }).rejected.length > 0) {
        throw new Error(`${status} ${JSON.stringify(body)}`);
      }
      await until(async () => {
        const { rows } = await pool.query('select 1 from batch where rolled_at is null limit 1');
        return rows.length === 0;
      });
    },
    async exposure(key: string, unit: string, variant: string) {
      const event = { type: 'exposure', unit, slot: key, phase: (await phaseOf(key)).id, step: 1, variant };
      const decision = { decision: randomBytes(8).toString('hex'), propensity: 0.5, ruleset: 1, source: 'hash' };
      return { ...event, ...decision, at: self.clock, call: false };
    },
    outcome: (name: string, unit: string) => ({ type: 'outcome', name, unit, at: self.clock }),
    async stop() {
      await server.stop();
      await database.drop();
    },
  });
}
