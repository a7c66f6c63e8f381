import { readFileSync } from 'node:fs';
import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readReportRows } from '../../server/analysis/report-store.ts';
import { metricKind } from '../../server/contract/metric-contract.ts';
import { databaseOf } from '../../server/db/database.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
  await draftExperiment(test, { key: 'shop' });
  const mean = { name: 'M', kind: 'mean', outcome: 'buy', windowSeconds: 3600 };
  const metrics = [
    { ...mean, key: 'spend' },
    { ...mean, key: 'books', filter: { category: 'book', gift: false }, aggregate: 'count' },
    { ...mean, key: 'capped', cap: { lower: 2, upper: 10 }, proxyFor: 'spend' },
    { ...mean, key: 'basket', kind: 'ratio', denominator: { outcome: 'buy', aggregate: 'count' } },
  ];
  for (const metric of metrics) {
    const { status, body } = await test.api('POST', '/api/metrics', metric);
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
});
afterAll(() => test.stop());

async function draft(key: string, extra: object, plan: object): Promise<void> {
  const split = [
    { variant: 'new', weight: 0.5 },
    { variant: 'old', weight: 0.5 },
  ];
  const { status, body } = await test.api('POST', '/api/experiments', {
    key,
    slot: 'shop',
    name: key,
    metrics: ['spend', 'books', 'capped', 'basket'].map((metric) => ({ metric, role: 'primary' })),
    phases: [{ split, plan: { units: 100, ...plan } }],
    ...extra,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
}

const query = async (sql: string, ...values: unknown[]) => (await test.server.services.pool.query(sql, values)).rows;

async function rowsOf(key: string) {
  const { pool } = test.server.services;
  const row = await findExperiment(databaseOf(pool), 1, key);
  const phase = row?.phases[0];
  if (!row || !phase) throw new Error(`no experiment ${key}`);
  return { row, phase, rows: await readReportRows(pool, phase, new Date()) };
}

it('counts through filters, caps and ratios as the metric was defined, by segment too', async () => {
  await draft('filters', { segments: ['country'] }, { covariates: { days: 3, attributes: ['score'] } });
  const kept = await query('select measure_id from day_measure order by 1');
  const measures = await query(
    'select distinct m.id from measure m join metric on measure_id = m.id or denominator_id = m.id where outcome = $1 order by 1',
    'buy',
  );
  expect(kept.map((each) => each.measure_id)).toEqual(measures.map((each) => each.id));

  await test.api('POST', '/api/experiments/filters/start');
  const assay = await connect({ url: test.url, key: test.sdkKey });
  const units = Array.from({ length: 30 }, (_, i) => `u${i}`);
  for (const [i, unit] of units.entries()) {
    assay.decide('shop', { unit, attributes: { country: i % 3 === 0 ? 'AT' : 'NO', score: i, unasked: 1 } });
    if (i % 2) continue;
    assay.outcome('buy', { unit, value: i, properties: { category: 'book', gift: false, shelf: 7 } });
    assay.outcome('buy', { unit, value: 1, properties: { category: 'book', gift: true } });
    assay.outcome('buy', { unit, value: 1, properties: { category: 'film', gift: false } });
    assay.outcome('buy', { unit, value: 1 });
  }
  await assay.close();
  const { row, phase, rows } = await until(async () => {
    const now = await rowsOf('filters');
    const counted = now.rows.counts.reduce((sum, each) => sum + each.units, 0);
    return counted === 30 && now.rows.pending.batches === 0 ? now : null;
  });
  const sumOf = (key: string) => {
    const id = row.metrics.find((each) => each.key === key)?.measureId;
    return rows.measures.filter((each) => each.measureId === id).reduce((sum, each) => sum + each.sum, 0);
  };
  const spend = units.map((_, i) => (i % 2 ? 0 : i + 3));
  expect(sumOf('spend')).toBe(spend.reduce((a, b) => a + b));
  expect(sumOf('books')).toBe(15);
  expect(sumOf('capped')).toBe(spend.map((each) => Math.min(10, Math.max(2, each))).reduce((a, b) => a + b));
  // Beyond the limits: every other unit has 0, below 2; of the rest those with more than 10.
  const clipped = row.metrics.find((each) => each.key === 'capped')?.measureId;
  expect(rows.measures.filter((each) => each.measureId === clipped).reduce((sum, each) => sum + each.capped, 0)).toBe(
    spend.filter((each) => each < 2 || each > 10).length,
  );
  const bought = row.metrics.find((each) => each.key === 'basket')?.denominatorId;
  expect(rows.measures.filter((each) => each.measureId === bought).reduce((sum, each) => sum + each.sum, 0)).toBe(60);
  // Every exposure carries what was asked for and nothing else; a unit never seen before has no known past.
  const states = await query('select unit_id, segment, covariate from unit_state where phase_id = $1', phase.id);
  const names = new Map(
    (await query('select id, value from segment_value where phase_id = $1', phase.id)).map((each) => [
      each.id,
      each.value,
    ]),
  );
  for (const { unit_id, segment, covariate } of states) {
    const i = Number(unit_id.slice(1));
    expect(segment.map((id: number) => names.get(id))).toEqual([i % 3 === 0 ? 'AT' : 'NO']);
    expect(covariate).toEqual([null, null, null, null, i].slice(-covariate.length));
    expect(covariate.length).toBe(measures.length + 1);
  }
  const [sent] = await query('select segment from exposure where phase_id = $1 limit 1', phase.id);
  expect(Object.keys(sent.segment).sort()).toEqual(['country', 'score']);
  expect((await test.api('POST', '/api/experiments/filters/conclude')).status).toBe(200);
});

it('numbers the first twenty values of a segment in the order they come, and calls the rest other', async () => {
  await draft('numbers', { segments: ['country', 'tier'] }, {});
  await test.api('POST', '/api/experiments/numbers/start');
  const assay = await connect({ url: test.url, key: test.sdkKey });
  const decide = (i: number, country: string | undefined) =>
    assay.decide('shop', { unit: `n${i}`, attributes: country === undefined ? {} : { country } });
  for (let i = 0; i < 19; i++) decide(i, `c${i}`);
  await assay.flush();
  const unitsOf = (rows: Awaited<ReturnType<typeof rowsOf>>['rows'], value: string | null, attribute = 'country') => {
    const id = rows.segmentValues.find((each) => each.attribute === attribute && each.value === value)?.id;
    return rows.segmentCounts.filter((each) => each.segmentId === id).reduce((sum, each) => sum + each.units, 0);
  };
  const seen = (n: number) =>
    until(async () => {
      const { rows } = await rowsOf('numbers');
      return rows.counts.reduce((sum, each) => sum + each.units, 0) === n ? rows : null;
    });
  expect(unitsOf(await seen(19), null)).toBe(0);
  for (let i = 19; i < 40; i++) decide(i, i < 24 ? 'late' : i < 30 ? `z${i}` : i < 35 ? 'c3' : undefined);
  await assay.close();
  const rows = await seen(40);
  const countries = rows.segmentValues.filter((each) => each.attribute === 'country');
  expect(countries.map((each) => each.value).sort()).toEqual(
    [...Array.from({ length: 19 }, (_, i) => `c${i}`), 'late', null].sort(),
  );
  expect([unitsOf(rows, 'late'), unitsOf(rows, 'c3'), unitsOf(rows, null), unitsOf(rows, null, 'tier')]).toEqual([
    5, 6, 11, 40,
  ]);
});

it('takes every kind as its page declares it, and shows it so', async () => {
  const page = readFileSync(fromRoot('docs', 'methods', 'metric-kinds.md'), 'utf8');
  const declared = [...page.matchAll(/```json\n([\s\S]+?)```/g)].map(([, json]) => JSON.parse(json ?? ''));
  expect(declared.map((each) => each.kind).sort()).toEqual([...metricKind.options].sort());
  for (const each of declared) {
    const { status, body } = await test.api('POST', '/api/metrics', each);
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({ ...each, cap: each.cap ?? null });
  }
  await draftExperiment(test, { key: 'page' });
  await draft('kinds', { slot: 'page', metrics: declared.map(({ key }) => ({ metric: key, role: 'primary' })) }, {});
  expect((await test.api('POST', '/api/experiments/kinds/start')).status).toBe(200);
  const { body: report } = await test.api('GET', '/api/experiments/kinds/report');
  expect(report.metrics).toMatchObject(
    declared.map(({ key, kind, fromSeconds = 0, windowSeconds }) => ({ key, kind, fromSeconds, windowSeconds })),
  );
  const older = { key: 'older', name: 'M', kind: 'mean', aggregate: 'count', outcome: 'buy', windowSeconds: 60 };
  expect((await test.api('POST', '/api/metrics', older)).body).toMatchObject({ kind: 'count', aggregate: 'count' });
});

it.each([
  ['a window that never opens later', { kind: 'retention' }, /fromSeconds: retention needs a window that opens later/],
  ['a proportion that starts later', { kind: 'proportion', fromSeconds: 5 }, /no other kind takes one/],
  ['a window that closes first', { kind: 'retention', fromSeconds: 60 }, /opens 60 s after the first exposure/],
  ['a capped rate', { kind: 'retention', fromSeconds: 5, cap: { upper: 1 } }, /only a mean or a count/],
  ['a range', { filter: { price: { gte: 3 } } }, /filter\.price.*compare with one text, number, true or false/],
  ['a list', { filter: { category: ['a', 'b'] } }, /filter\.category.*lists, null and nested/],
  ['null', { filter: { category: null } }, /filter\.category/],
  ['what no property can hold', { filter: { category: 'a\0' } }, /filter.*no property can hold U\+0000/],
  ['what is longer than any property', { filter: { category: 'x'.repeat(2100) } }, /at most 2048 bytes/],
  ['an outcome that no client can send', { outcome: 'é'.repeat(100) }, /at most 128 bytes/],
])('refuses %s, and says why', async (_, changes, message) => {
  const metric = { key: 'refused', name: 'M', kind: 'mean', outcome: 'buy', windowSeconds: 60, ...changes };
  const { status, body } = await test.api('POST', '/api/metrics', metric);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toMatch(message);
});

it('refuses a relative margin of a rank metric, which is a probability', async () => {
  const rank = { key: 'order', name: 'Order', kind: 'rank', outcome: 'buy', windowSeconds: 3600 };
  expect((await test.api('POST', '/api/metrics', rank)).status).toBe(201);
  const metrics = (margin: object) => ({ metrics: [{ metric: 'order', role: 'primary', margin }] });
  await expect(draft('relative', metrics({ relative: 0.1 }), {})).rejects.toThrow('must be absolute');
  await draft('absolute', metrics({ absolute: 0.02 }), {});
});
