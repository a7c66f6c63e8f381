import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createIngest, type Ingest } from '../../server/ingest/ingest.ts';
import {
  catalogueSource,
  comparison,
  exposure,
  impression,
  outcome,
  phase,
  sampleCatalogue,
} from '../ingest/sample-catalogue.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { newBatchId, storedOf } from './ingest-fixture.ts';

let database: TestDatabase;
let pool: pg.Pool;
let ingest: Ingest;
const source = catalogueSource();
const committed: number[] = [];
const at = () => Date.now() - 1000;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  ingest = createIngest({ pool, catalogue: source, now: Date.now, onCommitted: (id) => committed.push(id) });
});
afterAll(async () => {
  await ingest.drain();
  await pool.end();
  await database.drop();
});

const accept = (events: unknown[], id = newBatchId(), stats?: unknown) =>
  ingest.accept(1, { batch: id, events, stats }, Date.now());

it('stores every type of event in one transaction with one time of receipt', async () => {
  const id = newBatchId();
  const time = { at: at() };
  const events = [exposure(time), outcome(time), impression(time), comparison({ ...time, example: { a: 'ü"\\' } })];
  const stats = {
    slots: [{ slot: 'idle', minute: Date.now(), counters: { decisions: 2 }, ms: { '2303': 1 } }, { slot: 'none' }],
  };
  expect(await accept(events, id, stats)).toEqual({ accepted: 4, rejected: [] });
  const { batches, exposures, outcomes } = await storedOf(pool, id);
  expect(batches).toMatchObject([{ environment_id: 1, rejected: [], rolled_at: null }]);
  const { received_at } = batches[0]!;
  expect(Date.now() - received_at.getTime()).toBeLessThan(5000);
  expect(received_at.getTime()).toBeLessThanOrEqual(Date.now());
  expect(exposures).toMatchObject([
    { environment_id: 1, unit_id: 'user-1', variant_id: 11, propensity: 0.25, received_at },
  ]);
  expect(exposures[0]!.at.getTime()).toBe(time.at);
  expect(outcomes).toMatchObject([{ name: 'click', value: 1, received_at }]);
  const others = await pool.query(
    `select i.received_at = $2 and c.received_at = $2 as same, i.items, c.candidate, c.example
     from impression i join comparison c using (batch_id) where batch_id = $1`,
    [id, received_at],
  );
  expect(others.rows).toEqual([
    {
      same: true,
      items: [{ id: 'a', team: 'old', contested: true }],
      candidate: { ms: 20, status: 'timeout' },
      example: { a: 'ü"\\' },
    },
  ]);
  const minutes = await pool.query('select slot_id, counters, ms from slot_minute');
  expect(minutes.rows).toEqual([{ slot_id: 8, counters: { decisions: 2 }, ms: { '2303': 1 } }]);
  expect(committed).toContain(1);
});

it('stores any text as it was sent, or as it was hashed', async () => {
  const id = newBatchId();
  const units = [
    'tab\t',
    'line\nfeed\r',
    'back\\slash',
    '\\N',
    '\\.',
    'quote\'"',
    '漢字👍',
    'lone\ud800',
    '\u0001\u007f',
  ];
  const properties = { 'k\\\t"\n': 'v\\\t"\n\ud800', n: 1e-7, big: 1e300, yes: true };
  await accept(
    units.map((unit) => outcome({ unit, at: at(), properties })),
    id,
  );
  const { rows } = await pool.query('select unit_id, properties from outcome where batch_id = $1', [id]);
  expect(rows.map((row) => row.unit_id)).toEqual(units.map((unit) => unit.replace('\ud800', '\ufffd')));
  for (const row of rows) expect(row.properties).toEqual({ ...properties, 'k\\\t"\n': 'v\\\t"\n\ufffd' });
});

