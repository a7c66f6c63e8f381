import { randomBytes } from 'node:crypto';
import type { AssayEvent } from '../../sdk/index.ts';
import { noRows } from '../../server/ingest/copy-rows.ts';
import type { PreparedBatch } from '../../server/ingest/event-copy.ts';
import { receiptOf } from '../../server/ingest/event-time.ts';
import { normalizeEvents } from '../../server/ingest/normalize.ts';
import type { EventCatalogue } from '../../server/ruleset/event-catalogue.ts';

/** Batches as the SDK sends them: per three events an exposure of `run`, its latency record, and a click. */

export const EVENTS_PER_BATCH = 500;
const UNITS = 1_000_000;

export const SLOT = 'feed-ranker';
export const VARIANTS = ['champion-v1', 'challenger-v2'] as const;

export const catalogue: EventCatalogue = {
  environmentId: 1,
  slots: new Map([[SLOT, 1]]),
  phases: new Map([
    [
      1,
      {
        id: 1,
        slotKey: SLOT,
        mode: 'ab',
        assignment: 'hash',
        startedAt: 0,
        variants: new Map([
          [VARIANTS[0], { id: 1, weight: 0.5 }],
          [VARIANTS[1], { id: 2, weight: 0.5 }],
        ]),
      },
    ],
  ]),
};

const decisionPrefix = BigInt(`0x${randomBytes(12).toString('hex')}`).toString(36);

function eventAt(index: number, now: number): AssayEvent {
  const visit = Math.floor(index / 3);
  const unit = `user-${(visit * 7_919) % UNITS}`;
  const decision = `${decisionPrefix}${visit.toString(36)}`;
  const variant = visit % 2 === 0 ? VARIANTS[0] : VARIANTS[1];
  const at = now - (visit % 5_000);
  if (index % 3 === 0) {
    return {
      type: 'exposure',
      slot: SLOT,
      phase: 1,
      step: 1,
      variant,
      propensity: 0.5,
      ruleset: 17,
      source: 'hash',
      unit,
      at,
      decision,
      call: true,
      ...(visit % 2 === 0 ? { attributes: { country: 'nz', plan: 'free' } } : {}),
    };
  }
  if (index % 3 === 1) {
    const properties = { status: 'ok', served: variant, variant };
    return { type: 'outcome', unit, name: 'assay.ms', at, value: 10 + (visit % 997) / 7, decision, properties };
  }
  return { type: 'outcome', unit, name: 'click', at, item: `item-${visit % 10_000}` };
}

export function sampleEvents(batches: number, now: number): AssayEvent[][] {
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: EVENTS_PER_BATCH }, (_, i) => eventAt(batch * EVENTS_PER_BATCH + i, now)),
  );
}

/** A UUIDv7 of now. */
export function newBatchId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const source = { get: () => Promise.resolve(catalogue), refresh: () => Promise.resolve(catalogue) };

/** A batch of sample events, ready to be stored. */
export async function prepare(events: readonly unknown[]): Promise<PreparedBatch> {
  const now = Date.now();
  const id = newBatchId();
  const { rows, rejected } = await normalizeEvents({ id, environmentId: 1, events }, source, receiptOf(now, now));
  return { id, environmentId: 1, rejected, rows, slotMinutes: noRows() };
}
