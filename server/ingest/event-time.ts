const DAY_MS = 86_400_000;
/** Event times may lie this far back. */
const MAX_AGE_MS = 400 * DAY_MS;
/** A clock this close to ours is taken as it is: below it, the way over the network is what differs. */
const SKEW_TOLERANCE_MS = 5_000;
/** End of the year 9999. Larger numbers are microseconds or nanoseconds, not times to come. */
const MAX_TIME_MS = 253_402_300_799_999;

const INSTANT =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds since 1970, or ISO 8601 with an offset. */
export function isTime(value: unknown): value is number | string {
  if (typeof value === 'number') return value <= MAX_TIME_MS && value >= -Number.MAX_VALUE;
  if (typeof value !== 'string') return false;
  const parts = INSTANT.exec(value);
  // Date.UTC moves the 30th of February to March: the day of such a date is not the one that was written.
  return parts !== null && daysIn(Number(parts[1]), Number(parts[2])) >= Number(parts[3]);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Clocks at the receipt of one batch. */
export interface Receipt {
  /** When the batch arrived, ms since 1970. */
  arrivedAt: number;
  /** Added to the client's times; 0 when its clock agrees. */
  skewMs: number;
}

/** @param sentAt what the client's clock said when it sent this attempt, null when it did not say. */
export function receiptOf(arrivedAt: number, sentAt: number | null): Receipt {
  const skewMs = sentAt === null ? 0 : arrivedAt - sentAt;
  return { arrivedAt, skewMs: Math.abs(skewMs) > SKEW_TOLERANCE_MS ? skewMs : 0 };
}

/** The event's time by our clock, in whole ms and never after its receipt; null when it is over 400 days old. */
export function eventTime(at: number | string, receipt: Receipt): number | null {
  const told = typeof at === 'number' ? Math.floor(at) : Date.parse(at);
  const ours = Math.min(told + receipt.skewMs, receipt.arrivedAt);
  return ours < receipt.arrivedAt - MAX_AGE_MS ? null : ours;
}
