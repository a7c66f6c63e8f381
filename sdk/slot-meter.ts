import type { SlotMinute } from './events.ts';
import { increase } from './tally.ts';

const MINUTE = 60_000;
/** Slots × minutes kept while the server cannot be reached; further ones are left out. */
const MAX_CELLS = 10_000;

export type CallStatus = 'ok' | 'error' | 'timeout' | 'cancelled';

/** Traffic outside experiments: counters and a latency histogram per slot and minute, instead of an event per call. */
export interface SlotMeter {
  decision(slot: string): void;
  call(slot: string, status: CallStatus, ms: number): void;
  /** A decision whose calls were shadowed, or were not for want of a place. */
  shadow(slot: string, what: 'shadowed' | 'shadowDropped'): void;
  /** Something waits: of minutes that are over, or at all. */
  waiting(which: 'over' | 'all'): boolean;
  /** Takes what waits; each (slot, minute) appears once. */
  take(which: 'over' | 'all'): SlotMinute[];
}

interface Cell {
  counters: Map<string, number>;
  ms: Map<string, number>;
}

/** Bins of 1 % width, from a nanosecond up. */
const latencyBin = (ms: number) => String(Math.ceil(Math.log(Math.max(ms, 1e-6) / 1e-6) / 0.01));

const STATUS_COUNTER = { error: 'errors', timeout: 'timeouts', cancelled: 'cancelled' } as const;

export function slotMeter(now: () => number): SlotMeter {
  const minutes = new Map<number, Map<string, Cell>>();
  // Decisions are too frequent to read the clock for each: they count for the minute in which they are collected.
  const decisions = new Map<string, number>();
  let cells = 0;

  function cellOf(slot: string): Cell | null {
    const minute = minuteNow();
    const slots = minutes.get(minute) ?? new Map<string, Cell>();
    const known = slots.get(slot);
    if (known || cells >= MAX_CELLS) return known ?? null;
    const cell = { counters: new Map(), ms: new Map() };
    minutes.set(minute, slots.set(slot, cell));
    cells++;
    return cell;
  }

  function collectDecisions(): void {
    for (const [slot, count] of decisions) {
      const cell = cellOf(slot);
      if (cell) increase(cell.counters, 'decisions', count);
    }
    decisions.clear();
  }

  const minuteNow = () => Math.floor(now() / MINUTE) * MINUTE;
  // Also one that the clock has gone back from.
  const isOver = (minute: number) => minute !== minuteNow();

  return {
    decision: (slot) => increase(decisions, slot),
    call(slot, status, ms) {
      const cell = cellOf(slot);
      if (!cell) return;
      increase(cell.counters, 'calls');
      if (status !== 'ok') increase(cell.counters, STATUS_COUNTER[status]);
      increase(cell.ms, latencyBin(ms));
    },
    shadow(slot, what) {
      const cell = cellOf(slot);
      if (cell) increase(cell.counters, what);
    },
    waiting(which) {
      collectDecisions();
      return which === 'all' ? cells > 0 : [...minutes.keys()].some(isOver);
    },
    take(which) {
      collectDecisions();
      const taken: SlotMinute[] = [];
      for (const [minute, slots] of minutes) {
        if (which === 'over' && !isOver(minute)) continue;
        for (const [slot, { counters, ms }] of slots) {
          taken.push({ slot, minute, counters: Object.fromEntries(counters), ms: Object.fromEntries(ms) });
        }
        minutes.delete(minute);
        cells -= slots.size;
      }
      return taken;
    },
  };
}
