import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPastEffects } from '../../server/analysis/past-effects.ts';
import type { MetricHistory } from '../../server/contract/metric-history-contract.ts';
import type { Surrogate } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const EXPERIMENTS = 12;

/** Concluded experiments as the look job leaves them, and one that still runs. */
async function storePast(): Promise<void> {
  await test.api('POST', '/api/slots', {
    key: 'search',
    variants: [{ key: 'old' }, { key: 'first' }, { key: 'second' }],
    champion: 'old',
  });
  const metric = { outcome: 'buy', windowSeconds: 60, kind: 'mean' };
  await test.api('POST', '/api/metrics', { ...metric, key: 'revenue', name: 'Revenue' });
  await test.api('POST', '/api/metrics', {
    ...metric,
    key: 'clicks',
    name: 'Clicks',
    outcome: 'click',
    proxyFor: 'revenue',
  });
  const { pool } = test.server.services;
  const insert = async (text: string, values: unknown[]) =>
    (await pool.query<{ id: number }>(text, values)).rows[0]?.id;
  const idOf = async (table: string, key: string) =>
    (await pool.query<{ id: number }>(`select id from ${table} where key = $1`, [key])).rows[0]?.id;
  const [slot, clicks, revenue] = [
    await idOf('slot', 'search'),
    await idOf('metric', 'clicks'),
    await idOf('metric', 'revenue'),
  ];
  for (let k = 0; k <= EXPERIMENTS; k++) {
    const [state, at] = [k < EXPERIMENTS ? 'concluded' : 'running', new Date(Date.UTC(2026, 0, 1 + k))];
    const experiment = await insert(
      `insert into experiment (environment_id, slot_id, key, name, state, range_from, range_to, started_at, concluded_at)
       values (1, $1, $2, $2, $3, 0, 1, $4, $4) returning id`,
      [slot, `past-${k}`, state, at],
    );
    const phase = await insert(
      `insert into phase (environment_id, experiment_id, position, mode, assignment, state, salt, plan)
       values (1, $1, 0, 'ab', 'hash', 'ended', $2, '{"design": "group_sequential", "looks": 2}') returning id`,
      [experiment, `salt${k}`],
    );
    for (const [position, variant] of ['first', 'second', 'old'].entries()) {
      await pool.query('insert into phase_variant values ($1, $2, $3, 0.3, $4)', [
        phase,
        await idOf('variant', variant),
        position,
        variant === 'old',
      ]);
    }
    const look = async (metricId: unknown, variant: string, number: number, estimate: number, shared: number | null) =>
      pool.query(
        `insert into look (phase_id, metric_id, comparison, k, at, n_mature, result) values ($1, $2, $3, $4, $5, '{1,1}', $6)`,
        [
          phase,
          metricId,
          await idOf('variant', variant),
          number,
          at,
          { relative: { estimate, standardError: 0.005 }, businessCovariance: shared },
        ],
      );
    const effect = ((k * 7) % EXPERIMENTS) / 100;
    await look(clicks, 'first', 1, 9, null);
    await look(clicks, 'first', 2, effect, 1e-5);
    await look(clicks, 'second', 2, 8, null);
    await look(revenue, 'first', 2, effect / 2 + (k % 2 ? 0.001 : -0.001), null);
  }
}

it('learns from the last look of the first challenger of each concluded experiment, and tells planners', async () => {
  await storePast();
  const past = await readPastEffects(test.server.services.pool, 1);
  const clicks = past.metrics.find((each) => each.key === 'clicks')?.id;
  const effects = past.effects.filter((each) => each.metricId === clicks);
  expect(effects.map((each) => each.experiment)).toEqual(
    Array.from({ length: EXPERIMENTS }, (_, k) => `past-${EXPERIMENTS - 1 - k}`),
  );
  expect(effects.at(-1)).toMatchObject({ estimate: 0, standardError: 0.005, businessCovariance: 1e-5 });
  expect(Math.max(...effects.map((each) => each.estimate))).toBe(0.11);

  const history = await test.api<MetricHistory>('GET', '/api/metrics/clicks/history');
  expect(history.status).toBe(200);
  expect(history.body).toMatchObject({
    metric: 'clicks',
    windowSeconds: 60,
    phases: [],
    prior: { mean: 0, experiments: EXPERIMENTS },
  });
  expect(history.body.effects[0]).toMatchObject({
    experiment: 'past-11',
    estimate: 0.05,
    concludedAt: '2026-01-12T00:00:00.000Z',
  });

  const { body } = await test.api<{ surrogate: Surrogate }>('GET', '/api/metrics/clicks/surrogate');
  expect(body.surrogate).toMatchObject({ status: 'ok', business: 'revenue', experiments: EXPERIMENTS });
  expect(body.surrogate.correlation).toBeGreaterThan(0.9);
  expect((await test.api('GET', '/api/metrics/revenue/surrogate')).body).toEqual({ surrogate: null });
  expect((await test.api('GET', '/api/metrics/nothing/history')).status).toBe(404);
});
