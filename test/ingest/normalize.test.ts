import { expect, it } from 'vitest';
import { bucketOf } from '../../sdk/index.ts';
import type { EventType } from '../../server/ingest/event-shape.ts';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { type EventRows, normalizeEvents } from '../../server/ingest/normalize.ts';
import { type ColumnType, readCopyRows } from './read-copy-rows.ts';
import {
  catalogueSource,
  comparison,
  ENVIRONMENT,
  exposure,
  impression,
  outcome,
  phase,
  sampleCatalogue,
} from './sample-catalogue.ts';

const BATCH = '01990a5e-6d5e-7abc-8def-0123456789ab';
const ARRIVED = 1_790_000_010_000;
const DAY_MS = 86_400_000;

function normalize(events: unknown[], source = catalogueSource(), sentAt: number | null = ARRIVED) {
  return normalizeEvents({ id: BATCH, environmentId: ENVIRONMENT, events }, source, receiptOf(ARRIVED, sentAt));
}

const SHARED = ['time', 'uuid', 'int4', 'text', 'time'] as const;
const TYPES: Record<EventType, ColumnType[]> = {
  exposure: [...SHARED, 'int4', 'int4', 'int4', 'text', 'text', 'float8', 'int4', 'text', 'bool', 'int2', 'jsonb'],
  outcome: [...SHARED, 'text', 'float8', 'text', 'text', 'text', 'jsonb'],
  impression: [...SHARED, 'int4', 'int4', 'text', 'int4', 'int2', 'jsonb', 'jsonb'],
  comparison: [...SHARED, 'int4', 'text', 'jsonb', 'jsonb', 'jsonb', 'jsonb', 'jsonb', 'jsonb', 'jsonb'],
};

/** All rows as text by column, without the time of receipt, which is written when they are stored. */
function columnsOf(rows: EventRows): string[][] {
  return Object.entries(TYPES).flatMap(([type, columns]) =>
    readCopyRows(rows[type as EventType], columns).map(([, ...rest]) => rest),
  );
}

/** Columns of the one row, or the refusal of the one event. */
async function rowOf(event: unknown, sentAt: number | null = ARRIVED): Promise<string[]> {
  const { rows, rejected } = await normalize([event], catalogueSource(), sentAt);
  expect(rejected).toEqual([]);
  const all = columnsOf(rows);
  expect(all).toHaveLength(1);
  const [batch, environment, ...columns] = all[0] ?? [];
  expect([batch, environment]).toEqual([BATCH.replaceAll('-', ''), String(ENVIRONMENT)]);
  return columns;
}

async function refusalOf(event: unknown): Promise<{ code: string; message: string }> {
  const { rows, rejected } = await normalize([event]);
  expect(columnsOf(rows)).toEqual([]);
  expect(rejected).toHaveLength(1);
  return rejected[0]!;
}

const AT = '2026-09-21T14:13:20.000Z';

it('makes the row of an exposure with the ids of the catalogue and the bucket of the unit', async () => {
  const row = await rowOf(exposure({ call: true, attributes: { country: 'nz', age: 30 }, unknown: 'ignored' }));
  const bucket = String(bucketOf('user-1'));
  const ids = ['1', '1', '11', '\\N', 'decision-1', '0.25', '3', 'hash', 't', bucket];
  expect(row).toEqual(['user-1', AT, ...ids, '{"country":"nz","age":30}']);
});

it('makes the row of an outcome, whose value is 1 unless it says otherwise', async () => {
  expect(await rowOf(outcome())).toEqual(['user-1', AT, 'click', '1', '\\N', '\\N', '\\N', '\\N']);
  const full = outcome({ value: -2.5, decision: 'd', impression: 'i', item: 'x', properties: { served: 'old' } });
  expect(await rowOf(full)).toEqual(['user-1', AT, 'click', '-2.5', 'd', 'i', 'x', '{"served":"old"}']);
  expect((await rowOf(outcome({ value: 0 })))[3]).toBe('0');
});

