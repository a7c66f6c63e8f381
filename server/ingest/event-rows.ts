import { bucketOf } from '../../sdk/index.ts';
import type { ComparisonEvent, ExposureEvent, ImpressionEvent, OutcomeEvent } from '../contract/events-contract.ts';
import type { CataloguePhase, EventCatalogue } from '../ruleset/event-catalogue.ts';
import {
  type CopyRows,
  noRows,
  recycle,
  startRow,
  writeBoolean,
  writeFloat8,
  writeInt2,
  writeInt4,
  writeJson,
  writeNull,
  writeOptionalJson,
  writeOptionalScalars,
  writeOptionalText,
  writeReady,
  writeScalars,
  writeText,
  writeTime,
  writeUuid,
} from './copy-rows.ts';
import type { EventType, Fields } from './event-shape.ts';
import { eventTime, type Receipt } from './event-time.ts';
import { type Refusal, refusal, unknownPhase, unknownSlot, wrongVariant } from './refusals.ts';

/** Columns of each event table after those that all rows of a batch share; `addRow` writes them in this order. */
export const COLUMNS = {
  exposure:
    'unit_id, at, phase_id, step, variant_id, band, decision_id, propensity, ruleset, source, call, bucket, segment',
  outcome: 'unit_id, at, name, value, decision_id, impression_id, item_id, properties',
  impression: 'unit_id, at, phase_id, step, impression_id, ruleset, depth, items, degraded',
  comparison:
    'unit_id, at, phase_id, decision_id, champion, candidate, reference, measures, measures_reference, example, segment',
} as const satisfies Record<EventType, string>;

/** Columns that all rows of a batch share; they come first. */
export const SHARED_COLUMNS = 'received_at, batch_id, environment_id';
const SHARED = 3;
/** Where `received_at` stands in a row, after the number of columns and its own length. */
export const RECEIVED_AT = 6;

const COLUMN_COUNT = Object.fromEntries(
  Object.entries(COLUMNS).map(([type, names]) => [type, SHARED + names.split(',').length]),
) as Record<EventType, number>;

/** The shared columns of a batch's rows; the time of receipt is written over once it is known. */
export function sharedColumns(batchId: string, environmentId: number): Uint8Array {
  const columns = noRows();
  writeTime(columns, 0);
  writeUuid(columns, batchId);
  writeInt4(columns, environmentId);
  const ready = Buffer.from(columns.bytes.subarray(0, columns.end));
  recycle(columns);
  return ready;
}

/** Adds the row of one event of right shape, or says why the event cannot belong to this environment. */
export function addRow(
  rows: CopyRows,
  type: EventType,
  event: Fields,
  shared: Uint8Array,
  catalogue: EventCatalogue,
  receipt: Receipt,
): Refusal | null {
  // The shape was checked against the schemas these types are inferred from.
  const told = event as unknown as ExposureEvent | OutcomeEvent | ImpressionEvent | ComparisonEvent;
  const at = eventTime(told.at, receipt);
  if (at === null) {
    return refusal(
      'too_old',
      `${type}.at is over 400 days before its receipt. Send milliseconds since 1970 or ISO 8601.`,
    );
  }
  if (type === 'outcome') {
    startEvent(rows, type, shared, told.unit, at);
    writeOutcome(rows, told as OutcomeEvent);
    return null;
  }
  const inPhase = told as ExposureEvent | ImpressionEvent | ComparisonEvent;
  const phase = phaseOf(type, inPhase, catalogue);
  if ('code' in phase) return phase;
  if (type === 'exposure') {
    const exposure = told as ExposureEvent;
    const variant = phase.variants.get(exposure.variant);
    if (variant === undefined) return wrongVariant('exposure.variant', exposure.variant, phase.id);
    const refused = refusedExposure(exposure, phase, at);
    if (refused !== null) return refused;
    startEvent(rows, type, shared, told.unit, at);
    writeExposure(rows, exposure, phase, variant);
  } else if (type === 'impression') {
    const refused = refusedImpression(told as ImpressionEvent, phase);
    if (refused !== null) return refused;
    startEvent(rows, type, shared, told.unit, at);
    writeImpression(rows, told as ImpressionEvent, phase);
  } else {
    if (phase.mode !== 'shadow') return wrongMode('comparison', phase, 'shadow');
    startEvent(rows, type, shared, told.unit, at);
    writeComparison(rows, told as ComparisonEvent, phase);
  }
  return null;
}

function startEvent(rows: CopyRows, type: EventType, shared: Uint8Array, unit: string, at: number): void {
  startRow(rows, COLUMN_COUNT[type]);
  writeReady(rows, shared);
  writeText(rows, unit);
  writeTime(rows, at);
}

function phaseOf(
  type: EventType,
  event: { slot: string; phase: number },
  catalogue: EventCatalogue,
): CataloguePhase | Refusal {
  const phase = catalogue.phases.get(event.phase);
  if (phase !== undefined && phase.slotKey === event.slot) return phase;
  if (!catalogue.slots.has(event.slot)) return unknownSlot(type, event.slot);
  if (phase === undefined) return unknownPhase(type, event.phase);
  return refusal(
    'wrong_slot',
    `${type}.phase ${event.phase} belongs to another slot than ${type}.slot. Send slot and phase of the same decision.`,
  );
}

