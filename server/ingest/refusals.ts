import { wellFormed } from './copy-rows.ts';
import type { EventType, Fields } from './event-shape.ts';
import { describe } from './field-checks.ts';

/** Why one event is not stored: what is wrong, where, and what to do. */
export interface Refusal {
  code: string;
  message: string;
}

export function refusal(code: string, message: string): Refusal {
  return { code, message };
}

const TEXT = 'bytes of UTF-8 without U+0000';
const ID = `a string of 1-64 ${TEXT}`;
const NAME = `a string of 1-128 ${TEXT}`;
const SCALARS = 'a flat object of at most 32 keys with strings, finite numbers or booleans, at most 2 kB as JSON';
const CALL = 'an object {ms, status, score?, label?} with ms from 0 and status ok, error, timeout or cancelled';
const MEASURES = 'a flat object of at most 32 keys with numbers within ±1e15 or booleans, at most 2 kB as JSON';

const EXPECTED: Record<string, string> = {
  unit: `a string of 1-256 ${TEXT}`,
  slot: NAME,
  phase: 'an integer from 1, the phase id of the ruleset',
  step: 'an integer from 1',
  variant: NAME,
  band: '"candidate", "control", "waiting" or absent',
  at: 'milliseconds since 1970 up to the year 9999, or ISO 8601 with seconds and offset',
  decision: ID,
  propensity: 'a number above 0 and at most 1, the probability with which the variant was chosen',
  ruleset: 'an integer from 0, the version of the ruleset',
  source: '"hash", "sticky" or "external"',
  call: 'true, false or absent',
  attributes: SCALARS,
  name: NAME,
  value: 'a finite number within ±1e15, or absent (which means 1)',
  impression: ID,
  item: ID,
  properties: SCALARS,
  items: 'an array of at most 1000 {id, team, contested} with strings and a boolean',
  depth: 'an integer from 1 to 1000',
  degraded: 'an object {cause, variant} of strings, or absent',
  champion: CALL,
  candidate: CALL,
  reference: CALL,
  measures: MEASURES,
  measuresReference: MEASURES,
  example: 'JSON of at most 2 kB and 16 levels without U+0000',
};

export function invalidField(type: EventType, event: Fields, field: string): Refusal {
  const expected = EXPECTED[field] ?? 'as the API document says';
  return refusal('invalid_field', `${type}.${field} must be ${expected}; it is ${describe(event[field])}.`);
}

export function notAnEvent(value: unknown): Refusal {
  return refusal('invalid_field', `The event must be an object with a type; it is ${describe(value)}.`);
}

export function unknownType(type: unknown): Refusal {
  const told = typeof type === 'string' ? quoted(type) : describe(type);
  return refusal('unknown_type', `type must be exposure, outcome, impression or comparison; it is ${told}.`);
}

export function unknownSlot(type: EventType, slot: string): Refusal {
  return refusal(
    'unknown_slot',
    `${type}.slot ${quoted(slot)} is no slot of this key's environment. Use a key of its environment.`,
  );
}

export function unknownPhase(type: EventType, phase: number): Refusal {
  return refusal(
    'unknown_phase',
    `${type}.phase ${phase} is no phase of this key's environment that has started. Use a key of its environment.`,
  );
}

export function wrongVariant(field: string, variant: string, phase: number): Refusal {
  return refusal(
    'wrong_variant',
    `${field} ${quoted(variant)} is no variant of phase ${phase}. Send the decision's variant.`,
  );
}

/** Short, and safe to store as jsonb whatever the client sent. */
function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `"${wellFormed(short.replaceAll('\0', '\ufffd'))}"`;
}
