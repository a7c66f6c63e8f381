import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import { type Report, report as reportShape } from '../../server/contract/report-contract.ts';
import type { ServiceTally } from './five-modes-client.ts';
import { expectAb, expectBandit, expectCanary, expectInterleave, expectShadow } from './five-modes-counts.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

/** One slot through all five modes, with one running service process that is never told. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'new-ranker';
let test: TestServer;
let service: ChildProcess;

beforeAll(async () => {
  test = await startTestServer();
});
afterAll(async () => {
  service?.kill();
  await test?.stop();
});

const reportOf = async (phase?: number) =>
  (await test.api<Report>('GET', `/api/experiments/${KEY}/report${phase === undefined ? '' : `?phase=${phase}`}`)).body;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function post(path: string, body: unknown = {}): Promise<Experiment> {
  const answer = await test.api<Experiment>('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const move = (transition: string, body?: unknown) => post(`/api/experiments/${KEY}/${transition}`, body);

async function number(sql: string, values: unknown[] = []): Promise<number> {
  const { rows } = await test.server.services.pool.query<{ n: string | number | null }>(sql, values);
  return Number(rows[0]?.n);
}

const PHASES = [
  { mode: 'shadow', candidate: 'new', shadow: { share: 0.5, referenceShare: 0.3, gate: { minimumComparisons: 20 } } },
  {
    mode: 'canary',
    candidate: 'new',
    canary: {
      steps: [
        { share: 0.1, minimumSeconds: 1, minimumRequests: 20 },
        { share: 0.3, minimumSeconds: 1, minimumRequests: 20 },
        { share: 0.5, minimumSeconds: 1, minimumRequests: 20 },
      ],
      guardrails: [{ kind: 'errors', mustPass: false }],
    },
  },
  {
    mode: 'ab',
    split: [
      { variant: 'new', weight: 0.5 },
      { variant: 'old', weight: 0.5 },
    ],
    plan: { units: 300, latenessSeconds: 1 },
  },
  { mode: 'bandit', variants: ['new', 'old'], bandit: { reward: 'clicked', epochSeconds: 1, warmUpCells: 20 } },
  { mode: 'interleave', variants: ['new', 'old'], interleave: { depth: 4, idleSeconds: 60 } },
];

async function draft(): Promise<void> {
  await post('/api/slots', {
    key: 'feed',
    output: 'ranking',
    variants: [{ key: 'old' }, { key: 'new' }],
    champion: 'old',
  });
  await post('/api/metrics', {
    key: 'clicked',
    name: 'Clicked',
    kind: 'proportion',
    outcome: 'click',
    windowSeconds: 1,
  });
  const plan = { latenessSeconds: 1, durationSeconds: 3600 };
  await post('/api/experiments', {
    key: KEY,
    slot: 'feed',
    name: 'A new ranker',
    segments: ['device'],
    metrics: [{ metric: 'clicked', role: 'primary' }],
    phases: PHASES.map((phase) => ({ plan, ...phase })),
  });
}

async function startService(): Promise<void> {
  const args = ['--conditions=@assay-ml/source', '--import', 'tsx', 'test/integration/five-modes-client.ts'];
  service = spawn(process.execPath, [...args, test.url, test.sdkKey, 'feed'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await new Promise((resolve) => service.once('message', resolve));
}

function stopService(): Promise<ServiceTally> {
  const told = new Promise<ServiceTally>((resolve) =>
    service.once('message', (tally) => resolve(tally as ServiceTally)),
  );
  service.send('stop');
  return told;
}

it('takes one slot through shadow, canary, A/B, bandit and interleaving while one service runs on', async () => {
  await draft();
  await startService();
  await move('start');
  await until(async () => {
    const { delivery } = await reportOf();
    return delivery?.mode === 'shadow' && delivery.comparisons >= 100;
  }, 60_000);

  await move('advance');
  await until(async () => {
    const { delivery } = await reportOf();
    return delivery?.mode === 'canary' && delivery.decision.kind === 'finish';
  }, 60_000);

  await move('advance');
  // Its one look comes when a minute's cohort is mature, while the next phase runs.
  await until(async () => (await reportOf()).variants.reduce((sum, each) => sum + each.units, 0) >= 400, 60_000);

  await move('advance');
  await until(async () => ((await reportOf()).phase?.step ?? 0) >= 8, 60_000);
  await move('pause');
  await pause(500);
  await move('resume');

  await move('advance');
  await pause(4_000);
  await move('conclude', { promote: 'new' });
  await pause(1_500);
  const tally = await stopService();
  await until(async () => (await number('select count(*) as n from batch where rolled_at is null')) === 0);

  await nothingLostOrDoubled(tally);
  // Without a restart it served the new champion in the end.
  expect(tally.decisions['none:new']).toBeGreaterThan(0);
  await everyReportIsRight();
}, 400_000);

/** What the service says it sent is what the tables hold, each event once. */
async function nothingLostOrDoubled(tally: ServiceTally): Promise<void> {
  const { visits, counters, delivered, failures } = tally;
  expect({ failures, delivered, queued: counters.queued, dropped: counters.dropped }).toEqual({
    failures: 0,
    delivered: true,
    queued: 0,
    dropped: {},
  });
  expect(visits).toBeGreaterThan(1000);
  const stored = await number(
    `select (select count(*) from exposure) + (select count(*) from impression) + (select count(*) from comparison)
       + (select count(*) from outcome where properties->>'status' is distinct from 'missing') as n`,
  );
  expect(stored).toBe(counters.sent);
  for (const [table, id] of [
    ['exposure', 'decision_id'],
    ['impression', 'impression_id'],
    ['comparison', 'decision_id'],
  ]) {
    expect(await number(`select count(*) - count(distinct ${id}) as n from ${table}`)).toBe(0);
  }
  expect(await number(`select count(*) as n from outcome where name = 'click'`)).toBe(tally.clicks);
  expect(await number(`select count(*) as n from outcome where properties->>'status' = 'missing'`)).toBe(0);
}

const COUNTS = [expectShadow, expectCanary, expectAb, expectBandit, expectInterleave];

/** Results are summed some seconds after the last window has closed. */
async function everyReportIsRight(): Promise<void> {
  for (const [phase, expectCounts] of COUNTS.entries()) {
    const deadline = Date.now() + 90_000;
    for (;;) {
      const report = await reportOf(phase);
      reportShape.parse(report);
      try {
        await expectCounts(test.server.services.pool, report);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await pause(500);
      }
    }
  }
}
