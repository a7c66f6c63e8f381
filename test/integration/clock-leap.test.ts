import { afterAll, beforeAll, expect, it } from 'vitest';
import { correctTimes } from '../../server/clock/correct-times.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { checkCalls } from '../../server/rollup/check-calls.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { type ClockServer, startClockServer } from './clock-server.ts';
import { draftExperiment, until } from './test-server.ts';

const DAY = 86_400_000;
const real = Date.now();
let test: ClockServer;
beforeAll(async () => {
  test = await startClockServer(real);
});
afterAll(() => test.stop());

const pool = () => test.server.services.pool;
const move = async (key: string, to: string) => {
  expect((await test.api('POST', `/api/experiments/${key}/${to}`, { reason: 'test' })).status).toBe(200);
};
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;
const unitsOf = async (key: string) => (await reportOf(key)).variants.map(({ units }) => units);

/** Exposes units of both variants; every second one clicks. */
async function expose(key: string, name: string, units: number): Promise<void> {
  const events: Record<string, unknown>[] = [];
  for (let i = 0; i < units; i++) {
    const unit = `${name}-${i}`;
    events.push(await test.exposure(key, unit, i < units / 2 ? 'new' : 'old'));
    if (i % 2 === 0) events.push(test.outcome(`${key}-click`, unit));
  }
  await test.send(events);
}

async function clicksOf(key: string): Promise<number> {
  const { id } = await test.phaseOf(key);
  const { rows } = await pool().query<{ n: string }>(
    'select coalesce(sum(n), 0) as n from unit_total where phase_id = $1',
    [id],
  );
  return Number(rows[0]?.n);
}

it('counts what was sent while the clock ran ahead, and after it was set right, once', async () => {
  for (const key of ['live', 'begun', 'closed']) await draftExperiment(test, { key, windowSeconds: 3600 });
  await move('live', 'start');
  await move('closed', 'start');
  await expose('live', 'before', 4);
  await expose('closed', 'before', 4);

  test.clock = real + 30 * DAY;
  await expose('live', 'ahead', 8);
  await move('begun', 'start');
  await expose('begun', 'ahead', 8);
  await move('closed', 'conclude');
  const verdict = async () =>
    (
      await pool().query(
        `select p.verdict from phase p join experiment e on e.id = p.experiment_id where e.key = 'closed'`,
      )
    ).rows[0].verdict;
  await until(verdict);

  test.clock = real + 60_000;
  await expose('live', 'after', 16);
  // Who comes back was exposed earlier than was known: what it did by the wrong clock lies beyond its window.
  await test.send([await test.exposure('live', 'ahead-0', 'new'), test.outcome('live-click', 'before-0')]);
  const refused = await test.post([await test.exposure('begun', 'after-0', 'new')]);
  expect(refused.body).toMatchObject({ rejected: [{ code: 'before_phase' }] });

  await correctTimes(pool(), new Date(test.clock));
  await until(async () => {
    const { body } = await test.post([await test.exposure('begun', 'after-0', 'new')]);
    return (body as { accepted: number }).accepted === 1;
  });
  await expose('begun', 'after', 16);
  await until(async () => Date.parse((await verdict())?.at ?? '9999-01-01') === test.clock);

  await until(async () => {
    await recomputeDirty(pool());
    return (await pool().query('select 1 from roll_dirty')).rows.length === 0;
  });
  const rows = (
    await pool().query('select * from phase where started_at > $1 or closed_at > $1 or calls_checked_to > $1', [
      new Date(test.clock),
    ])
  ).rows;
  expect(rows).toEqual([]);
  expect(await unitsOf('live')).toEqual([14, 14]);
  expect(await unitsOf('begun')).toEqual([12, 12]);
  expect([await clicksOf('live'), await clicksOf('begun')]).toEqual([2 + 1 + 4 - 1 + 8, 4 + 8]);
  for (const key of ['live', 'begun', 'closed']) {
    const before = await reportOf(key);
    expect(await rebuildPhase(pool(), (await test.phaseOf(key)).id, new Date(test.clock))).toBe(true);
    const { metrics, variants } = await reportOf(key);
    expect({ metrics, variants }).toEqual({ metrics: before.metrics, variants: before.variants });
  }
}, 60_000);

it('looks again for calls without a record, and counts none twice', async () => {
  await draftExperiment(test, { key: 'calls' });
  await move('calls', 'start');
  const call = async (unit: string) => ({ ...(await test.exposure('calls', unit, 'new')), call: true });
  const missing = async () =>
    (
      await pool().query<{ unit: string }>(`select unit_id as unit from outcome where name = 'assay.error' order by 1`)
    ).rows.map(({ unit }) => unit);
  const check = (at: number) => until(async () => (await checkCalls(pool(), new Date(at))) !== null);
  test.clock += 1_000;
  const begin = test.clock;
  await test.send([await call('lost')]);
  test.clock = begin + 30 * DAY;
  await check(test.clock);
  expect(await missing()).toEqual(['lost']);
  test.clock = begin + 300_000;
  await correctTimes(pool(), new Date(test.clock));
  await test.send([await call('lost-later')]);
  await check(test.clock + 600_000);
  await check(test.clock + 900_000);
  expect(await missing()).toEqual(['lost', 'lost-later']);
}, 30_000);
