import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeDueLooks } from '../../server/analysis/look-job.ts';
import { type Report, report as reportShape } from '../../server/contract/report-contract.ts';
import { groupSequentialBoundary } from '../../stats/index.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const DAY_MS = 86_400_000;
const pool = () => test.server.services.pool;
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;

/** Exposes units of these numbers; every second of the new variant clicks, every fourth of the old one. */
async function expose(key: string, from: number, to: number): Promise<void> {
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
  for (let i = from; i < to; i++) {
    const unit = `${key}-${i}`;
    const decision = assay.decide(key, { unit });
    if (i % (decision.variant === 'new' ? 2 : 4) === 0) assay.outcome(`${key}-click`, { unit, decision: decision.id });
  }
  await assay.close();
  await until(async () => {
    const report = await reportOf(key);
    return report.variants.reduce((sum, each) => sum + each.units, 0) === to && report.health.every(quiet);
  });
}

const quiet = (item: Report['health'][number]) => item.check !== 'pending' || item.status === 'ok';

interface Row {
  k: number;
  at: Date;
  n_mature: string[];
  information: number;
  z: number;
  bound: number | null;
  spent: number | null;
  log_e: number | null;
}

async function looksOf(key: string): Promise<Row[]> {
  const { rows } = await pool().query<Row>(
    `select l.* from look l join phase p on p.id = l.phase_id join experiment e on e.id = p.experiment_id
     where e.key = $1 order by l.k`,
    [key],
  );
  return rows;
}

/** Takes the looks that are due so many days after now; no roll-up may be in the way. */
async function lookAfter(days: number, expected: boolean, key: string): Promise<void> {
  const before = (await looksOf(key)).length;
  const at = new Date(Date.now() + days * DAY_MS);
  await until(async () => {
    await takeDueLooks(pool(), at);
    return !expected || (await looksOf(key)).length > before;
  });
  expect((await looksOf(key)).length).toBe(before + (expected ? 1 : 0));
}

it('takes planned looks at the parts of the time, then always-valid ones', async () => {
  const plan = { units: null, durationSeconds: 4 * 86_400, looks: 4, design: 'group_sequential', minimumEffect: 0.5 };
  await draftExperiment(test, { key: 'planned', windowSeconds: 1, plan });
  await test.api('POST', '/api/experiments/planned/start');
  await expose('planned', 0, 200);
  await lookAfter(0.5, false, 'planned');
  await lookAfter(1.5, true, 'planned');
  await lookAfter(1.6, false, 'planned');
  const interim = await reportOf('planned');
  reportShape.parse(interim);
  expect(interim.progress?.looks).toMatchObject({ taken: 1, planned: 4, final: false });
  expect(interim.metrics[0]?.comparisons[0]).toMatchObject({ status: 'look', look: { number: 1, planned: 4 } });
  expect(interim.metrics[0]?.comparisons[0]?.bayes?.probabilityBetter).toBeGreaterThan(0.5);
  expect(interim.metrics[0]?.variants[0]?.probabilityBest).toBeGreaterThan(0);

  await expose('planned', 200, 400);
  await lookAfter(3.5, true, 'planned'); // the second was missed: it is the third
  await expose('planned', 400, 600);
  await lookAfter(5, true, 'planned');
  const rows = await looksOf('planned');
  expect(rows.map((each) => each.k)).toEqual([1, 3, 4]);
  const information = rows.map(({ n_mature: [a, b] }) => (Number(a) * Number(b)) / (Number(a) + Number(b)));
  rows.forEach((each, k) => void expect(each.information).toBeCloseTo(information[k] ?? 0, 9));
  const final = await reportOf('planned');
  reportShape.parse(final);
  expect(final.metrics[0]?.comparisons[0]).toMatchObject({
    status: 'final',
    significant: true,
    look: { number: 4, spendingTime: 1 },
  });
  const { z } = groupSequentialBoundary(
    { type: 'obrien_fleming' },
    information.map((each) => each / (information[2] ?? 1)),
    { alpha: 0.045, spendingTimes: await spentAt('planned') },
  );
  expect(rows[2]?.bound).toBeCloseTo(z[2] ?? 0, 8);
  expect(rows[2]?.spent).toBeCloseTo(0.045, 12);
  expect(final.metrics[0]?.looks.map((each) => each.number)).toEqual([1, 3, 4]);
  expect(final.verdict.kind).toBe('ship');

  await lookAfter(6, false, 'planned'); // nothing new
  await expose('planned', 600, 700);
  await lookAfter(6, true, 'planned');
  const open = (await reportOf('planned')).metrics[0]?.comparisons[0];
  expect(open).toMatchObject({ status: 'look', significant: true, look: { number: 5, rule: 'always_valid' } });
  expect((await looksOf('planned')).at(-1)?.log_e).toBeGreaterThan(0);
}, 120_000);

