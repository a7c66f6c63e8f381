import { connect } from '@assay-ml/sdk';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RebuildLine } from '../../server/contract/long-work-contract.ts';
import { REBUILD_STEPS } from '../../server/contract/long-work-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

const KEY = 'long';
const UNITS = 400;
let test: TestServer;
let pool: pg.Pool;

beforeAll(async () => {
  test = await startTestServer();
  pool = new pg.Pool({ connectionString: test.database.url, max: 3 });
  await draftExperiment(test, { key: KEY, windowSeconds: 3600 });
  await test.api('POST', `/api/experiments/${KEY}/start`);
  const assay = await connect({ url: test.url, key: test.sdkKey });
  for (let i = 0; i < UNITS; i += 1) {
    assay.decide(KEY, { unit: `u,${i}` });
    if (i % 3 === 0) assay.outcome(`${KEY}-click`, { unit: `u,${i}`, value: 1 });
  }
  await assay.close();
  await until(async () => (await numbers()).clicks > 0);
});
afterAll(async () => {
  await pool.end();
  await test.stop();
});

/** What the report says of units and their outcomes. */
async function numbers() {
  const { body } = await test.api<Report>('GET', `/api/experiments/${KEY}/report`);
  const variants =
    body.metrics[0]?.variants.map(({ variant, openUnits, soFar }) => ({ variant, openUnits, soFar })) ?? [];
  const clicks = variants.reduce((sum, { openUnits, soFar }) => sum + openUnits * (soFar ?? 0), 0);
  return { variants, clicks: Math.round(clicks), units: body.variants.map(({ units }) => units) };
}

interface Answer {
  status: number;
  headers: Headers;
  lines: string[];
  ended: Promise<void>;
  leave(): void;
}

async function ask(method: string, path: string): Promise<Answer> {
  const leaving = new AbortController();
  const response = await fetch(`${test.url}/api/experiments/${KEY}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${test.adminKey}`, 'Content-Type': 'application/json' },
    signal: leaving.signal,
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const lines: string[] = [];
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  const ended = (async () => {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (text + decoder.decode(value, { stream: true })).split('\n');
      text = parts.pop() ?? '';
      lines.push(...parts);
    }
  })();
  ended.catch(() => undefined);
  return { status: response.status, headers: response.headers, lines, ended, leave: () => leaving.abort() };
}

async function rebuild(): Promise<RebuildLine[]> {
  const { lines, ended } = await ask('POST', 'rebuild');
  await ended;
  return lines.map((line) => JSON.parse(line) as RebuildLine);
}

/** Keeps a table from being read until it is released. */
async function hold(table: string): Promise<() => Promise<void>> {
  const client = await pool.connect();
  await client.query(`begin; lock table ${table} in access exclusive mode`);
  return async () => {
    await client.query('commit');
    client.release();
  };
}

async function working(text: string): Promise<number> {
  const { rows } = await pool.query(
    `select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()
       and query ilike $1`,
    [`%${text}%`],
  );
  return rows.length;
}

it('a rebuild tells each step, finds nothing wrong, and mends what is', async () => {
  const before = await numbers();
  expect(before.clicks).toBeGreaterThan(100);
  const lines = await rebuild();
  const steps = lines.flatMap((line) => (line.type === 'step' ? [line.step] : []));
  expect(steps).toEqual([...REBUILD_STEPS]);
  expect(lines.at(-1)).toMatchObject({ type: 'done', changed: 0 });
  expect(await numbers()).toEqual(before);
  await pool.query(`delete from unit_total where unit_id in ('u,0', 'u,3')`);
  expect((await rebuild()).at(-1)).toMatchObject({ type: 'done', changed: 2 });
  expect(await numbers()).toEqual(before);
  const { rows } = await pool.query(`select detail from audit where action = 'experiment.rebuild' order by id`);
  expect(rows.map(({ detail }) => detail)).toEqual([
    { phase: 0, changed: 0 },
    { phase: 0, changed: 2 },
  ]);
});

it('hanging up in the middle of a rebuild ends the work of the database, and all is as it was', async () => {
  const before = await numbers();
  const release = await hold('unit_total');
  const answer = await ask('POST', 'rebuild');
  await until(async () => answer.lines.some((line) => line.includes('"units"')));
  await until(async () => (await working('rebuilt_change')) === 1);
  answer.leave();
  await until(async () => (await working('rebuilt_change')) === 0);
  await release();
  expect(await numbers()).toEqual(before);
  expect((await pool.query(`select to_regclass('rebuilt_unit') as left`)).rows).toEqual([{ left: null }]);
  expect((await rebuild()).at(-1)).toMatchObject({ type: 'done', changed: 0 });
});

it('an export holds every unit with its totals, and about how many there are', async () => {
  const { status, headers, lines, ended } = await ask('GET', 'export?phase=0');
  await ended;
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/csv');
  expect(headers.get('content-disposition')).toContain('long-phase-0.csv');
  expect(headers.get('assay-rows')).toBe(String(UNITS));
  expect(lines[0]).toBe(`unit,variant,step,first_exposure,source,counted,${KEY}-clicked`);
  const rows = lines.slice(1).map((line) => /^"(u,\d+)",(\w+),1,(\d{4}-[^,]+Z),hash,true,(\d)$/.exec(line));
  expect(new Set(rows.map((row) => row?.[1])).size).toBe(UNITS);
  for (const { variant, openUnits, soFar } of (await numbers()).variants) {
    const own = rows.filter((row) => row?.[2] === variant);
    expect(own.length).toBe(openUnits);
    expect(own.filter((row) => row?.[4] === '1').length / own.length).toBeCloseTo(soFar ?? Number.NaN, 12);
  }
});

it('hanging up ends the copy of an export', async () => {
  const release = await hold('unit_state');
  const leaving = new AbortController();
  const asked = fetch(`${test.url}/api/experiments/${KEY}/export`, {
    headers: { Authorization: `Bearer ${test.adminKey}` },
    signal: leaving.signal,
  }).catch((error: Error) => error.name);
  await until(async () => (await working('copy (select u.unit_id')) === 1);
  leaving.abort();
  expect(await asked).toBe('AbortError');
  await until(async () => (await working('copy (select u.unit_id')) === 0);
  await release();
  const again = await ask('GET', 'export');
  await again.ended;
  expect(again.lines.length).toBe(UNITS + 1);
});

it('says why there is nothing to rebuild', async () => {
  await pool.query(`update phase set frozen_at = now()`);
  const { status, body } = await test.api<{ error: { message: string } }>(
    'POST',
    `/api/experiments/${KEY}/rebuild`,
    {},
  );
  expect(status).toBe(409);
  expect(body.error.message).toContain('its raw events are partly gone since');
  const missing = await test.api<{ error: { message: string } }>('POST', `/api/experiments/${KEY}/rebuild`, {
    phase: 3,
  });
  expect(missing.status).toBe(404);
});