it('makes the rows of impressions and comparisons without what it does not know', async () => {
  const items = [{ id: 'a', team: 'old', contested: true, rank: 1 }];
  expect(await rowOf(impression({ items }))).toEqual([
    'user-1',
    AT,
    '4',
    '1',
    'i-1',
    '3',
    '10',
    '[{"id":"a","team":"old","contested":true}]',
    '\\N',
  ]);
  expect((await rowOf(impression({ degraded: { cause: 'timeout', variant: 'new' } })))[8]).toBe(
    '{"cause":"timeout","variant":"new"}',
  );
  expect(
    await rowOf(comparison({ example: { a: 1 }, reference: { ms: 1, status: 'ok' }, attributes: { country: 'nl' } })),
  ).toEqual([
    'user-1',
    AT,
    '5',
    'd-1',
    '{"ms":12.5,"status":"ok","score":0.5}',
    '{"ms":20,"status":"timeout"}',
    '{"ms":1,"status":"ok"}',
    '{"agree":true}',
    '\\N',
    '{"a":1}',
    '{"country":"nl"}',
  ]);
});

it('refuses what is no event, and says what and where', async () => {
  expect(await refusalOf(null)).toMatchObject({ code: 'invalid_field' });
  expect(await refusalOf([])).toMatchObject({ code: 'invalid_field' });
  const { code, message } = await refusalOf({ type: 'exposures' });
  expect(code).toBe('unknown_type');
  expect(message).toBe('type must be exposure, outcome, impression or comparison; it is "exposures".');
  expect(await refusalOf({})).toMatchObject({ code: 'unknown_type' });
  expect(await refusalOf(exposure({ propensity: 1.5 }))).toEqual({
    index: 0,
    code: 'invalid_field',
    message:
      'exposure.propensity must be a number above 0 and at most 1, the probability with which the variant was chosen; it is 1.5.',
  });
  const secret = await refusalOf(outcome({ unit: 'someone\0' }));
  expect(secret.message).toContain('a string of 8 bytes with U+0000');
  expect(secret.message).not.toContain('someone');
});

it.each([
  ['unknown_slot', exposure({ slot: 'elsewhere' })],
  ['unknown_phase', exposure({ phase: 99 })],
  ['wrong_slot', exposure({ slot: 'idle' })],
  ['wrong_variant', exposure({ variant: 'other' })],
  ['wrong_source', exposure({ source: 'external' })],
  ['wrong_source', exposure({ phase: 3 })],
  ['wrong_source', exposure({ phase: 3, source: 'sticky' })],
  ['wrong_source', exposure({ phase: 2, band: 'candidate', source: 'sticky' })],
  ['wrong_band', exposure({ band: 'control' })],
  ['wrong_band', exposure({ phase: 2 })],
  ['wrong_mode', impression({ phase: 1 })],
  ['wrong_variant', impression({ items: [{ id: 'a', team: 'other', contested: true }] })],
  ['wrong_variant', impression({ degraded: { cause: 'timeout', variant: 'other' } })],
  ['wrong_mode', comparison({ phase: 1 })],
  ['too_old', outcome({ at: ARRIVED - 401 * DAY_MS })],
  ['too_old', outcome({ at: -5 })],
])('refuses with %s', async (code, event) => {
  const refusal = await refusalOf(event);
  expect(refusal.code).toBe(code);
  expect(refusal.message).toMatch(/\.$/);
});

it('takes bands in a canary, sticky decisions by hash, and external assignments with the weight of the plan', async () => {
  expect((await rowOf(exposure({ phase: 2, band: 'waiting' })))[5]).toBe('waiting');
  expect((await rowOf(exposure({ source: 'sticky' })))[9]).toBe('sticky');
  expect((await rowOf(exposure({ phase: 3, source: 'external', propensity: 1 })))[7]).toBe('0.25');
});

