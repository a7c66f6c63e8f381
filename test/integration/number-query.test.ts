import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { NumberQuery } from '../../server/contract/query-contract.ts';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { createTestDatabase } from './database.ts';
import { deliverKinds } from './deliver-kinds.ts';
import { makeKinds } from './metric-kinds-data.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';
import { insertExperiment, insertUnits, makeUnits, PLAN } from './unit-job-data.ts';

const DAY = 86_400_000;

interface Row {
  variant: string;
  units: string;
  value: number | null;
  standard_error: number | null;
  lower?: number | null;
  upper?: number | null;
  theta?: number;
  adjusted_value?: number;
}

interface Subject {
  test: TestServer;
  pool: pg.Pool;
  experiment: string;
}

/** Fills a database before a server is started on it, so that no job sees half of it. */
async function withServer(
  experiment: string,
  fill: (pool: pg.Pool) => Promise<void>,
  use: (subject: Subject) => Promise<void>,
): Promise<void> {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await fill(pool);
  const test = await startTestServer({ DATABASE_URL: database.url });
  try {
    await use({ test, pool, experiment });
  } finally {
    await test.stop();
    await pool.end();
    await database.drop();
  }
}

const ask = async ({ test, experiment }: Subject, query: string) =>
  (await test.api<NumberQuery>('GET', `/api/experiments/${experiment}/query?${query}`)).body;

/** The report, once the job on unit totals has been there. */
const reportOf = ({ test, experiment }: Subject, ready: (report: Report) => boolean) =>
  until(async () => {
    const { body } = await test.api<Report>('GET', `/api/experiments/${experiment}/report`);
    return ready(body) ? body : null;
  }, 30_000);

const close = (got: number | null | undefined, expected: number | null, what: string) => {
  if (expected === null) expect(got, what).toBeNull();
  else {
    const off = Math.abs((got ?? Number.NaN) - expected);
    expect(off, `${what}: ${got} for ${expected}`).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
  }
};

/** Runs the query of a metric as it stands, and compares it with the report. */
async function expectQueryAgrees(subject: Subject, metric: MetricReport): Promise<{ query: NumberQuery; rows: Row[] }> {
  const query = await ask(subject, `metric=${metric.key}`);
  if (query.sql === null) throw new Error(`${metric.key} has no query: ${query.note}`);
  const { rows } = await subject.pool.query<Row>(query.sql);
  const shown = metric.variants;
  expect(rows.map((row) => row.variant).sort()).toEqual(shown.map((each) => each.variant).sort());
  for (const { variant, matureUnits, value, standardError, interval } of shown) {
    const row = rows.find((each) => each.variant === variant);
    const what = `${metric.key} of ${variant}`;
    expect(Number(row?.units), what).toBe(matureUnits);
    expect(matureUnits).toBeGreaterThan(0);
    expect(value, what).not.toBeNull();
    close(row?.value, value, what);
    close(row?.standard_error, standardError, `error of ${what}`);
    if (interval) {
      close(row?.lower, interval.lower, what);
      close(row?.upper, interval.upper, what);
    }
  }
  expect(query.variants.map((each) => each.value)).toEqual(shown.map((each) => each.value));
  return { query, rows };
}

const startedAt = (Math.floor(Date.now() / DAY) - 2) * DAY + 10 * 3_600_000;
const fillKinds = (covariates: { days: number; attributes: string[] } | null) => async (pool: pg.Pool) => {
  await makeKinds(pool, startedAt, { covariates });
  await deliverKinds(pool, 31, startedAt);
};
const computed = ({ metrics }: Report) =>
  metrics.every(({ variants }) => variants.every(({ value }) => value !== null));

describe('the query behind a number', () => {
  it(
    'answers what the report says, for every kind of metric, live and at a look',
    () =>
      withServer('kinds', fillKinds(null), async (subject) => {
        const live = await reportOf(subject, computed);
        const kinds = new Set(live.metrics.map(({ kind }) => kind));
        expect([...kinds].sort()).toEqual(['count', 'mean', 'proportion', 'quantile', 'ratio', 'retention']);
        for (const metric of live.metrics) {
          const { query, rows } = await expectQueryAgrees(subject, metric);
          expect(query).toMatchObject({ source: 'live', phase: 0 });
          expect(Object.keys(rows[0] ?? {})).not.toContain('theta');
        }
        await subject.pool.query(`update phase set plan = plan || '{"units": 100}'`);
        const looked = await reportOf(subject, ({ progress }) => (progress?.looks.taken ?? 0) > 0);
        for (const metric of looked.metrics) {
          const { query } = await expectQueryAgrees(subject, metric);
          expect(query.source).toBe('look');
          expect(query.note).toContain('look 1');
        }
      }),
    90_000,
  );

  it(
    'shows theta where the past of units explains some of the outcome',
    () =>
      withServer('kinds', fillKinds({ days: 2, attributes: [] }), async (subject) => {
        const report = await reportOf(subject, computed);
        let adjusted = 0;
        for (const metric of report.metrics) {
          const { rows } = await expectQueryAgrees(subject, metric);
          const [comparison] = metric.comparisons;
          // A mean of a million million has no digits left for the effect.
          if (!comparison?.adjustment || ['amount', 'mass'].includes(metric.key) || metric.kind === 'ratio') continue;
          const value = (variant: string) => rows.find((row) => row.variant === variant)?.adjusted_value ?? Number.NaN;
          const effect = value(comparison.variant) - value(comparison.control);
          expect(Math.abs(effect - (comparison.difference?.estimate ?? 0)), metric.key).toBeLessThan(
            1e-9 * Math.abs(value('old')),
          );
          expect(Math.abs(effect - comparison.adjustment.unadjusted.estimate), metric.key).toBeGreaterThan(1e-6);
          adjusted += 1;
        }
        expect(adjusted).toBeGreaterThanOrEqual(4);
      }),
    90_000,
  );

  it(
    'counts clusters where units were randomised together, says what it has no query for, and what is not there',
    () =>
      withServer(
        'e',
        async (pool) => {
          const now = Date.now();
          await insertUnits(pool, makeUnits(1_500, 5, now), now);
          // Nothing is left for the roll-up, which would compute the units from their exposures again.
          await pool.query('delete from outcome where value = 1e5');
          await pool.query('update batch set rolled_at = now()');
          await insertExperiment(pool, { ...PLAN, units: 1e6, cluster: 'household' }, 'external', now);
        },
        async (subject) => {
          const report = await reportOf(subject, ({ metrics }) => metrics[0]?.computedAt !== null);
          for (const metric of report.metrics.filter(({ kind }) => kind !== 'rank')) {
            await expectQueryAgrees(subject, metric);
          }
          const rank = await ask(subject, 'metric=rank');
          expect(rank.sql).toBeNull();
          expect(rank.note).toContain('pair by pair');
          const one = await ask(subject, 'metric=spend&variant=new&phase=0');
          const { rows } = await subject.pool.query<Row>(one.sql ?? '');
          expect(rows.map(({ variant }) => variant)).toEqual(['new', 'old']);
          for (const [query, message] of [
            ['metric=none', 'it has "spend"'],
            ['variant=none', 'it has "old", "new", "other"'],
            ['phase=7', 'phases 0 have one'],
          ] as const) {
            const { status, body } = await subject.test.api<{ error: { message: string } }>(
              'GET',
              `/api/experiments/e/query?${query}`,
            );
            expect(status).toBe(404);
            expect(body.error.message).toContain(message);
          }
        },
      ),
    90_000,
  );
});