async function spentAt(key: string): Promise<number[]> {
  const { rows } = await pool().query<{ time: number }>(
    `select (l.result->'comparison'->'look'->>'spendingTime')::float8 as time from look l
     join phase p on p.id = l.phase_id join experiment e on e.id = p.experiment_id where e.key = $1 order by l.k`,
    [key],
  );
  return rows.map((each) => each.time);
}

it('never lets two processes spend the same error probability', async () => {
  const plan = { units: null, durationSeconds: 10 * 86_400, looks: 10, design: 'group_sequential' };
  await draftExperiment(test, { key: 'raced', windowSeconds: 1, plan });
  await test.api('POST', '/api/experiments/raced/start');
  await expose('raced', 0, 300);
  const days = [2.5, 3.5, 4.5, 3.6, 2.6, 4.6];
  await Promise.all(days.map((each) => takeDueLooks(pool(), new Date(Date.now() + each * DAY_MS))));
  await until(async () => {
    await takeDueLooks(pool(), new Date(Date.now() + 4.7 * DAY_MS));
    return (await looksOf('raced')).at(-1)?.k === 4;
  });
  const rows = await looksOf('raced');
  const numbers = rows.map((each) => each.k);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  // A look that did not know the ones before would be written after a later one.
  rows.slice(1).forEach((each, k) => void expect(each.spent).toBeGreaterThan(rows[k]?.spent ?? 1));
}, 60_000);

it('looks at an always-valid phase as units come, and once more when it has ended and all are mature', async () => {
  const plan = { units: null, minimumEffect: 0.5 };
  await draftExperiment(test, { key: 'open', windowSeconds: 1, plan });
  await test.api('POST', '/api/experiments/open/start');
  await expose('open', 0, 60);
  await lookAfter(1, false, 'open');
  await expose('open', 60, 200);
  await lookAfter(1, true, 'open');
  await lookAfter(1, false, 'open');
  await expose('open', 200, 205);
  await lookAfter(1, false, 'open'); // 2.5 % more
  await test.api('POST', '/api/experiments/open/conclude');
  await lookAfter(1, true, 'open');
  await lookAfter(2, false, 'open');
  const report = await reportOf('open');
  reportShape.parse(report);
  expect(report.metrics[0]?.comparisons[0]?.look).toMatchObject({ number: 2, rule: 'always_valid', planned: null });
  expect(report.metrics[0]?.variants.reduce((sum, each) => sum + each.matureUnits, 0)).toBe(205);
}, 90_000);

it('takes the looks of other phases when that of one fails', async () => {
  for (const key of ['broken', 'sound']) {
    await draftExperiment(test, { key, windowSeconds: 1, plan: { units: 50, looks: 2 } });
    await test.api('POST', `/api/experiments/${key}/start`);
  }
  await pool().query(
    `insert into look (phase_id, metric_id, comparison, k, at, n_mature, information, result)
     select p.id, m.metric_id, v.variant_id, 0, now(), '{0,0}', 0, '{}'
     from phase p join experiment e on e.id = p.experiment_id join experiment_metric m on m.experiment_id = e.id
     join phase_variant v on v.phase_id = p.id and not v.control where e.key = 'broken'`,
  );
  for (const key of ['broken', 'sound']) await expose(key, 0, 60).catch(() => undefined);
  await until(async () => {
    await takeDueLooks(pool(), new Date(Date.now() + DAY_MS)).catch(() => undefined);
    return (await looksOf('sound')).length === 1;
  });
  await expect(takeDueLooks(pool(), new Date())).rejects.toThrow(TypeError);
  expect((await looksOf('broken')).map((each) => each.k)).toEqual([0]);
  await test.api('POST', '/api/experiments/broken/conclude');
  await pool().query(`delete from look where k = 0`);
}, 90_000);

it('refuses a plan that does not fit together, over HTTP, with what to do', async () => {
  await draftExperiment(test, { key: 'plans' });
  const post = (plan: Record<string, unknown>) =>
    test.api<{ error: { code: string; message: string } }>('POST', '/api/experiments', {
      key: 'refused',
      slot: 'plans',
      name: 'Refused',
      metrics: [{ metric: 'plans-clicked', role: 'primary' }],
      phases: [
        {
          split: [
            { variant: 'new', weight: 0.5 },
            { variant: 'old', weight: 0.5 },
          ],
          plan,
        },
      ],
    });
  for (const [plan, message] of [
    [{}, /minimumEffect/],
    [{ design: 'fixed', units: 100, looks: 3 }, /a fixed design has one look/],
    [{ units: 100, looks: 15 }, /14/],
    [{ units: 100, correction: 'dunnett' }, /several challengers/],
  ] as const) {
    const { status, body } = await post(plan);
    expect(status).toBe(400);
    expect(body.error.code).toBe('invalid_request');
    expect(JSON.stringify(body.error)).toMatch(message);
  }
});