it('never lets an event be later than its receipt', async () => {
  const received = new Date(ARRIVED).toISOString();
  expect((await rowOf(outcome({ at: ARRIVED + 1 })))[1]).toBe(received);
  expect((await rowOf(outcome({ at: '2099-01-01T00:00:00Z' })))[1]).toBe(received);
  expect((await rowOf(outcome({ at: ARRIVED - 0.5 })))[1]).toBe(new Date(ARRIVED - 1).toISOString());
});

it('reads ISO 8601 with any offset', async () => {
  expect((await rowOf(outcome({ at: '2026-09-21T16:13:20+02:00' })))[1]).toBe(AT);
});

it('corrects a wrong clock, and leaves one that agrees within five seconds alone', async () => {
  const at = ARRIVED - 10_000;
  const hour = 3_600_000;
  expect((await rowOf(outcome({ at }), ARRIVED - 5_000))[1]).toBe(AT);
  expect((await rowOf(outcome({ at }), null))[1]).toBe(AT);
  expect((await rowOf(outcome({ at: at - hour }), ARRIVED - hour))[1]).toBe(AT);
  expect((await rowOf(outcome({ at: at + hour }), ARRIVED + hour))[1]).toBe(AT);
  // A device that believes it is 1970.
  expect((await rowOf(outcome({ at: 1000 }), 11_000))[1]).toBe(AT);
});

it('takes 400 days and no more', async () => {
  expect((await rowOf(outcome({ at: ARRIVED - 400 * DAY_MS })))[1]).toBe(
    new Date(ARRIVED - 400 * DAY_MS).toISOString(),
  );
  expect(await refusalOf(outcome({ at: ARRIVED - 400 * DAY_MS - 1 }))).toMatchObject({ code: 'too_old' });
});

it('keeps the good events of a batch and names the bad by their place', async () => {
  const { rows, rejected } = await normalize([
    outcome(),
    exposure({ phase: 99 }),
    7,
    outcome({ name: 'buy' }),
    exposure(),
  ]);
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([
    [1, 'unknown_phase'],
    [2, 'invalid_field'],
  ]);
  expect(rows.outcome.places).toEqual([0, 3]);
  expect(rows.exposure.places).toEqual([4]);
});

it('reads the catalogue anew once when a batch names an unknown phase, and takes what is there then', async () => {
  const source = catalogueSource();
  source.next = sampleCatalogue();
  source.next.phases.set(9, phase(9, 'ab'));
  const events = [exposure({ phase: 9 }), exposure(), exposure({ phase: 10 }), exposure({ phase: 9, unit: 'u2' })];
  const { rows, rejected } = await normalize(events, source);
  expect(rejected.map(({ index, code }) => [index, code])).toEqual([[2, 'unknown_phase']]);
  expect(rows.exposure.places.toSorted()).toEqual([0, 1, 3]);
  expect(source.refreshed).toBe(1);
  await normalize([exposure(), outcome()], source);
  expect(source.refreshed).toBe(1);
});

it('refuses an exposure of another step than 1 where a phase has one step, and one from before its phase', async () => {
  expect(await refusalOf(exposure({ step: 2 }))).toMatchObject({ code: 'wrong_step' });
  const catalogue = sampleCatalogue();
  catalogue.phases.set(1, { ...phase(1, 'ab'), startedAt: Date.parse(AT) + 61_000 });
  const source = catalogueSource(catalogue);
  const { rejected } = await normalize([exposure()], source);
  expect(rejected).toMatchObject([{ code: 'before_phase' }]);
});

it('stores a lone surrogate as U+FFFD, in the bucket of what was hashed', async () => {
  const row = await rowOf(exposure({ unit: 'a\ud800b', attributes: { '\udc00k': '\ud800' } }));
  expect(row[0]).toBe('a\ufffdb');
  expect(row[11]).toBe(String(bucketOf('a\ufffdb')));
  expect(row[12]).toBe('{"\ufffdk":"\ufffd"}');
  expect((await rowOf(exposure({ unit: '👍' })))[0]).toBe('👍');
});
