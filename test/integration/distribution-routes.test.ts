import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Distribution, ReSplitReport } from '../../server/contract/distribution-contract.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { insertExperiment, insertUnits, makeUnits, PLAN, type TestUnit } from './unit-job-data.ts';

let test: TestServer;
let pool: pg.Pool;
let units: TestUnit[];

beforeAll(async () => {
  test = await startTestServer();
  pool = new pg.Pool({ connectionString: test.database.url, max: 2 });
  const now = Date.now();
  const made = makeUnits(4_500, 3, now);
  await insertUnits(pool, made, now);
  await pool.query('delete from outcome where value = 1e5'); // the server rolls up what was to wait
  await insertExperiment(pool, PLAN, 'hash', now);
  units = made.filter((each) => each.not === null);
  await vi.waitFor(async () => {
    // the server's own job finds the phase
    if ((await ask<Distribution>('distribution')).body.computedAt === null) throw new Error('not computed yet');
  }, 30_000);
});
afterAll(async () => {
  await pool.end();
  await test.stop();
});

const ask = <T = { error: { code: string; message: string } }>(path: string) =>
  test.api<T>('GET', `/api/experiments/e/${path}`);

describe('the distribution of a metric', () => {
  it('counts every mature unit once, with share at zero and extremes', async () => {
    const { status, body } = await ask<Distribution>('distribution?metric=spend');
    expect(status).toBe(200);
    expect(body).toMatchObject({ metric: 'spend', phase: 0, values: 'unit' });
    for (const [place, variant] of [1, 2, 3].entries()) {
      const values = units.filter((each) => each.variant === variant).map((each) => each.spend ?? 0);
      expect(body.variants[place]).toEqual({
        variant: ['old', 'new', 'other'][place],
        count: values.length,
        shareAtZero: values.filter((each) => each === 0).length / values.length,
        min: Math.min(...values),
        max: Math.max(...values),
      });
      const inBars = body.bars.map((bar) => [bar.values[place], values.filter((x) => x > bar.lower && x <= bar.upper)]);
      for (const [n, own] of inBars) expect(n).toBe((own as number[]).length);
    }
    expect(body.bars.length).toBeGreaterThan(20);
    expect(body.bars.length).toBeLessThanOrEqual(60);
  });

  it('of a quantile is that of single outcomes', async () => {
    const { body } = await ask<Distribution>('distribution?metric=latency');
    const own = units.filter((each) => each.variant === 2).flatMap((each) => each.latencies);
    expect(body.values).toBe('outcome');
    expect(body.variants[1]).toEqual({ variant: 'new', count: own.length, shareAtZero: 0, min: null, max: null });
  });

  it('says what it cannot draw', async () => {
    expect(await ask('distribution?metric=bought')).toMatchObject({
      status: 409,
      body: { error: { message: /0 or 1/ } },
    });
    const { status, body } = await ask('distribution?metric=none');
    expect(status).toBe(404);
    expect(body.error.message).toContain('it has "spend", "bought"');
  });
});

describe('A/A re-splits', () => {
  it('find as many false positives as promised, the same for one seed', async () => {
    for (const metric of ['spend', 'bought']) {
      const { status, body } = await ask<ReSplitReport>(`a-a?metric=${metric}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'ok', splits: 1_000, level: 0.95 });
      expect(body.rate).toBe((body.rejected ?? 0) / 1_000);
      expect(body.rate).toBeGreaterThan(0.005);
      expect(body.rate).toBeLessThan(0.12);
      expect(body.sentence).toMatch(/^The test found two halves of the control different in \d+(\.\d)? % of 1,000/);
      expect((await ask<ReSplitReport>(`a-a?metric=${metric}&seed=1`)).body.rejected).toBe(body.rejected);
      expect((await ask<ReSplitReport>(`a-a?metric=${metric}&seed=2`)).body.rejected).not.toBe(body.rejected);
    }
  });

  it('are of the phase that is asked for', async () => {
    const [named, current] = [await ask<ReSplitReport>('a-a?phase=0'), await ask<ReSplitReport>('a-a')];
    expect(named).toEqual(current);
    expect(await ask('a-a?phase=7')).toMatchObject({ status: 404, body: { error: { message: /it has 0\.$/ } } });
  });

  it('say what they cannot split', async () => {
    expect((await ask('a-a?metric=rank')).status).toBe(409);
    expect((await ask('a-a?metric=capped')).status).toBe(409);
    expect(await ask('a-a?seed=x')).toMatchObject({ status: 400, body: { error: { message: /whole number/ } } });
  });
});
