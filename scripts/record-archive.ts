// npx tsx --conditions=@assay-ml/source scripts/record-archive.ts ROOT NAME
//
// Records data of a released schema for test/integration/old-archives.test.ts: runs the server of ROOT (a checkout of that
// release, with node_modules), has experiments run through it by that release's SDK, and writes
// test/fixtures/archives/NAME.tar.gz by the backup of this tree, with what the release reported beside it.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { connect as Connect } from '../sdk/index.ts';
import { backup } from '../server/archive/backup.ts';
import { startEmbeddedPostgres } from '../server/postgres/embedded-postgres.ts';

const ADMIN_KEY = 'recorded-admin-key-0123456789';
const [root = '', name = ''] = process.argv.slice(2);
const folder = resolve('test/fixtures/archives');

/** See factsOf; also read by the test. */
export interface RecordedFacts {
  experiment: string;
  phase: number;
  variants: { variant: string; units: number; mixedUnits: number }[];
  metrics: {
    key: string;
    variants: { variant: string; matureUnits: number; value: number | null }[];
    /** Absent in reports of the first release. */
    looks?: unknown[] | undefined;
  }[];
}

async function main(): Promise<void> {
  if (!existsSync(join(root, 'server/main.ts')) || !/^[\w-]+$/.test(name)) throw new Error('usage: ROOT NAME');
  const home = mkdtempSync(join(tmpdir(), 'assay-record-'));
  const postgres = await startEmbeddedPostgres({ dataDir: home, settings: { fsync: 'off' } });
  try {
    const reports = await withServer(postgres.url, drive);
    mkdirSync(folder, { recursive: true });
    const file = join(home, `${name}.tar`);
    const { rows } = await backup(postgres.url, file, { now: new Date() });
    // Once more: of many small tables most is headers.
    const packed = gzipSync(readFileSync(file), { level: 9 });
    writeFileSync(join(folder, `${name}.tar.gz`), packed);
    console.log(`${name}: ${rows} rows, ${packed.length} bytes`);
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(reports, null, 1)}\n`);
  } finally {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function withServer<T>(databaseUrl: string, use: (url: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), ASSAY_ADMIN_KEY: ADMIN_KEY };
  const child = spawn(process.execPath, ['--conditions=@assay-ml/source', '--import', 'tsx', 'server/main.ts'], {
    cwd: root,
    env: { ...env, LOG_LEVEL: 'warn', ASSAY_ROOT: resolve(root) },
    stdio: 'inherit',
  });
  const ended = new Promise((done) => child.once('exit', done));
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(async () => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200);
    return await use(url);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** Two A/B tests, one concluded and one that goes on, and where the release has them the other modes. */
async function drive(url: string): Promise<RecordedFacts[]> {
  const { connect } = (await import(pathToFileURL(resolve(root, 'sdk/index.ts')).href)) as { connect: typeof Connect };
  const { secret: key } = await call<{ secret: string }>(url, 'POST', '/api/keys', { kind: 'sdk', name: 'recorded' });
  const has = (migration: string) => existsSync(join(root, 'migrations', `${migration}.sql`));
  const rich = has('0002_metric_kinds');
  await declare(url, 'concluded', 1, { units: 80, latenessSeconds: 0 }, rich);
  await declare(url, 'running', 3_600, { units: 1_000 }, rich);
  const assay = await connect({ url, key, flushEveryMs: 50 });
  for (const slot of ['concluded', 'running']) {
    for (let i = 0; i < 120; i++) {
      const unit = `${slot}-${i}`;
      const { variant } = assay.decide(slot, { unit, attributes: { device: i % 3 ? 'phone' : 'desktop' } });
      if (i % (variant === 'new' ? 2 : 3) === 0) assay.outcome(`${slot}-click`, { unit });
      if (i % 2 === 0) assay.outcome(`${slot}-paid`, { unit, value: 1.1 * (i % 7) });
    }
  }
  if (has('0006_modes')) await driveModes(url, assay);
  await assay.close();
  await until(async () => (await reportOf<{ progress: { lookAt: string | null } }>(url, 'concluded')).progress.lookAt);
  await call(url, 'POST', '/api/experiments/concluded/conclude', { promote: 'new' });
  await sleep(3_000);
  const told = [await factsOf(url, 'concluded', 0), await factsOf(url, 'running', 0)];
  for (let phase = 0; has('0006_modes') && phase < 4; phase++) told.push(await factsOf(url, 'modes', phase));
  return told;
}

/** What a report says that no later release may say otherwise: counts, values and the looks as they were written. */
async function factsOf(url: string, experiment: string, phase: number): Promise<RecordedFacts> {
  const { variants, metrics } = await reportOf<RecordedFacts>(url, experiment, phase);
  return {
    experiment,
    phase,
    variants: variants.map(({ variant, units, mixedUnits }) => ({ variant, units, mixedUnits })),
    metrics: metrics.map((metric) => ({
      key: metric.key,
      variants: metric.variants.map(({ variant, matureUnits, value }) => ({ variant, matureUnits, value })),
      looks: metric.looks,
    })),
  };
}

async function declare(url: string, key: string, windowSeconds: number, plan: object, rich: boolean): Promise<void> {
  await call(url, 'POST', '/api/slots', { key, variants: [{ key: 'old' }, { key: 'new' }], champion: 'old' });
  const metrics = [
    { key: `${key}-clicked`, kind: 'proportion', outcome: `${key}-click` },
    { key: `${key}-revenue`, kind: 'mean', outcome: `${key}-paid`, aggregate: 'sum' },
    ...(rich
      ? [
          {
            key: `${key}-ratio`,
            kind: 'ratio',
            outcome: `${key}-paid`,
            aggregate: 'sum',
            denominator: { outcome: `${key}-click`, aggregate: 'count' },
          },
          { key: `${key}-p90`, kind: 'quantile', outcome: `${key}-paid`, quantile: 0.9 },
        ]
      : []),
  ];
  for (const metric of metrics) await call(url, 'POST', '/api/metrics', { name: metric.key, windowSeconds, ...metric });
  await call(url, 'POST', '/api/experiments', {
    key,
    slot: key,
    name: `The ${key} one`,
    ...(rich ? { segments: ['device'] } : {}),
    metrics: metrics.map((metric, index) => ({ metric: metric.key, role: index === 0 ? 'primary' : 'secondary' })),
    phases: [{ split: ['new', 'old'].map((variant) => ({ variant, weight: 0.5 })), plan }],
  });
  await call(url, 'POST', `/api/experiments/${key}/start`, {});
}

/** Shadow, canary, bandit and interleaving on one slot, each for as long as a few hundred visits take. */
async function driveModes(url: string, assay: Awaited<ReturnType<typeof Connect>>): Promise<void> {
  const variants = ['new', 'old'];
  await call(url, 'POST', '/api/slots', {
    key: 'modes',
    output: 'ranking',
    variants: [{ key: 'old' }, { key: 'new' }],
    champion: 'old',
  });
  await call(url, 'POST', '/api/metrics', {
    key: 'picked',
    name: 'Picked',
    kind: 'proportion',
    outcome: 'pick',
    windowSeconds: 1,
  });
  const plan = { latenessSeconds: 1, durationSeconds: 3_600 };
  const steps = [{ share: 0.5, minimumSeconds: 1, minimumRequests: 20 }];
  const phases = [
    { mode: 'shadow', candidate: 'new', shadow: { share: 0.5 } },
    { mode: 'canary', candidate: 'new', canary: { steps, guardrails: [{ kind: 'errors', mustPass: false }] } },
    { mode: 'bandit', variants, bandit: { reward: 'picked', epochSeconds: 1, warmUpCells: 20 } },
    { mode: 'interleave', variants, interleave: { depth: 4, idleSeconds: 60 } },
  ];
  await call(url, 'POST', '/api/experiments', {
    key: 'modes',
    slot: 'modes',
    name: 'Four modes',
    metrics: [{ metric: 'picked', role: 'primary' }],
    phases: phases.map((phase) => ({ plan, ...phase })),
  });
  for (const [index] of phases.entries()) {
    await call(url, 'POST', `/api/experiments/modes/${index === 0 ? 'start' : 'advance'}`, {});
    await sleep(1_000);
    for (let visit = 0; visit < 80; visit++) await visitModes(assay, visit);
    await sleep(3_000);
  }
}

async function visitModes(assay: Awaited<ReturnType<typeof Connect>>, visit: number): Promise<void> {
  const unit = `visitor-${visit % 60}`;
  const items = Array.from({ length: 6 }, (_, i) => ({ id: `item-${i}` }));
  const model = async ({ key }: { key: string }) => (key === 'new' ? items.toReversed() : items);
  const ranked = await assay.rank('modes', { unit }, model, { id: (item) => item.id, depth: 4 });
  const [first] = ranked.items;
  if (first && visit % 3 === 0) {
    assay.outcome('pick', { unit, item: first.id, impression: ranked.impression, decision: ranked.decision.id });
  }
  await sleep(5);
}

function reportOf<T>(url: string, key: string, phase = 0): Promise<T> {
  return call(url, 'GET', `/api/experiments/${key}/report?phase=${phase}`);
}

async function call<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, 'Content-Type': 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return JSON.parse(text);
}

async function until(check: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + 180_000; !(await check()); ) {
    if (Date.now() > deadline) throw new Error('waited 180 s in vain');
    await sleep(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}

await main();
