/**
 * Hand-written checks of the shape of one event; zod takes about ten times as long. The schemas in
 * server/contract/events-contract.ts say the same for people, and test/ingest/event-shape.test.ts holds both equal.
 */
import { isTime } from './event-time.ts';
import { isScalars, isStorableJson, isText } from './field-checks.ts';

export type EventType = 'exposure' | 'outcome' | 'impression' | 'comparison';
export type Fields = Readonly<Record<string, unknown>>;

export function isEventType(type: unknown): type is EventType {
  return type === 'outcome' || type === 'exposure' || type === 'impression' || type === 'comparison';
}

const INT4_MAX = 2_147_483_647;
const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= INT4_MAX;
const isVersion = (value: unknown): boolean => value === 0 || isCount(value);
const isId = (value: unknown): boolean => isText(value, 64);
const isName = (value: unknown): boolean => isText(value, 128);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const isBounded = (value: unknown): boolean => typeof value === 'number' && value >= -1e15 && value <= 1e15;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const BANDS: readonly unknown[] = ['candidate', 'control', 'waiting'];
const SOURCES: readonly unknown[] = ['hash', 'sticky', 'external'];
const STATUSES: readonly unknown[] = ['ok', 'error', 'timeout', 'cancelled'];

/** Name of the first field that breaks the shape of its type, or null when the event has it. */
export function faultyField(type: EventType, event: Fields): string | null {
  if (!isText(event.unit, 256)) return 'unit';
  if (!isTime(event.at)) return 'at';
  if (type === 'exposure') return faultyInExposure(event);
  if (type === 'outcome') return faultyInOutcome(event);
  return type === 'impression' ? faultyInImpression(event) : faultyInComparison(event);
}

function faultyInExposure(event: Fields): string | null {
  const { propensity, band, call, attributes } = event;
  if (!isName(event.slot)) return 'slot';
  if (!isCount(event.phase)) return 'phase';
  if (!isCount(event.step)) return 'step';
  if (!isName(event.variant)) return 'variant';
  if (!isId(event.decision)) return 'decision';
  if (typeof propensity !== 'number' || !(propensity > 0 && propensity <= 1)) return 'propensity';
  if (!isVersion(event.ruleset)) return 'ruleset';
  if (!SOURCES.includes(event.source)) return 'source';
  if (!isAbsent(band) && !BANDS.includes(band)) return 'band';
  if (!isAbsent(call) && typeof call !== 'boolean') return 'call';
  return isAbsent(attributes) || isScalars(attributes) ? null : 'attributes';
}

function faultyInOutcome(event: Fields): string | null {
  const { value, decision, impression, item, properties } = event;
  if (!isName(event.name)) return 'name';
  if (value !== undefined && !isBounded(value)) return 'value';
  if (!isAbsent(decision) && !isId(decision)) return 'decision';
  if (!isAbsent(impression) && !isId(impression)) return 'impression';
  if (!isAbsent(item) && !isId(item)) return 'item';
  return isAbsent(properties) || isScalars(properties) ? null : 'properties';
}

function faultyInImpression(event: Fields): string | null {
  const { items, depth, degraded } = event;
  if (!isName(event.slot)) return 'slot';
  if (!isCount(event.phase)) return 'phase';
  if (!isCount(event.step)) return 'step';
  if (!isId(event.impression)) return 'impression';
  if (!isVersion(event.ruleset)) return 'ruleset';
  if (!isCount(depth) || (depth as number) > 1000) return 'depth';
  if (!Array.isArray(items) || items.length > 1000 || !items.every(isItem)) return 'items';
  if (isAbsent(degraded)) return null;
  return isFields(degraded) && isName(degraded.cause) && isName(degraded.variant) ? null : 'degraded';
}

function isItem(item: unknown): boolean {
  return isFields(item) && isId(item.id) && isName(item.team) && typeof item.contested === 'boolean';
}

function faultyInComparison(event: Fields): string | null {
  if (!isName(event.slot)) return 'slot';
  if (!isCount(event.phase)) return 'phase';
  if (!isId(event.decision)) return 'decision';
  if (!isCall(event.champion)) return 'champion';
  if (!isCall(event.candidate)) return 'candidate';
  if (!isAbsent(event.reference) && !isCall(event.reference)) return 'reference';
  if (!isMeasures(event.measures)) return 'measures';
  if (!isAbsent(event.measuresReference) && !isMeasures(event.measuresReference)) return 'measuresReference';
  if (!isAbsent(event.attributes) && !isScalars(event.attributes)) return 'attributes';
  return event.example === undefined || isStorableJson(event.example) ? null : 'example';
}

function isCall(call: unknown): boolean {
  if (!isFields(call)) return false;
  const { ms, score, label } = call;
  if (!isBounded(ms) || (ms as number) < 0 || !STATUSES.includes(call.status)) return false;
  if (!isAbsent(score) && !isBounded(score)) return false;
  return isAbsent(label) || typeof label === 'boolean' || isBounded(label) || isName(label);
}

function isMeasures(measures: unknown): boolean {
  if (!isScalars(measures)) return false;
  return Object.values(measures).every((value) => typeof value === 'boolean' || isBounded(value));
}
