import { Counter, Gauge, Histogram } from 'prom-client';
import type { Rejection } from '../contract/events-contract.ts';
import { isEventType } from './event-shape.ts';
import type { EventRows } from './normalize.ts';

/** The intake's metrics, in prom-client's default registry. */

const eventsTotal = new Counter({
  name: 'assay_ingest_events_total',
  help: 'Events by type and result: accepted, rejected, or repeated with a batch that was stored before',
  labelNames: ['type', 'result'] as const,
});

const refusedByDatabaseTotal = new Counter({
  name: 'assay_ingest_refused_by_database_total',
  help: 'Events counted as accepted by the checks and then refused by the database',
});

export const batchesTotal = new Counter({
  name: 'assay_ingest_batches_total',
  help: 'Batches by result: stored, repeat, or the code of the error they were answered with',
  labelNames: ['result'] as const,
});

export const bodyBytesTotal = new Counter({
  name: 'assay_ingest_body_bytes_total',
  help: 'Bytes of batches, after decompression',
});

export const admittedBytes = new Gauge({
  name: 'assay_ingest_admitted_bytes',
  help: 'Bytes of bodies that are being read or stored at this moment',
});

export const ackSeconds = new Histogram({
  name: 'assay_ingest_ack_seconds',
  help: 'Seconds from a complete body to its answer after commit',
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const slotMinutesTotal = new Counter({
  name: 'assay_ingest_slot_minutes_total',
  help: 'Minutes of slot counters by result: stored, or skipped because unreadable or of an unknown slot',
  labelNames: ['result'] as const,
});

const sdkDroppedEventsTotal = new Counter({
  name: 'assay_ingest_sdk_dropped_events_total',
  help: 'Events that SDKs report as lost before sending, by cause',
  labelNames: ['cause'] as const,
});

/** Clients choose the causes; so that none can fill the registry, those past this many are counted as other. */
const MAX_CAUSES = 50;
const causes = new Set<string>();

function countSdkDropped(dropped: Readonly<Record<string, unknown>>): void {
  for (const [cause, count] of Object.entries(dropped)) {
    if (typeof count !== 'number' || !Number.isFinite(count) || count <= 0) continue;
    sdkDroppedEventsTotal.inc({ cause: causeLabel(cause) }, count);
  }
}

function causeLabel(cause: string): string {
  if (causes.has(cause)) return cause;
  if (causes.size >= MAX_CAUSES || !/^[a-z0-9_]{1,40}$/.test(cause)) return 'other';
  causes.add(cause);
  return cause;
}

/** What of one batch is counted once it is stored. */
export interface BatchTally {
  events: number;
  byType: { type: string; accepted: number; rejected: number }[];
  slotMinutes: { stored: number; skipped: number };
  /** Events lost in the client, by cause. */
  dropped: Readonly<Record<string, unknown>>;
}

export function tallyOf(
  events: readonly unknown[],
  rows: EventRows,
  rejected: readonly Rejection[],
): BatchTally['byType'] {
  const refused = new Map<string, number>();
  for (const { index } of rejected) {
    const type = typeLabel(events[index]);
    refused.set(type, (refused.get(type) ?? 0) + 1);
  }
  return TYPE_LABELS.map((type) => ({
    type,
    accepted: type === 'unknown' ? 0 : rows[type].places.length,
    rejected: refused.get(type) ?? 0,
  }));
}

const TYPE_LABELS = ['exposure', 'outcome', 'impression', 'comparison', 'unknown'] as const;

function typeLabel(event: unknown): string {
  const type = typeof event === 'object' && event !== null ? (event as { type?: unknown }).type : undefined;
  return isEventType(type) ? type : 'unknown';
}

/** Counts an answered batch: `checked` are the rejections of our own checks, `answered` those of the database too. */
export function countBatch(
  tally: BatchTally,
  checked: readonly Rejection[],
  answered: readonly Rejection[],
  repeat: boolean,
): void {
  batchesTotal.inc({ result: repeat ? 'repeat' : 'stored' });
  for (const { type, accepted, rejected } of tally.byType) {
    if (repeat) eventsTotal.inc({ type, result: 'repeated' }, accepted + rejected);
    else {
      eventsTotal.inc({ type, result: 'accepted' }, accepted);
      eventsTotal.inc({ type, result: 'rejected' }, rejected);
    }
  }
  if (repeat) return;
  refusedByDatabaseTotal.inc(answered.length - checked.length);
  slotMinutesTotal.inc({ result: 'stored' }, tally.slotMinutes.stored);
  slotMinutesTotal.inc({ result: 'skipped' }, tally.slotMinutes.skipped);
  countSdkDropped(tally.dropped);
}
