import type { HealthItem } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { count, oneOf } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';

/** Waiting this long, new data are missing from the page. */
const LAG_WARNING_MS = 60_000;
const LAG_WAITING_MS = 5_000;

/** Whether everything received is in the numbers. */
export function pending(rows: ReportRows, phase: PhaseRow, now: Date): HealthItem {
  const { batches, oldestAt, dirtyUnits } = rows.pending;
  const lagMs = oldestAt ? Math.max(0, now.getTime() - oldestAt.getTime()) : 0;
  const numbers = { waitingBatches: batches, lagSeconds: Math.round(lagMs / 1000), unitsToRecompute: dirtyUnits };
  if (phase.assignment === 'external' && phase.rebuildWanted) {
    const sentence = 'New events have come; the numbers are being computed again, at most once a minute.';
    return { check: 'pending', status: 'waiting', sentence, numbers, causes: [] };
  }
  if (phase.assignment === 'external' && phase.state === 'ended') {
    // Computed once and for all: what others still send concerns it no more.
    return {
      check: 'pending',
      status: 'ok',
      sentence: 'All events received until its end are in these numbers.',
      numbers: {},
      causes: [],
    };
  }
  if (lagMs > LAG_WARNING_MS) {
    const sentence = `The newest ${count(Math.round(lagMs / 1000))} s of events are not in these numbers yet.`;
    return { check: 'pending', status: 'warning', sentence, numbers, causes: [] };
  }
  const sentence =
    dirtyUnits > 0
      ? `${oneOf(dirtyUnits, 'unit is', 'units are')} being computed again.`
      : batches > 0
        ? `All events are in these numbers but those of the last ${count(Math.max(1, Math.round(lagMs / 1000)))} s, which are being added.`
        : 'All received events are in these numbers.';
  return {
    check: 'pending',
    status: dirtyUnits > 0 || lagMs > LAG_WAITING_MS ? 'waiting' : 'ok',
    sentence,
    numbers,
    causes: [],
  };
}
