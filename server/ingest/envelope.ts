import { AssayError } from '../http/errors.ts';
import type { Fields } from './event-shape.ts';
import { describe } from './field-checks.ts';

/** The envelope of one batch; what its events and counters hold is still unknown. */
export interface Envelope {
  /** UUIDv7, lower case. */
  id: string;
  events: readonly unknown[];
  slots: readonly unknown[];
  /** Events lost in the client, by cause. */
  dropped: Fields;
}

export const MAX_EVENTS = 10_000;
const MAX_SLOT_MINUTES = 10_000;
const DAY_MS = 86_400_000;
const MAX_AGE_MS = 7 * DAY_MS;
const MAX_AHEAD_MS = DAY_MS;

const EXPECTED = 'Send JSON {"batch": UUIDv7, "events": [{"type": …}, …], "stats"?: {…}}.';
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Reads the envelope of a batch from bytes of JSON or from its parsed value.
 * @throws AssayError when it is no batch, or when its id is too old or ahead of our clock.
 */
export function readEnvelope(body: unknown, arrivedAt: number): Envelope {
  const value = body instanceof Uint8Array ? parseJson(body) : body;
  if (!isFields(value)) throw malformed('', `The body must be an object; it is ${describe(value)}.`);
  const id = readId(value.batch, arrivedAt);
  const { events, stats } = value;
  if (!Array.isArray(events)) throw malformed('events', `events must be an array; it is ${describe(events)}.`);
  if (events.length > MAX_EVENTS) {
    throw malformed('events', `events has ${events.length} entries, more than ${MAX_EVENTS}. Send several batches.`);
  }
  if (stats === undefined || stats === null) return { id, events, slots: [], dropped: {} };
  if (!isFields(stats)) throw malformed('stats', `stats must be an object or absent; it is ${describe(stats)}.`);
  const slots = stats.slots ?? [];
  if (!Array.isArray(slots) || slots.length > MAX_SLOT_MINUTES) {
    throw malformed(
      'stats.slots',
      `stats.slots must be an array of at most ${MAX_SLOT_MINUTES}; it is ${describe(slots)}.`,
    );
  }
  return { id, events, slots, dropped: isFields(stats.dropped) ? stats.dropped : {} };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    // The parser's message quotes the text around the fault, which may hold people's data.
    const place = / at position \d+/.exec(error instanceof Error ? error.message : '')?.[0] ?? '';
    throw malformed('', `The body is not JSON: the parser stopped${place || ' before its end'}.`);
  }
}

function readId(told: unknown, arrivedAt: number): string {
  const id = typeof told === 'string' ? told.toLowerCase() : '';
  if (!UUID7.test(id)) throw malformed('batch', `batch must be a UUIDv7; it is ${describe(told)}.`);
  const sealedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  if (sealedAt < arrivedAt - MAX_AGE_MS) {
    throw new AssayError(
      'batch_too_old',
      `The batch was sealed at ${new Date(sealedAt).toISOString()}, over 7 days ago, when repeats are no longer told apart. Drop it.`,
    );
  }
  if (sealedAt > arrivedAt + MAX_AHEAD_MS) {
    throw new AssayError(
      'clock_ahead',
      `The batch was sealed over a day ahead of the server's clock (${new Date(arrivedAt).toISOString()}). Set the client's clock.`,
    );
  }
  return id;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(path: string, message: string): AssayError {
  return new AssayError('malformed_batch', `${message} ${EXPECTED}`, { details: [{ path, message }] });
}
