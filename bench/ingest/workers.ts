import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { assayApi } from '../../examples/assay-api.ts';
import { readConfig } from '../../server/config.ts';
import { takePort } from '../../server/processes/front.ts';
import { workerFront } from '../../server/processes/worker-front.ts';
import type { Services } from '../../server/services.ts';
import { startServer } from '../../server/start.ts';
import { SLOT, VARIANTS } from './sample-batches.ts';

const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';
const log = pino({ level: 'warn' });

/** Migrates the database and starts the experiment that the sample events name; returns a key for sending them. */
export async function makeExperiment(databaseUrl: string): Promise<string> {
  const config = readConfig({ DATABASE_URL: databaseUrl, PORT: '0', ASSAY_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: 'warn' });
  const server = await startServer(config, log);
  try {
    const api = assayApi(`http://127.0.0.1:${server.port}`, ADMIN_KEY);
    await api.post('/api/slots', { key: SLOT, variants: VARIANTS.map((key) => ({ key })), champion: VARIANTS[0] });
    await api.post('/api/metrics', {
      key: 'click',
      name: 'Click',
      kind: 'proportion',
      outcome: 'click',
      windowSeconds: 60,
    });
    const split = VARIANTS.map((variant) => ({ variant, weight: 1 / VARIANTS.length }));
    const metrics = [{ metric: 'click', role: 'primary' }];
    const phases = [{ split, plan: { units: 10_000 } }];
    await api.post('/api/experiments', { key: SLOT, slot: SLOT, name: 'Bench', metrics, phases });
    await api.post(`/api/experiments/${SLOT}/start`, {});
    return (await api.post<{ secret: string }>('/api/keys', { kind: 'sdk', name: 'bench' })).secret;
  } finally {
    await server.stop();
  }
}

/** So many processes that serve HTTP as under `npm start`, without the background work, which has benches of its own. */
export async function openWorkers(
  databaseUrl: string,
  processes: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    PORT: '0',
    ASSAY_PROCESSES: String(processes),
    LOG_LEVEL: 'warn',
  });
  const front = workerFront(fileURLToPath(new URL('../../server/main.ts', import.meta.url)), log);
  const port = await takePort(front, config, log);
  // Of the services the front reads the settings alone: the rest is made by each worker.
  await front.open({ config } as Services, databaseUrl);
  return { port, close: () => front.close() };
}
