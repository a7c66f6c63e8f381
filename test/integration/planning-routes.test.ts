import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MetricUses } from '../../server/contract/metric-use-contract.ts';
import type { SlotTraffic } from '../../server/contract/slot-traffic-contract.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

const UNITS = 60;
let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
  await draftExperiment(test, { key: 'shop' });
});
afterAll(() => test.stop());

const trafficOf = async (slot: string) => {
  const { status, body } = await test.api<SlotTraffic>('GET', `/api/slots/${slot}/traffic`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.traffic;
};
const usesOf = async (metric: string) => (await test.api<MetricUses>('GET', `/api/metrics/${metric}/uses`)).body.uses;

it('a metric names the experiments that measure it, with role, state and phases that started', async () => {
  const { status } = await test.api('POST', '/api/metrics', {
    key: 'unused',
    name: 'Unused',
    kind: 'count',
    outcome: 'x',
    windowSeconds: 60,
  });
  expect(status).toBe(201);
  expect(await usesOf('unused')).toEqual([]);
  const drafted = {
    experiment: 'shop',
    experimentName: 'Experiment shop',
    slot: 'shop',
    role: 'primary',
    margin: null,
  };
  expect(await usesOf('shop-clicked')).toEqual([{ ...drafted, state: 'draft', phases: [] }]);

  await test.api('POST', '/api/experiments/shop/start');
  const [use] = await usesOf('shop-clicked');
  expect(use).toMatchObject({ ...drafted, state: 'running', phases: [{ position: 0, mode: 'ab', endedAt: null }] });

  const { status: missing, body } = await test.api<{ error: { message: string } }>('GET', '/api/metrics/none/uses');
  expect(missing).toBe(404);
  expect(body.error.message).toBe('There is no metric "none". List them with GET /api/metrics.');
});

it('the traffic of a slot is what its latest phase met, of the part that it might use, without its pauses', async () => {
  const problems: string[] = [];
  const assay = await connect({
    url: test.url,
    key: test.sdkKey,
    flushEveryMs: 60_000,
    onError: ({ message }) => void problems.push(message),
  });
  for (let i = 0; i < UNITS; i++) assay.decide('shop', { unit: `u${i}` });
  await assay.close();
  expect(problems).toEqual([]);
  const { pool } = test.server.services;
  await until(async () => {
    const { rows } = await pool.query<{ n: string }>('select sum(fresh) as n from unit_count where segment_id = 0');
    return Number(rows[0]?.n) === UNITS;
  });
  expect(await trafficOf('shop'), 'it has run for seconds').toBeNull();

  // Three days ago, of which it rested for one; and only half of the layer was its own.
  await pool.query(
    `update phase set started_at = now() - interval '3 days', pauses = jsonb_build_array(jsonb_build_object(
       'from', now() - interval '2 days', 'to', now() - interval '1 day'))`,
  );
  await pool.query('update experiment set range_to = 0.5');
  const traffic = await trafficOf('shop');
  expect(traffic).toMatchObject({ experiment: 'shop', phase: 0, units: UNITS, share: 0.5, targeted: false });
  expect(traffic?.days).toBeCloseTo(2, 2);
  expect(traffic?.unitsPerDay).toBeCloseTo(UNITS, 0);

  expect((await test.api('GET', '/api/slots/none/traffic')).status).toBe(404);
});
