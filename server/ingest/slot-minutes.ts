import type { EventCatalogue } from '../ruleset/event-catalogue.ts';
import { jsonColumn, timeColumn } from './copy-text.ts';
import type { Fields } from './event-shape.ts';
import { eventTime, isTime, type Receipt } from './event-time.ts';
import { isText } from './field-checks.ts';

export interface SlotMinutes {
  /** Rows of slot_minute as COPY text. */
  lines: string[];
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
  const lines: string[] = [];
  for (const entry of slots) {
    const line = slotMinuteRow(entry, catalogue, receipt);
    if (line !== null) lines.push(line);
  }
  return { lines, skipped: slots.length - lines.length };
}

function slotMinuteRow(entry: unknown, catalogue: EventCatalogue, receipt: Receipt): string | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { slot, minute, counters, ms } = entry as Fields;
  const slotId = typeof slot === 'string' ? catalogue.slots.get(slot) : undefined;
  if (slotId === undefined || !isTime(minute)) return null;
  if (!isCounts(counters, MAX_COUNTERS, isName) || !isCounts(ms, MAX_BINS, isBin)) return null;
  const at = eventTime(minute, receipt);
  if (at === null) return null;
  const columns = [catalogue.environmentId, slotId, timeColumn(Math.floor(at / 60_000) * 60_000)];
  return [...columns, jsonColumn(counters), jsonColumn(ms)].join('\t');
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
