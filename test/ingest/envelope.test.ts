import { expect, it } from 'vitest';
import { AssayError } from '../../server/http/errors.ts';
import { readEnvelope } from '../../server/ingest/envelope.ts';

const NOW = 1_790_000_000_000;
const DAY_MS = 86_400_000;

function uuid7At(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
}
const batch = uuid7At(NOW);

function errorOf(body: unknown): AssayError {
  try {
    readEnvelope(body, NOW);
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

it('reads bytes and parsed values alike', () => {
  const body = { batch: batch.toUpperCase(), events: [{}], stats: { slots: [1], dropped: { queue_full: 2 } }, more: 1 };
  const expected = { id: batch, events: [{}], slots: [1], dropped: { queue_full: 2 } };
  expect(readEnvelope(body, NOW)).toEqual(expected);
  expect(readEnvelope(Buffer.from(JSON.stringify(body)), NOW)).toEqual(expected);
  expect(readEnvelope({ batch, events: [] }, NOW)).toEqual({ id: batch, events: [], slots: [], dropped: {} });
});

it.each([
  ['', Buffer.from('')],
  ['', Buffer.from('{"batch":')],
  ['', Buffer.from('[]')],
  ['', null],
  ['batch', { events: [] }],
  ['batch', { batch: 'x', events: [] }],
  ['batch', { batch: '0199e0c0-0000-4000-8000-000000000000', events: [] }],
  ['events', { batch }],
  ['events', { batch, events: {} }],
  ['events', { batch, events: Array.from({ length: 10_001 }, () => ({})) }],
  ['stats', { batch, events: [], stats: 1 }],
  ['stats.slots', { batch, events: [], stats: { slots: {} } }],
])('refuses a malformed batch and names %s', (path, body) => {
  const error = errorOf(body);
  expect(error).toMatchObject({ code: 'malformed_batch', status: 400 });
  expect(error.options.details?.[0]?.path).toBe(path);
  expect(error.message).toContain('Send JSON {"batch": UUIDv7');
});

it('does not repeat the content of a body that is not JSON', () => {
  expect(errorOf(Buffer.from('{"unit": "someone@example.com", }')).message).not.toContain('someone');
});

it('takes batch ids from 7 days back to a day ahead', () => {
  for (const ms of [NOW - 7 * DAY_MS, NOW + DAY_MS])
    expect(readEnvelope({ batch: uuid7At(ms), events: [] }, NOW).events).toEqual([]);
  expect(errorOf({ batch: uuid7At(NOW - 7 * DAY_MS - 1), events: [] })).toMatchObject({
    code: 'batch_too_old',
    status: 422,
  });
  expect(errorOf({ batch: uuid7At(NOW + DAY_MS + 1), events: [] })).toMatchObject({ code: 'clock_ahead', status: 422 });
});
