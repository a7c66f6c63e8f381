import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freezePhases } from '../../server/retention/freeze-phases.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

const DAY = 86_400_000;
const start = Math.floor(Date.now() / DAY) - 100;
let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterEach(() =>
  pool.query('truncate slot, experiment, measure, phase, phase_measure, roll_dirty restart identity cascade'),
);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const HOUR = DAY / 24;
const noon = start * DAY + DAY / 2;

it.each([
  ['runs', { state: 'running' }, noon],
  ['ended a week and more ago', { state: 'ended', ended: noon + 9 * DAY }, null],
  ['ended less than a week ago', { state: 'ended', ended: noon + 14 * DAY }, noon],
  [
    'closed its last window and allowance less than a week ago',
    { state: 'ended', ended: noon + 9 * DAY, window: 5 * DAY },
    noon,
  ],
  ['has units to be computed again', { state: 'ended', ended: noon + 9 * DAY, dirty: true }, noon],
  [
    'is to be rebuilt',
    { state: 'ended', ended: noon + 9 * DAY, rebuild: true, assignment: 'external' },
    noon - 10 * DAY,
  ],
  ['is external, from its stated start on', { state: 'running', assignment: 'external' }, noon - 10 * DAY],
  ['has not begun', { state: 'planned' }, null],
  ['was frozen before', { state: 'ended', ended: noon + 19 * DAY, frozen: true }, null],
] as const)('knows what a phase needs that %s', async (_what, phase, since) => {
  const now = new Date(noon + 20 * DAY);
  const given = {
    assignment: 'hash',
    ended: null,
    window: HOUR,
    dirty: false,
    rebuild: false,
    frozen: false,
    ...phase,
  };
  const startedAt = new Date(given.assignment === 'external' ? noon - 10 * DAY : noon);
  const endedAt = given.ended === null ? null : new Date(given.ended);
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms) values (1, 's', 'value', 's', 'a', 1000);
     insert into experiment (environment_id, slot_id, key, name, range_from, range_to) values (1, 1, 'e', 'e', 0, 1);
     insert into measure (environment_id, outcome, window_seconds, aggregate) values (1, 'x', ${given.window / 1000}, 'sum')`,
  );
  await pool.query('update experiment set created_at = $1', [new Date(noon - DAY)]);
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan, state, started_at, ended_at,
       closed_at, rebuild_wanted, frozen_at) values (1, 1, 0, 'ab', $1, 'p', '{}', $2, $3, $4, $4, $5, $6)`,
    [given.assignment, given.state, startedAt, endedAt, given.rebuild, given.frozen ? now : null],
  );
  await pool.query('insert into phase_measure (phase_id, measure_id, lateness_seconds) values (1, 1, 3600)');
  if (given.dirty) await pool.query(`insert into roll_dirty (unit_id, phase_id) values ('u', 1)`);
  const cut = await freezePhases(pool, start + 10, now);
  expect(cut?.kept?.since.getTime() ?? null).toBe(since);
  expect(cut?.day).toBe(since === null ? start + 10 : Math.floor(since / DAY));
  const settled = given.state === 'ended' && since === null && !given.frozen;
  expect(cut?.frozen).toEqual(settled ? ['e'] : []);
});
