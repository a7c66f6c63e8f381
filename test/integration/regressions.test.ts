import { connect, uuid7 } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { caller, draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const unitsOf = async (key: string) => {
  const { body } = await test.api<Report>('GET', `/api/experiments/${key}/report`);
  return body.variants.reduce((sum, each) => sum + each.units, 0);
};

it.each([
  ['text', 'checkout'],
  ['a huge number', 1e15],
  ['a fraction', 1.5],
  ['a boolean', true],
  ['nothing', undefined],
])('a call record that names %s as its phase does not hold up the roll-up of others', async (_, phase) => {
  const key = `poison-${uuid7(Date.now())}`;
  await draftExperiment(test, { key });
  await test.api('POST', `/api/experiments/${key}/start`);
  const properties = { status: 'ok', variant: 'new', served: 'new', ...(phase === undefined ? {} : { phase }) };
  const events = ['assay.ms', 'assay.error'].map((name) => ({
    type: 'outcome',
    unit: 'u1',
    name,
    at: Date.now(),
    properties,
  }));
  const response = await fetch(`${test.url}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${test.sdkKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ batch: uuid7(Date.now()), events }),
  });
  expect(response.status).toBe(202);
  const assay = await connect({ url: test.url, key: test.sdkKey });
  for (let i = 0; i < 5; i++) assay.decide(key, { unit: `u${i}` });
  await assay.close();
  await until(async () => (await unitsOf(key)) === 5);
});

it('gives an external phase its look when the next phase takes over', async () => {
  const split = [
    { variant: 'new', weight: 0.5 },
    { variant: 'old', weight: 0.5 },
  ];
  await draftExperiment(test, {
    key: 'handover',
    phase: { assignment: 'external', plan: {}, startedAt: new Date(Date.now() - 3600_000).toISOString() },
  });
  const body = {
    key: 'handover-2',
    slot: 'handover',
    name: 'two phases',
    metrics: [{ metric: 'handover-clicked', role: 'primary' }],
    phases: [
      { assignment: 'external', split, startedAt: new Date(Date.now() - 3600_000).toISOString() },
      { split, plan: { units: 10 } },
    ],
  };
  expect((await test.api('POST', '/api/experiments', body)).status).toBe(201);
  await test.api('POST', '/api/experiments/handover-2/start');
  const assay = await connect({ url: test.url, key: test.sdkKey });
  const at = Date.now() - 1800_000;
  for (let i = 0; i < 40; i++) assay.exposure('handover', { unit: `u${i}`, variant: i % 2 ? 'new' : 'old', at });
  for (let i = 0; i < 20; i++) assay.outcome('handover-click', { unit: `u${i}`, at: at + 500 });
  await assay.close();
  expect((await test.api('POST', '/api/experiments/handover-2/advance')).status).toBe(200);
  const { pool } = test.server.services;
  const look = await until(async () => {
    const { rows } = await pool.query('select n_mature from look');
    return rows[0];
  });
  expect(look.n_mature.map(Number)).toEqual([20, 20]);
});

it('keeps champion and control together: no start against an old champion, no promotion under a running experiment', async () => {
  await draftExperiment(test, { key: 'drift' });
  expect((await test.api('PUT', '/api/slots/drift/champion', { champion: 'new' })).status).toBe(200);
  const start = await test.api<{ error: { message: string } }>('POST', '/api/experiments/drift/start');
  expect(start.status).toBe(409);
  expect(start.body.error.message).toContain('The champion of "drift" is now "new"');

  await test.api('PUT', '/api/slots/drift/champion', { champion: 'old' });
  const halves = [
    { from: 0, to: 0.5 },
    { from: 0.5, to: 1 },
  ];
  for (const [i, range] of halves.entries()) {
    const phases = [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 10 },
      },
    ];
    const metrics = [{ metric: 'drift-clicked', role: 'primary' }];
    await test.api('POST', '/api/experiments', {
      key: `drift-${i}`,
      slot: 'drift',
      name: 'half',
      range,
      metrics,
      phases,
    });
    expect((await test.api('POST', `/api/experiments/drift-${i}/start`)).status).toBe(200);
  }
  const promoted = await test.api<{ error: { message: string } }>('POST', '/api/experiments/drift-0/conclude', {
    promote: 'new',
  });
  expect(promoted.status).toBe(409);
  expect((await test.api('GET', '/api/slots/drift')).body.champion).toBe('old');
  expect((await test.api('POST', '/api/experiments/drift-0/conclude')).status).toBe(200);
  expect((await test.api('POST', '/api/experiments/drift-1/conclude', { promote: 'new' })).status).toBe(200);
  expect((await test.api('GET', '/api/slots/drift')).body.champion).toBe('new');
});

it('ends the sessions of a key that is revoked', async () => {
  const key = await test.api<{ id: number; secret: string }>('POST', '/api/keys', { kind: 'admin', name: 'leaver' });
  const signedIn = await fetch(`${test.url}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key: key.body.secret }),
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect((await caller(test.url, test.adminKey)('DELETE', `/api/keys/${key.body.id}`)).status).toBe(200);
  expect((await fetch(`${test.url}/api/session`, { headers: { Cookie: cookie } })).status).toBe(401);
});

