import type { FlagContext } from './exposure-of.ts';
import { OfrepError } from './ofrep-error.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws OfrepError naming what of the body is missing or wrong. */
export function readContext(body: unknown): FlagContext {
  if (!isObject(body)) {
    throw new OfrepError('PARSE_ERROR', 'Send a JSON object {"context": {"targetingKey": "…"}} as application/json.');
  }
  const { context } = body;
  if (!isObject(context)) {
    throw new OfrepError('INVALID_CONTEXT', 'context must be an object: {"context": {"targetingKey": "…"}}.');
  }
  const { targetingKey, ...attributes } = context;
  if (targetingKey === undefined || targetingKey === null || targetingKey === '') {
    throw new OfrepError(
      'TARGETING_KEY_MISSING',
      'context.targetingKey is missing: send the id of the user, session, request or item that is decided for.',
    );
  }
  if (typeof targetingKey !== 'string') {
    throw new OfrepError(
      'INVALID_CONTEXT',
      `context.targetingKey must be a string; it is of type ${typeof targetingKey}.`,
    );
  }
  return { unit: targetingKey, attributes };
}
