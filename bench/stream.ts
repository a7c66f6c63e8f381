import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readConfig } from '../server/config.ts';
import { type RunningServer, startServer } from '../server/start.ts';
import type { BenchResult } from './main.ts';

const CLIENTS = 2_000;
const CHANGES = 10;
/** A change is to reach every connected client within this time. */
const LIMIT_MS = 1_000;
const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';

interface Heard {
  kind: 'open' | 'heard';
  at?: number[];
}

/**
 * Time from the call that pauses or resumes an experiment until its change has reached a client, over 2,000 clients that
 * another process holds. The headline is the limit of a second over the 99th percentile.
 */
export async function run(): Promise<BenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const environment = { PORT: '0', ASSAY_DATA_DIR: folder, ASSAY_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: 'silent' };
  const server = await startServer(readConfig(environment), pino({ level: 'silent' }));
  let listeners: ChildProcess | undefined;
  try {
    const key = await prepare(server);
    listeners = fork(new URL('./stream/listeners.ts', import.meta.url), [String(server.port), key, String(CLIENTS)]);
    await told(listeners, 'open');
    return report(await changes(server, listeners));
  } finally {
    listeners?.kill();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function changes(server: RunningServer, listeners: ChildProcess): Promise<number[]> {
  const waits: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const heard = told(listeners, 'heard');
    const startedAt = Date.now();
    await post(server, `/api/experiments/bench/${change % 2 === 0 ? 'pause' : 'resume'}`, {});
    const { at = [] } = await heard;
    waits.push(...at.map((each) => each - startedAt));
  }
  return waits.sort((a, b) => a - b);
}

function report(waits: number[]): BenchResult {
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0;
  const figures = { p50Ms: at(0.5), p99Ms: at(0.99), slowestMs: at(1) };
  console.log(
    `${CLIENTS} clients, ${CHANGES} changes: p50 ${figures.p50Ms} ms, p99 ${figures.p99Ms} ms, slowest ${figures.slowestMs} ms`,
  );
  return { name: 'stream', ratio: LIMIT_MS / Math.max(1, figures.p99Ms), clients: CLIENTS, ...figures };
}

/** A slot with a running experiment, and the key of its clients. */
async function prepare(server: RunningServer): Promise<string> {
  const { secret } = await post<{ secret: string }>(server, '/api/keys', { kind: 'sdk', name: 'bench' });
  const variants = [{ key: 'old' }, { key: 'new' }];
  await post(server, '/api/slots', { key: 'bench', variants, champion: 'old' });
  await post(server, '/api/metrics', {
    key: 'bench',
    name: 'Bench',
    kind: 'proportion',
    outcome: 'x',
    windowSeconds: 60,
  });
  const split = variants.map(({ key }) => ({ variant: key, weight: 0.5 }));
  const phases = [{ split, plan: { units: 1_000 } }];
  const metrics = [{ metric: 'bench', role: 'primary' }];
  await post(server, '/api/experiments', { key: 'bench', slot: 'bench', name: 'Bench', metrics, phases });
  await post(server, '/api/experiments/bench/start', {});
  return secret;
}

async function post<T>(server: RunningServer, path: string, body: unknown): Promise<T> {
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function told(listeners: ChildProcess, kind: Heard['kind']): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error('the clients ended'));
    const hear = (message: unknown) => {
      const heard = message as Heard;
      if (heard.kind !== kind) return;
      listeners.off('message', hear).off('exit', end);
      resolve(heard);
    };
    listeners.on('message', hear).once('exit', end);
  });
}