it('answers a repeat with what it answered first, and stores nothing again', async () => {
  const id = newBatchId();
  const events = [outcome({ at: at() }), outcome({ unit: 'a\0b' }), exposure({ at: at(), phase: 77 })];
  const first = await accept(events, id);
  expect(first).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 1, code: 'invalid_field' },
      { index: 2, code: 'unknown_phase' },
    ],
  });
  const before = committed.length;
  // By now the phase may be known, but the batch was answered.
  source.next = sampleCatalogue();
  source.next.phases.set(77, phase(77, 'ab'));
  const second = await accept(events, id.toUpperCase());
  source.next.phases.delete(77);
  expect(second).toEqual({ ...first, repeat: true });
  const { batches, outcomes, exposures } = await storedOf(pool, id);
  expect([batches.length, outcomes.length, exposures.length]).toEqual([1, 1, 0]);
  expect(batches[0]!.rejected).toEqual(first.rejected);
  expect(committed.length).toBe(before);
});

it('stores a batch once when many senders deliver it at the same time, in this process and another', async () => {
  const other = createIngest({ pool, catalogue: source, now: Date.now });
  const ids = Array.from({ length: 5 }, () => newBatchId());
  const answers = await Promise.all(
    [...ids, ...ids.toReversed(), ...ids].flatMap((id) =>
      [ingest, other].map((each) =>
        each.accept(1, { batch: id, events: [outcome({ at: at() }), outcome({ at: at() })] }, null),
      ),
    ),
  );
  expect(answers.filter((answer) => !answer.repeat)).toHaveLength(ids.length);
  expect(answers.every((answer) => answer.accepted === 2)).toBe(true);
  for (const id of ids) expect((await storedOf(pool, id)).outcomes).toHaveLength(2);
  await other.drain();
});

it('does not take a batch for stored that another environment sent', async () => {
  const id = newBatchId();
  await accept([outcome({ at: at() })], id);
  const foreign = ingest.accept(2, { batch: id, events: [outcome({ at: at() })] }, null);
  await expect(foreign).rejects.toMatchObject({ code: 'malformed_batch', status: 400 });
  expect((await storedOf(pool, id)).outcomes).toHaveLength(1);
});

it('names the event that only the database refuses and keeps the others, also those of other batches', async () => {
  await pool.query("alter table outcome add constraint no_poison check (name <> 'poison')");
  const names = Array.from({ length: 100 }, (_, i) => (i === 37 || i === 99 ? 'poison' : `n${i}`));
  const poisoned = newBatchId();
  const good = Array.from({ length: 6 }, () => newBatchId());
  const send = (id: string, all: string[]) =>
    accept([...all.map((name) => outcome({ name, at: at() })), exposure({ at: at() })], id);
  const [answer, ...others] = await Promise.all([send(poisoned, names), ...good.map((id) => send(id, ['x', 'y']))]);
  expect(answer.accepted).toBe(99);
  expect(answer.rejected.map(({ index, code }) => [index, code])).toEqual([
    [37, 'refused_by_database'],
    [99, 'refused_by_database'],
  ]);
  expect(answer.rejected[0]!.message).toContain('no_poison');
  expect(others.every(({ accepted, repeat }) => accepted === 3 && !repeat)).toBe(true);
  const { batches, outcomes, exposures } = await storedOf(pool, poisoned);
  expect(outcomes.map(({ name }) => name).toSorted()).toEqual(names.filter((name) => name !== 'poison').toSorted());
  expect(exposures).toHaveLength(1);
  expect(batches[0]!.rejected).toEqual(answer.rejected);
  expect(new Set(outcomes.map((row) => row.received_at.getTime()))).toEqual(
    new Set([batches[0]!.received_at.getTime()]),
  );
  expect(await send(poisoned, names)).toEqual({ ...answer, repeat: true });
  await pool.query('alter table outcome drop constraint no_poison');
});

it('survives a refusal at the start of a body larger than the socket takes at once', async () => {
  await pool.query("alter table outcome add constraint no_poison check (name <> 'poison')");
  const filler = { text: 'x'.repeat(1500) };
  const events = Array.from({ length: 4000 }, (_, i) =>
    outcome({ name: i === 0 ? 'poison' : 'n', at: at(), properties: filler }),
  );
  const answer = await accept(events);
  expect(answer.accepted).toBe(3999);
  expect(answer.rejected.map(({ index }) => index)).toEqual([0]);
  await pool.query('alter table outcome drop constraint no_poison');
});