/** How far a client's clock may be behind after correction: an exposure cannot be older than its phase. */
const CLOCK_TOLERANCE_MS = 60_000;

function refusedExposure(event: ExposureEvent, phase: CataloguePhase, at: number): Refusal | null {
  const external = phase.assignment === 'external';
  if (external !== (event.source === 'external')) {
    return refusal(
      'wrong_source',
      external
        ? `exposure.source must be "external": the variants of phase ${phase.id} are assigned elsewhere.`
        : `exposure.source must be "hash" or "sticky": the variants of phase ${phase.id} are assigned by hash.`,
    );
  }
  if (event.source === 'sticky' && phase.mode !== 'ab') {
    return refusal(
      'wrong_source',
      `exposure.source must be "hash": phase ${phase.id} is of mode ${phase.mode}, where no variant is remembered.`,
    );
  }
  if (!external && at < phase.startedAt - CLOCK_TOLERANCE_MS) {
    return refusal(
      'before_phase',
      `exposure.at lies before the start of phase ${phase.id}. Send the time of the decision.`,
    );
  }
  if (event.step !== 1 && phase.mode !== 'canary' && phase.mode !== 'bandit') {
    return refusal(
      'wrong_step',
      `exposure.step must be 1: phase ${phase.id} is of mode ${phase.mode}, which has one step.`,
    );
  }
  const band = event.band ?? null;
  if (phase.mode === 'canary' ? band === null && !external : band !== null) {
    return refusal(
      'wrong_band',
      band === null
        ? `exposure.band is missing: in canary phase ${phase.id} it says candidate, control or waiting.`
        : `exposure.band must be absent: phase ${phase.id} is no canary.`,
    );
  }
  return null;
}

function writeExposure(
  rows: CopyRows,
  event: ExposureEvent,
  phase: CataloguePhase,
  variant: { id: number; weight: number },
): void {
  writeInt4(rows, phase.id);
  writeInt4(rows, event.step);
  writeInt4(rows, variant.id);
  writeOptionalText(rows, event.band);
  writeText(rows, event.decision);
  // Who assigned elsewhere did so by the plan's weight, whatever the client believes.
  writeFloat8(rows, phase.assignment === 'external' ? variant.weight : event.propensity);
  writeInt4(rows, event.ruleset);
  writeText(rows, event.source);
  writeBoolean(rows, event.call === true);
  writeInt2(rows, bucketOf(event.unit));
  writeOptionalScalars(rows, event.attributes);
}

function writeOutcome(rows: CopyRows, event: OutcomeEvent): void {
  writeText(rows, event.name);
  writeFloat8(rows, event.value ?? 1);
  writeOptionalText(rows, event.decision);
  writeOptionalText(rows, event.impression);
  writeOptionalText(rows, event.item);
  writeOptionalScalars(rows, event.properties);
}

function refusedImpression({ items, degraded }: ImpressionEvent, phase: CataloguePhase): Refusal | null {
  if (phase.mode !== 'interleave') return wrongMode('impression', phase, 'interleave');
  for (const { team } of items) {
    if (!phase.variants.has(team)) return wrongVariant('impression.items[].team', team, phase.id);
  }
  if (degraded && !phase.variants.has(degraded.variant)) {
    return wrongVariant('impression.degraded.variant', degraded.variant, phase.id);
  }
  return null;
}

function writeImpression(rows: CopyRows, event: ImpressionEvent, phase: CataloguePhase): void {
  writeInt4(rows, phase.id);
  writeInt4(rows, event.step);
  writeText(rows, event.impression);
  writeInt4(rows, event.ruleset);
  writeInt2(rows, event.depth);
  writeJson(
    rows,
    event.items.map(({ id, team, contested }) => ({ id, team, contested })),
  );
  const { degraded } = event;
  writeOptionalJson(rows, degraded && { cause: degraded.cause, variant: degraded.variant });
}

function writeComparison(rows: CopyRows, event: ComparisonEvent, phase: CataloguePhase): void {
  writeInt4(rows, phase.id);
  writeText(rows, event.decision);
  writeJson(rows, callOf(event.champion));
  writeJson(rows, callOf(event.candidate));
  if (event.reference) writeJson(rows, callOf(event.reference));
  else writeNull(rows);
  writeScalars(rows, event.measures);
  writeOptionalScalars(rows, event.measuresReference);
  writeOptionalJson(rows, event.example);
  writeOptionalScalars(rows, event.attributes);
}

function callOf({ ms, status, score, label }: ComparisonEvent['champion']) {
  return { ms, status, score: score ?? undefined, label: label ?? undefined };
}

function wrongMode(type: EventType, phase: CataloguePhase, mode: string): Refusal {
  return refusal(
    'wrong_mode',
    `${type}.phase ${phase.id} is of mode ${phase.mode}; only phases of mode ${mode} take events of type ${type}.`,
  );
}
