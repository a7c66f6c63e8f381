import { type Assay, connect } from '@assay-ml/sdk';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import { type Report, report as reportShape } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

const UNITS = 150;
const VISITS = 6;

let test: TestServer;
let assay: Assay;
let pool: pg.Pool;

async function post(path: string, body: unknown = {}): Promise<void> {
  const { status, body: answer } = await test.api('POST', path, body);
  if (status >= 300) throw new Error(JSON.stringify(answer));
}

beforeAll(async () => {
  test = await startTestServer();
  pool = new pg.Pool({ connectionString: test.database.url, max: 2 });
  await post('/api/slots', { key: 'fraud', variants: [{ key: 'old' }, { key: 'new' }], champion: 'old' });
  await post('/api/metrics', {
    key: 'chargeback',
    name: 'Charged back',
    kind: 'mean',
    outcome: 'label',
    aggregate: 'sum',
    windowSeconds: 2,
    independentOfAnswer: true,
  });
  await post('/api/experiments', {
    key: 'shadowed',
    slot: 'fraud',
    name: 'Shadowed',
    metrics: [{ metric: 'chargeback', role: 'primary' }],
    phases: [
      {
        mode: 'shadow',
        candidate: 'new',
        plan: { units: 100, latenessSeconds: 1 },
        shadow: {
          share: 1,
          referenceShare: 0.5,
          maxInFlight: 10_000,
          label: 'chargeback',
          compare: { kind: 'number', tolerance: 0.1 },
          gate: { minimumComparisons: 500, agreement: 0.5 },
        },
      },
    ],
  });
  await post('/api/experiments/shadowed/start');
  assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
});
afterAll(async () => {
  await assay.close();
  await pool.end();
  await test.stop();
});

async function readReport(): Promise<Report> {
  return reportShape.parse((await test.api('GET', '/api/experiments/shadowed/report')).body);
}

it('a running service, its comparisons and late labels: the report says what SQL finds in raw events', async () => {
  const random = randomFrom(3);
  for (let i = 0; i < UNITS * VISITS; i++) {
    const unit = `u${i % UNITS}`;
    const truth = random() < 0.4 ? 1 : 0;
    const { decision } = await assay.run('fraud', { unit }, (variant) => {
      if (variant.key === 'new' && i % 25 === 0) throw new Error('the candidate fails');
      const spread = variant.key === 'new' ? 0.1 : 0.5;
      return Math.min(0.95, Math.max(0.05, truth + (random() - 0.5 - (truth - 0.5) * 0.4) * spread));
    });
    assay.outcome('label', { unit, decision: decision.id, value: truth });
  }
  await assay.flush();
  const full = await until(async () => {
    const report = await readReport();
    const shadow = report.delivery?.mode === 'shadow' ? report.delivery : null;
    return shadow && shadow.comparisons === UNITS * VISITS && shadow.labels.open === 0 ? { report, shadow } : null;
  }, 40_000);
  const { rows } = await pool.query<Record<string, number>>(
    `select count(*)::int as n, count(reference)::int as "references", count(distinct unit_id)::int as units,
       avg(case when candidate->>'status' = 'ok' then (measures->>'agree')::boolean::int else 0 end)::float8 as agreement,
       avg((candidate->>'status' <> 'ok')::int)::float8 as errors,
       avg((measures_reference->>'agree')::boolean::int)::float8 as floor
     from comparison`,
  );
  const { report, shadow } = full;
  expect(shadow).toMatchObject({ comparisons: rows[0]?.n, units: UNITS, references: rows[0]?.references });
  expect(shadow.agreement.candidate.estimate).toBeCloseTo(rows[0]?.agreement ?? Number.NaN, 10);
  expect(shadow.agreement.noiseFloor.estimate).toBeCloseTo(rows[0]?.floor ?? Number.NaN, 10);
  expect(shadow.errors.candidate.estimate).toBeCloseTo(rows[0]?.errors ?? Number.NaN, 10);
  const { rows: losses } = await pool.query<{ n: number; difference: number }>(
    `select count(*)::int as n, avg(loss(c.candidate) - loss(c.champion))::float8 as difference
     from (select o.value as label, (c.candidate->>'score')::float8 as candidate, (c.champion->>'score')::float8 as champion
       from comparison c join outcome o on o.unit_id = c.unit_id and o.decision_id = c.decision_id and o.name = 'label'
       where c.candidate ? 'score') c`.replaceAll(
      /loss\((c\.\w+)\)/g,
      '(-ln(case when c.label = 1 then $1 else 1 - $1 end))',
    ),
  );
  const [loss] = shadow.labels.losses;
  expect(shadow.labels).toMatchObject({ status: 'ok', better: 'candidate', scored: losses[0]?.n });
  expect(loss).toMatchObject({ name: 'log_loss' });
  expect(loss?.difference.estimate).toBeCloseTo(losses[0]?.difference ?? Number.NaN, 8);
  expect(shadow.labels.sentence).toMatch(/^The candidate is better than the champion/);
  // 4 % errors where 1 point is allowed are a reason not to go on, whatever the labels say
  expect(report.gate?.limits.find(({ name }) => name === 'errors')?.state).not.toBe('pass');
  expect(report.gate?.state).not.toBe('pass');
  expect(report.verdict.sentence).toContain('the candidate agrees in');
});
