import type { EventCatalogue } from '../ruleset/event-catalogue.ts';
import { type CopyRows, noRows, startRow, writeInt4, writeJson, writeTime } from './copy-rows.ts';
import type { Fields } from './event-shape.ts';
import { eventTime, isTime, type Receipt } from './event-time.ts';
import { isText } from './field-checks.ts';

export interface SlotMinutes {
  /** Rows of slot_minute. */
  rows: CopyRows;
  skipped: number;
}

const MAX_COUNTERS = 100;
/** A histogram from a nanosecond to years in bins of 1 % has fewer. */
const MAX_BINS = 5000;
const BIN = /^-?\d{1,5}$/;

/**
 * Rows of the counters that an SDK keeps where no experiment runs. They are no events: an entry that cannot be read, or
 * whose slot is unknown, is skipped and counted, and never costs the batch it came with.
 */
export function slotMinuteRows(slots: readonly unknown[], catalogue: EventCatalogue, receipt: Receipt): SlotMinutes {
  const rows = noRows();
  for (const entry of slots) addSlotMinute(rows, entry, catalogue, receipt);
  return { rows, skipped: slots.length - rows.starts.length };
}

function addSlotMinute(rows: CopyRows, entry: unknown, catalogue: EventCatalogue, receipt: Receipt): void {
  if (typeof entry !== 'object' || entry === null) return;
  const { slot, minute, counters, ms } = entry as Fields;
  const slotId = typeof slot === 'string' ? catalogue.slots.get(slot) : undefined;
  if (slotId === undefined || !isTime(minute)) return;
  if (!isCounts(counters, MAX_COUNTERS, isName) || !isCounts(ms, MAX_BINS, isBin)) return;
  const at = eventTime(minute, receipt);
  if (at === null) return;
  startRow(rows, 5);
  writeInt4(rows, catalogue.environmentId);
  writeInt4(rows, slotId);
  writeTime(rows, Math.floor(at / 60_000) * 60_000);
  writeJson(rows, counters);
  writeJson(rows, ms);
}

const isName = (key: string): boolean => isText(key, 128);
const isBin = (key: string): boolean => BIN.test(key);

/** A record of non-negative numbers under keys of the given kind. */
function isCounts(value: unknown, maxKeys: number, isKey: (key: string) => boolean): value is Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= maxKeys &&
    entries.every(([key, count]) => isKey(key) && typeof count === 'number' && count >= 0 && count <= 1e15)
  );
}
