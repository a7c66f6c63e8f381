import type { EvaluationContext, TrackingEventDetails } from '@openfeature/server-sdk';
import type { Context } from './decision.ts';
import { isScalar } from './event-limits.ts';
import type { Scalar } from './events.ts';
import type { OutcomeInput } from './recorder.ts';

/** Whom an evaluation is about. `unit` is null without a targeting key, or with an empty one. */
export interface Subject {
  unit: string | null;
  attributes: NonNullable<Context['attributes']>;
  /** Who the unit was before login; for sticky phases. */
  fallbackUnit: string | undefined;
}

/**
 * The targeting key is the unit, `fallbackUnit` who it was before login, all other fields are attributes: scalars and arrays as
 * they are, dates in ISO 8601, nested objects left out, as no targeting rule can name what is in them.
 * @throws TypeError that says what is wrong with the context.
 */
export function subjectOf(context: EvaluationContext | undefined): Subject {
  const { targetingKey, fallbackUnit, ...fields } = context ?? {};
  if (targetingKey !== undefined && targetingKey !== null && typeof targetingKey !== 'string') {
    throw new TypeError(`targetingKey must be a string, the id of the unit; it is of type ${typeof targetingKey}`);
  }
  // Without a prototype `__proto__` is a name like others.
  const attributes: Record<string, Scalar | null | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(fields)) {
    const plain = isoOf(value);
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) attributes[name] = plain as Scalar;
  }
  return { unit: targetingKey || null, attributes, fallbackUnit: fallbackUnit as string | undefined };
}

/** A tracking event as an outcome: `decision`, `impression`, `item` and `at` of the details are the outcome's own, other scalars its properties. */
export function outcomeOf(context: EvaluationContext | undefined, details: TrackingEventDetails = {}): OutcomeInput {
  const { value, decision, impression, item, at, ...others } = details;
  const scalars = Object.entries(others)
    .map(([name, each]) => [name, isoOf(each)] as const)
    .filter((entry): entry is readonly [string, Scalar] => isScalar(entry[1]));
  return {
    ...({ value, decision, impression, item, at } as Partial<OutcomeInput>),
    // What is missing or of a wrong type is said by `outcome`, which drops and counts the event.
    unit: context?.targetingKey as string,
    properties: Object.fromEntries(scalars),
  };
}

/** Dates as text; an invalid date is nothing. */
function isoOf(value: unknown): unknown {
  if (!(value instanceof Date)) return value;
  return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
}
