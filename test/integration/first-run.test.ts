import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { checkCalls } from '../../server/rollup/check-calls.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const client = () => connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
const query = async <T>(sql: string, values: unknown[] = []) =>
  (await test.server.services.pool.query(sql, values)).rows as T[];

it('takes an experiment from decision to final look, with the numbers of a direct count', async () => {
  await draftExperiment(test, { key: 'road', windowSeconds: 2, plan: { units: 500 } });
  await test.api('POST', '/api/experiments/road/start');
  const assay = await client();
  let failed = 0;
  for (let i = 0; i < 600; i++) {
    const unit = `unit-${i}`;
    try {
      const { value, decision } = await assay.run('road', { unit }, async ({ key }) => {
        if (i % 50 === 0) throw new Error('model down');
        return key;
      });
      expect(decision.reason).toBe('assigned');
      expect(value).toBe(decision.variant);
      if (i % (value === 'new' ? 2 : 4) === 0) assay.outcome('road-click', { unit, decision: decision.id });
    } catch (error) {
      expect((error as Error).message).toBe('model down');
      failed += 1;
    }
  }
  expect(await assay.flush()).toEqual({ delivered: true });

  const live = await reportOf('road');
  expect(live.verdict.kind).toBe('keep_running');
  expect(live.metrics[0]?.comparisons[0]).toMatchObject({ pValue: null, significant: null, lookAt: null });
  expect(live.metrics[0]?.comparisons[0]?.status).not.toBe('final');

  // Cohorts are minutes here: everything is mature a minute, the window and no lateness later.
  const final = await until(async () => {
    const report = await reportOf('road');
    return report.progress?.lookAt ? report : null;
  }, 90_000);
  const direct = await query<{ key: string; units: number; clicked: number }>(
    `select v.key, count(distinct e.unit_id)::int as units,
       count(distinct o.unit_id)::int as clicked
     from exposure e join variant v on v.id = e.variant_id
     left join outcome o on o.unit_id = e.unit_id and o.name = 'road-click' and o.at >= e.at
     where e.phase_id = $1 group by 1`,
    [final.phase?.id],
  );
  for (const { key, units, clicked } of direct) {
    const arm = final.metrics[0]?.variants.find((each) => each.variant === key);
    expect(arm?.matureUnits).toBe(units);
    expect(arm?.value).toBeCloseTo(clicked / units, 12);
    expect(final.variants.find((each) => each.variant === key)?.units).toBe(units);
  }
  const comparison = final.metrics[0]?.comparisons[0];
  expect(comparison?.status).toBe('final');
  expect(comparison?.pValue).toBeGreaterThan(0);
  expect(comparison?.significant).toBe((comparison?.adjustedPValue ?? 1) < 0.05);
  const calls = final.variants.map((each) => each.calls);
  expect(calls.reduce((sum, each) => sum + (each?.made ?? 0), 0)).toBe(600);
  expect(calls.reduce((sum, each) => sum + (each?.errors ?? 0), 0)).toBe(failed);
  expect(failed).toBe(12);

  // What a look said stays, whatever comes later.
  for (let i = 600; i < 700; i++) assay.decide('road', { unit: `unit-${i}` });
  await assay.close();
  await until(async () => (await reportOf('road')).variants.reduce((sum, each) => sum + each.units, 0) === 700);
  const later = await reportOf('road');
  expect(later.metrics[0]?.comparisons).toEqual(final.metrics[0]?.comparisons);
  expect(later.metrics[0]?.variants.map((each) => each.matureUnits)).toEqual(
    final.metrics[0]?.variants.map((each) => each.matureUnits),
  );
}, 120_000);

