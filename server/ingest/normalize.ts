import type { Rejection } from '../contract/events-contract.ts';
import type { EventCatalogue, EventCatalogueSource } from '../ruleset/event-catalogue.ts';
import { type CopyRows, noRows } from './copy-rows.ts';
import { addRow, sharedColumns } from './event-rows.ts';
import { type EventType, type Fields, faultyField, isEventType } from './event-shape.ts';
import type { Receipt } from './event-time.ts';
import { invalidField, notAnEvent, type Refusal, unknownType } from './refusals.ts';

/** Rows of one table, and beside each the place of its event in the batch. */
export interface TableRows extends CopyRows {
  places: number[];
}

export type EventRows = Record<EventType, TableRows>;

export interface NormalizedEvents {
  rows: EventRows;
  /** Ordered by index. */
  rejected: Rejection[];
}

/**
 * Turns the events of one batch into rows. Where events name a slot or phase that the catalogue in memory does not
 * have, it is read anew once, because the phase may have started a moment ago.
 */
export async function normalizeEvents(
  { id, environmentId, events }: { id: string; environmentId: number; events: readonly unknown[] },
  catalogues: EventCatalogueSource,
  receipt: Receipt,
): Promise<NormalizedEvents> {
  const rows = { exposure: empty(), outcome: empty(), impression: empty(), comparison: empty() };
  const shared = sharedColumns(id, environmentId);
  let rejected = addRows(rows, events, events.keys(), shared, await catalogues.get(environmentId), receipt);
  const unknown = rejected.filter(isUnknownName);
  if (unknown.length > 0) {
    const fresh = await catalogues.refresh(environmentId);
    const again = addRows(
      rows,
      events,
      unknown.map((rejection) => rejection.index),
      shared,
      fresh,
      receipt,
    );
    rejected = [...rejected.filter((rejection) => !isUnknownName(rejection)), ...again];
    rejected.sort((a, b) => a.index - b.index);
  }
  return { rows, rejected };
}

function empty(): TableRows {
  return { ...noRows(), places: [] };
}

function isUnknownName({ code }: Rejection): boolean {
  return code === 'unknown_phase' || code === 'unknown_slot';
}

function addRows(
  rows: EventRows,
  events: readonly unknown[],
  places: Iterable<number>,
  shared: Uint8Array,
  catalogue: EventCatalogue,
  receipt: Receipt,
): Rejection[] {
  const rejected: Rejection[] = [];
  for (const index of places) {
    const refused = addEvent(rows, index, events[index], shared, catalogue, receipt);
    if (refused !== null) rejected.push({ index, code: refused.code, message: refused.message });
  }
  return rejected;
}

function addEvent(
  rows: EventRows,
  place: number,
  event: unknown,
  shared: Uint8Array,
  catalogue: EventCatalogue,
  receipt: Receipt,
): Refusal | null {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return notAnEvent(event);
  const fields = event as Fields;
  const type = fields.type;
  if (!isEventType(type)) return unknownType(type);
  const field = faultyField(type, fields);
  if (field !== null) return invalidField(type, fields, field);
  const refused = addRow(rows[type], type, fields, shared, catalogue, receipt);
  if (refused === null) rows[type].places.push(place);
  return refused;
}
