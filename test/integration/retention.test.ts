import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { listPartitions } from '../../server/db/partitions.ts';
import { retentionJob } from '../../server/retention/retention-job.ts';
import { rebuildPhase, recomputeDirty } from '../../server/rollup/rebuild.ts';
import { type ClockServer, startClockServer } from './clock-server.ts';
import { draftExperiment } from './test-server.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Noon, far enough back that the server's own partitions of today are apart. */
const first = (Math.floor(Date.now() / DAY) - 60) * DAY + 12 * HOUR;

let test: ClockServer;
beforeEach(async () => {
  test = await startClockServer(first, { ASSAY_RETENTION_DAYS: '10' });
});
afterEach(() => test.stop());

const pool = () => test.server.services.pool;
const retain = () => retentionJob(test.server.services)();
const atDay = (day: number) => {
  test.clock = first + day * DAY;
};
const reportOf = async (key: string) => (await test.api<Report>('GET', `/api/experiments/${key}/report`)).body;

async function run(key: string, units: number): Promise<void> {
  await draftExperiment(test, { key, windowSeconds: 60 });
  expect((await test.api('POST', `/api/experiments/${key}/start`)).status).toBe(200);
  const events: Record<string, unknown>[] = [];
  for (let i = 0; i < units; i++) {
    const unit = `${key}-${i}`;
    events.push(await test.exposure(key, unit, i % 2 === 0 ? 'new' : 'old'));
    if (i % 3 === 0) events.push(test.outcome(`${key}-click`, unit));
  }
  await test.send(events);
}

/** One event a day. */
async function live(from: number, to: number): Promise<void> {
  for (let day = from; day < to; day++) {
    atDay(day);
    expect((await test.post([test.outcome('daily', 'someone')])).status).toBe(202);
  }
  atDay(to);
  await test.send([test.outcome('daily', 'someone')]);
}

/** Days since the first one of which a table has partitions, before today. */
async function daysOf(table: string): Promise<number[]> {
  const days = (await listPartitions(pool())).filter((each) => each.table === table).map(({ day }) => day);
  return days.map((day) => day - Math.floor(first / DAY)).filter((day) => day < 50);
}

const numbersOf = ({ metrics, variants, exposures }: Report) =>
  JSON.parse(JSON.stringify({ metrics, variants, exposures }));
const retentionOf = (report: Report) => report.health.find(({ check }) => check === 'retention');

it('drops what nobody needs, freezes phases that lose events, and leaves their reports as they are', async () => {
  await run('done', 12);
  test.clock += HOUR;
  expect((await test.api('POST', '/api/experiments/done/conclude', { reason: 'enough' })).status).toBe(200);
  atDay(2);
  await run('running', 6);
  await live(3, 20);
  const before = numbersOf(await reportOf('done'));
  expect(before.variants.map((each: { units: number }) => each.units)).toEqual([6, 6]);
  expect(await rebuildPhase(pool(), (await test.phaseOf('done')).id, new Date(test.clock))).toBe(true);

  await retain();
  expect((await daysOf('outcome'))[0]).toBe(2); // the tenth day back but for the phase that runs
  expect((await daysOf('exposure'))[0]).toBe(2);
  expect((await test.phaseOf('running')).frozen_at).toBeNull();
  const { id, frozen_at } = await test.phaseOf('done');
  expect(frozen_at).toEqual(new Date(test.clock));
  const frozen = await reportOf('done');
  expect(numbersOf(frozen)).toEqual(before);
  expect(retentionOf(frozen)).toMatchObject({ status: 'ok', numbers: { lateAfterRetention: 0 } });
  expect(retentionOf(await reportOf('running'))).toBeUndefined();
  await expect(rebuildPhase(pool(), id, new Date(test.clock))).rejects.toThrow('partly gone');

  // What still comes for it counts as late, whatever it is; units marked before keep what they have.
  const windowBack = { at: first + 1_000 };
  await pool().query(`insert into roll_dirty (unit_id, phase_id) values ('done-0', $1)`, [id]);
  await test.send([
    { ...(await test.exposure('done', 'done-1', 'new')), ...windowBack }, // its second variant
    { ...(await test.exposure('done', 'done-new', 'new')), ...windowBack },
    { ...test.outcome('done-click', 'done-1'), ...windowBack },
    test.outcome('done-click', 'done-1'), // long after its window: nobody's
  ]);
  expect(await recomputeDirty(pool())).toBe(0);
  const after = await reportOf('done');
  expect(numbersOf(after)).toEqual(before);
  expect(retentionOf(after)).toMatchObject({ status: 'warning', numbers: { lateAfterRetention: 3 } });
  expect(after.health.find(({ check }) => check === 'late_outcomes')?.numbers.late).toBe(0);

  // The other one has all its events: what is computed again is what was added up.
  const added = numbersOf(await reportOf('running'));
  expect(await rebuildPhase(pool(), (await test.phaseOf('running')).id, new Date(test.clock))).toBe(true);
  expect(numbersOf(await reportOf('running'))).toEqual(added);
  expect((await test.api('POST', '/api/experiments/running/conclude', { reason: 'enough' })).status).toBe(200);
  await live(21, 26);
  await retain();
  expect((await daysOf('outcome'))[0]).toBe(2); // it has ended, and could still be computed again
  await live(27, 30);
  await retain();
  expect((await daysOf('outcome'))[0]).toBe(20);
  expect((await daysOf('batch'))[0]).toBe(12); // a batch may be a week older than its receipt
  expect((await test.phaseOf('running')).frozen_at).toEqual(new Date(test.clock));
  expect(numbersOf(await reportOf('running'))).toEqual(added);
  const { rows } = await pool().query(
    `select 1 from pg_class where relname ~ '^(outcome|batch)_' and relkind = 'r' and not relispartition`,
  );
  expect(rows).toEqual([]);
}, 60_000);