it('counts a call whose record never came as an error, once', async () => {
  await draftExperiment(test, { key: 'crash', windowSeconds: 3600, plan: { units: 500 } });
  await test.api('POST', '/api/metrics', {
    key: 'crash-errors',
    name: 'Failed',
    kind: 'proportion',
    outcome: 'assay.error',
    windowSeconds: 3600,
    direction: 'decrease',
  });
  const body = {
    key: 'crash-2',
    slot: 'crash',
    name: 'crash',
    metrics: [{ metric: 'crash-errors', role: 'primary' }],
    phases: [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 10 },
      },
    ],
  };
  expect((await test.api('POST', '/api/experiments', body)).status).toBe(201);
  await test.api('POST', '/api/experiments/crash-2/start');
  const assay = await client();
  const never = new Promise<string>(() => undefined);
  for (let i = 0; i < 20; i++) {
    // Half of the processes die in the middle of the call: their exposure is out, their record never comes.
    const call = assay.run('crash', { unit: `u${i}` }, () => (i < 10 ? never : Promise.resolve('ok')));
    if (i >= 10) await call;
  }
  await assay.flush();
  await until(async () => (await reportOf('crash-2')).variants.reduce((sum, each) => sum + each.units, 0) === 20);
  const late = new Date(Date.now() + 121_000);
  await until(async () => ((await checkCalls(test.server.services.pool, late)) ?? 0) === 10);
  expect(await checkCalls(test.server.services.pool, new Date(late.getTime() + 1000))).toBe(0);
  const report = await until(async () => {
    const now = await reportOf('crash-2');
    return now.variants.reduce((sum, each) => sum + (each.calls?.missing ?? 0), 0) === 10 ? now : null;
  });
  const errors = report.metrics[0]?.variants.reduce((sum, each) => sum + (each.soFar ?? 0) * each.openUnits, 0);
  expect(errors).toBeCloseTo(10, 9);
  expect(report.health.find((each) => each.check === 'calls')?.status).toBe('warning');
  await assay.close(100);
}, 60_000);

it('sets units aside that were seen in two variants, counts them, and raises the alarm above 1 %', async () => {
  await draftExperiment(test, { key: 'mixed', windowSeconds: 1 });
  const { body } = await test.api<{ phases: { id: number }[] }>('POST', '/api/experiments/mixed/start');
  const exposure = (unit: string, variant: string) => ({
    type: 'exposure',
    unit,
    slot: 'mixed',
    phase: body.phases[0]?.id,
    step: 1,
    variant,
    at: Date.now(),
    decision: `${unit}-${variant}`,
    propensity: 0.5,
    ruleset: 1,
    source: 'hash',
  });
  const events = [];
  for (let i = 0; i < 50; i++) events.push(exposure(`u${i}`, i % 2 ? 'new' : 'old'));
  events.push(exposure('u0', 'new'), exposure('u1', 'old'));
  const { uuid7 } = await import('@assay-ml/sdk');
  const response = await fetch(`${test.url}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${test.sdkKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ batch: uuid7(Date.now()), events }),
  });
  expect([response.status, await response.json()]).toEqual([202, { accepted: 52, rejected: [] }]);
  const report = await until(async () => {
    const now = await reportOf('mixed');
    return now.variants.reduce((sum, each) => sum + each.mixedUnits, 0) === 2 ? now : null;
  }, 30_000);
  expect(report.variants.reduce((sum, each) => sum + each.units, 0)).toBe(50);
  expect(report.metrics[0]?.variants.reduce((sum, each) => sum + each.openUnits + each.matureUnits, 0)).toBe(48);
  expect(report.health.find((each) => each.check === 'mixed_units')?.status).toBe('alarm');
  expect(report.verdict.kind).toBe('invalid');
}, 60_000);

it('gives no conclusion for an experiment that was stopped before its planned end', async () => {
  await draftExperiment(test, { key: 'early', windowSeconds: 1, plan: { units: null, durationSeconds: 3600 } });
  await test.api('POST', '/api/experiments/early/start');
  const assay = await client();
  for (let i = 0; i < 50; i++) assay.decide('early', { unit: `u${i}` });
  await assay.close();
  await test.api('POST', '/api/experiments/early/conclude');
  const report = await until(async () => {
    const now = await reportOf('early');
    return now.variants.reduce((sum, each) => sum + each.units, 0) === 50 ? now : null;
  });
  expect(report.verdict).toMatchObject({
    kind: 'insufficient',
    sentence: expect.stringMatching(/^Stopped before its last planned look/),
  });
  expect(report.progress?.lookAt).toBeNull();
}, 60_000);

it('takes exactly one look, at the planned time, when several processes try', async () => {
  const { takeDueLooks } = await import('../../server/analysis/look-job.ts');
  await draftExperiment(test, { key: 'once', windowSeconds: 1, plan: { units: null, durationSeconds: 1 } });
  await test.api('POST', '/api/experiments/once/start');
  const late = new Date(Date.now() + 5_000);
  const { pool } = test.server.services;
  await Promise.all(Array.from({ length: 6 }, () => takeDueLooks(pool, late)));
  const rows = await until(async () => {
    const found = await query<{ k: number }>(
      `select l.k from look l join phase p on p.id = l.phase_id join experiment e on e.id = p.experiment_id where e.key = 'once'`,
    );
    if (found.length === 0) await takeDueLooks(pool, late);
    return found.length > 0 ? found : null;
  });
  expect(rows).toHaveLength(1);
  expect((await reportOf('once')).verdict.kind).toBe('insufficient');
}, 60_000);
