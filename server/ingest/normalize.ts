import type { Rejection } from '../contract/events-contract.ts';
import type { EventCatalogue, EventCatalogueSource } from '../ruleset/event-catalogue.ts';
import { rowOf } from './event-rows.ts';
import { type EventType, type Fields, faultyField, isEventType } from './event-shape.ts';
import type { Receipt } from './event-time.ts';
import { invalidField, notAnEvent, type Refusal, unknownType } from './refusals.ts';

/** Rows of one table as COPY text, and beside each the place of its event in the batch. */
export interface TableRows {
  lines: string[];
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
  events: readonly unknown[],
  environmentId: number,
  catalogues: EventCatalogueSource,
  receipt: Receipt,
): Promise<NormalizedEvents> {
  const rows: EventRows = { exposure: noRows(), outcome: noRows(), impression: noRows(), comparison: noRows() };
  const everyPlace = events.keys();
  let rejected = addRows(rows, events, everyPlace, await catalogues.get(environmentId), receipt);
  const unknown = rejected.filter(isUnknownName);
  if (unknown.length > 0) {
    const fresh = await catalogues.refresh(environmentId);
    const again = addRows(
      rows,
      events,
      unknown.map((rejection) => rejection.index),
      fresh,
      receipt,
    );
    rejected = [...rejected.filter((rejection) => !isUnknownName(rejection)), ...again];
    rejected.sort((a, b) => a.index - b.index);
  }
  return { rows, rejected };
}

function noRows(): TableRows {
  return { lines: [], places: [] };
}

function isUnknownName({ code }: Rejection): boolean {
  return code === 'unknown_phase' || code === 'unknown_slot';
}

function addRows(
  rows: EventRows,
  events: readonly unknown[],
  places: Iterable<number>,
  catalogue: EventCatalogue,
  receipt: Receipt,
): Rejection[] {
  const rejected: Rejection[] = [];
  for (const index of places) {
    const refused = addRow(rows, index, events[index], catalogue, receipt);
    if (refused !== null) rejected.push({ index, code: refused.code, message: refused.message });
  }
  return rejected;
}

function addRow(
  rows: EventRows,
  place: number,
  event: unknown,
  catalogue: EventCatalogue,
  receipt: Receipt,
): Refusal | null {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return notAnEvent(event);
  const fields = event as Fields;
  const type = fields.type;
  if (!isEventType(type)) return unknownType(type);
  const field = faultyField(type, fields);
  if (field !== null) return invalidField(type, fields, field);
  const row = rowOf(type, fields, catalogue, receipt);
  if (typeof row !== 'string') return row;
  rows[type].lines.push(row);
  rows[type].places.push(place);
  return null;
}