it('makes the partitions of the day at once when its clock has jumped, and stores each batch once', async () => {
  const DAY = 86_400_000;
  let now = Date.now();
  const jumping = createIngest({ pool, catalogue: source, now: () => now });
  const sent: string[] = [];
  const storeAt = async (clock: number, sealed = clock) => {
    now = clock;
    const ids = Array.from({ length: 5 }, () => newBatchId(sealed));
    sent.push(...ids);
    const answers = await Promise.all(
      ids.map((batch) => jumping.accept(1, { batch, events: [outcome({ at: now }), exposure({ at: now })] }, null)),
    );
    expect(answers).toEqual(ids.map(() => ({ accepted: 2, rejected: [] })));
    expect(await jumping.accept(1, { batch: ids[0], events: [outcome({ at: now })] }, null)).toMatchObject({
      repeat: true,
    });
  };
  const real = now;
  await storeAt(real + 60 * DAY);
  await storeAt(real); // set right again
  await storeAt(real - 30 * DAY); // a month behind
  // The oldest and newest batch ids that are taken, at a clock for which nothing has been made.
  await storeAt(real + 200 * DAY, real + 193 * DAY + 60_000);
  await storeAt(real + 300 * DAY, real + 301 * DAY - 60_000);
  const { rows } = await pool.query<{ batches: number; outcomes: number; exposures: number }>(
    `select (select count(*) from batch where batch_id = any($1))::int as batches,
       (select count(*) from outcome where batch_id = any($1))::int as outcomes,
       (select count(*) from exposure where batch_id = any($1))::int as exposures`,
    [sent],
  );
  expect(rows).toEqual([{ batches: 25, outcomes: 25, exposures: 25 }]);
});

it('stores batches that bring only counters, or nothing', async () => {
  const id = newBatchId();
  const stats = {
    slots: [{ slot: 'idle', minute: Date.now(), counters: { calls: 1 }, ms: {} }],
    dropped: { queue_full: 4 },
  };
  expect(await accept([], id, stats)).toEqual({ accepted: 0, rejected: [] });
  expect(await accept([], id, stats)).toEqual({ accepted: 0, rejected: [], repeat: true });
  const { rows } = await pool.query('select count(*)::int as n from slot_minute where counters = \'{"calls": 1}\'');
  expect(rows).toEqual([{ n: 1 }]);
});

it('stores ten thousand events of one batch', async () => {
  const id = newBatchId();
  const events = Array.from({ length: 10_000 }, (_, i) => outcome({ unit: `u${i}`, at: at() }));
  expect(await accept(events, id)).toEqual({ accepted: 10_000, rejected: [] });
  expect((await storedOf(pool, id)).outcomes).toHaveLength(10_000);
});

it('takes no more than two connections however many batches wait', async () => {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, pool.totalCount - pool.idleCount);
  }, 1);
  const events = Array.from({ length: 50 }, () => outcome({ at: at() }));
  await Promise.all(Array.from({ length: 300 }, () => accept(events)));
  clearInterval(timer);
  expect(most).toBeLessThanOrEqual(2);
});

it('finishes what is under way when it stops, and takes no more', async () => {
  const stopping = createIngest({ pool, catalogue: source, now: Date.now });
  const id = newBatchId();
  const answer = stopping.accept(1, { batch: id, events: [outcome({ at: at() })] }, null);
  let answered = false;
  void answer.then(() => {
    answered = true;
  });
  await stopping.drain();
  await Promise.resolve();
  expect(answered).toBe(true);
  expect((await storedOf(pool, id)).outcomes).toHaveLength(1);
  const refused = stopping.accept(1, { batch: newBatchId(), events: [] }, null);
  await expect(refused).rejects.toMatchObject({ code: 'stopping', status: 503, options: { retryAfterSeconds: 1 } });
});
