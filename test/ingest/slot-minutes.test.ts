import { expect, it } from 'vitest';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { slotMinuteRows } from '../../server/ingest/slot-minutes.ts';
import { steadyClock } from '../../server/ingest/steady-clock.ts';
import { readCopyRows } from './read-copy-rows.ts';
import { sampleCatalogue } from './sample-catalogue.ts';

const ARRIVED = 1_790_000_010_000;
const MINUTE = 1_789_999_980_000;
const entry = { slot: 'idle', minute: MINUTE, counters: { decisions: 3 }, ms: { '2303': 2 } };

it('makes rows of the counters of known slots, in whole minutes by our clock', () => {
  const rows = (slots: unknown[], sentAt = ARRIVED) => {
    const { rows, skipped } = slotMinuteRows(slots, sampleCatalogue(), receiptOf(ARRIVED, sentAt));
    return { rows: readCopyRows(rows, ['int4', 'int4', 'time', 'jsonb', 'jsonb']), skipped };
  };
  const row = ['1', '8', new Date(MINUTE).toISOString(), '{"decisions":3}', '{"2303":2}'];
  expect(rows([entry])).toEqual({ rows: [row], skipped: 0 });
  expect(rows([{ ...entry, minute: MINUTE - 3_600_000 }], ARRIVED - 3_600_000)).toEqual({ rows: [row], skipped: 0 });
  const unreadable = [
    null,
    7,
    { ...entry, slot: 'elsewhere' },
    { ...entry, minute: 'soon' },
    { ...entry, minute: 0 },
    { ...entry, counters: { decisions: -1 } },
    { ...entry, counters: { 'a\0': 1 } },
    { ...entry, ms: { fast: 1 } },
    { ...entry, ms: [] },
  ];
  expect(rows([...unreadable, entry])).toEqual({ rows: [row], skipped: unreadable.length });
});

it('keeps receipt from running backwards, and follows a clock that was set right', () => {
  let now = 1000.7;
  const clock = steadyClock(() => now);
  expect(clock()).toBe(1000);
  now = 900;
  expect(clock()).toBe(1000);
  now = 5000;
  expect(clock()).toBe(5000);
  now = 100;
  expect(clock()).toBe(100);
});