it('lets one of several transitions at once win and refuses the others', async () => {
  await draftExperiment(test, { key: 'race' });
  const split = [
    { variant: 'new', weight: 0.5 },
    { variant: 'old', weight: 0.5 },
  ];
  const metrics = [{ metric: 'race-clicked', role: 'primary' }];
  for (let i = 0; i < 4; i++) {
    const key = `race-${i}`;
    const phases = [
      { split, plan: { units: 10 } },
      { split, plan: { units: 10 } },
    ];
    await test.api('POST', '/api/experiments', { key, slot: 'race', name: 'race', metrics, phases });
    const starts = await Promise.all(
      Array.from({ length: 4 }, () => test.api('POST', `/api/experiments/${key}/start`)),
    );
    expect(starts.map((each) => each.status).sort()).toEqual([200, 409, 409, 409]);
    const moves = ['conclude', 'advance', 'pause', 'conclude', 'resume', 'advance'];
    await Promise.all(moves.map((move) => test.api('POST', `/api/experiments/${key}/${move}`)));
    await test.api('POST', `/api/experiments/${key}/conclude`);
    const { body } = await test.api<{ state: string; phases: { state: string }[] }>('GET', `/api/experiments/${key}`);
    expect(body.state).toBe('concluded');
    expect(body.phases.map((each) => each.state)).not.toContain('running');
  }
});

it('counts a missing call against short windows too, and keeps every digit beside one wild value', async () => {
  const { pool } = test.server.services;
  await draftExperiment(test, { key: 'digits', windowSeconds: 3600 });
  const metric = { kind: 'mean', outcome: 'spend', windowSeconds: 3600 };
  await test.api('POST', '/api/metrics', { key: 'digits-spend', name: 'Spend', ...metric });
  await test.api('POST', '/api/metrics', {
    key: 'digits-failed',
    name: 'Failed',
    kind: 'proportion',
    outcome: 'assay.error',
    windowSeconds: 5,
  });
  const body = {
    key: 'digits-2',
    slot: 'digits',
    name: 'digits',
    metrics: [
      { metric: 'digits-spend', role: 'primary' },
      { metric: 'digits-failed', role: 'guardrail' },
    ],
    phases: [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 1000, latenessSeconds: 0 },
      },
    ],
  };
  expect((await test.api('POST', '/api/experiments', body)).status).toBe(201);
  await test.api('POST', '/api/experiments/digits-2/start');
  const assay = await connect({ url: test.url, key: test.sdkKey });
  assay.outcome('spend', { unit: 'u0', value: 1e15 });
  for (let i = 0; i < 100; i++) {
    assay.decide('digits', { unit: `u${i}` });
    assay.outcome('spend', { unit: `u${i}`, value: i === 0 ? 1e15 : 0.1 + i / 1000 });
  }
  await assay.close();
  const report = await until(async () => {
    const now = await test.api<Report>('GET', '/api/experiments/digits-2/report');
    const units = now.body.variants.reduce((sum, each) => sum + each.units, 0);
    return units === 100 && now.body.health.find((each) => each.check === 'pending')?.numbers.waitingBatches === 0
      ? now.body
      : null;
  });
  expect(report.metrics[1]?.latenessSeconds).toBe(60 + 120);
  const { rows } = await pool.query(
    `select variant_id, count(*) filter (where unit_id <> 'u0')::int as n, sum(value) filter (where unit_id <> 'u0') as total,
       bool_or(unit_id = 'u0') as wild from unit_state u join unit_total t using (unit_id, phase_id, step)
     where u.phase_id = $1 and t.measure_id = (select measure_id from metric where key = 'digits-spend') group by 1`,
    [report.phase?.id],
  );
  const quiet = rows.find((row) => !row.wild);
  const arm = report.metrics[0]?.variants.find((each) => Math.abs(each.soFar ?? 0) < 1);
  expect(arm?.soFar).toBeCloseTo(quiet.total / quiet.n, 12);
});
