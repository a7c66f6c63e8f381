import { AssayError } from '../http/errors.ts';

/** Which entries are asked for; what is absent does not narrow. */
export interface AuditFilter {
  /** "experiment" is all of a kind, "experiment:checkout" one thing. */
  subject?: string;
  /** Part of the name, in either case. */
  actor?: string;
  action?: string;
  from?: Date;
  /** Exclusive. */
  to?: Date;
}

const MOST = 200;
const USUAL = 50;

/** The parameters after the "?", each with what it does. */
export const filterParameters = {
  subject: 'A kind, such as experiment, slot, metric, audience or key; or one thing, such as experiment:checkout',
  actor: 'Part of the name of who did it, in either case',
  action: 'What was done, such as experiment.roll-back',
  from: 'Instant, ISO 8601: at this time or later',
  to: 'Instant, ISO 8601: before this time',
};

export const pageParameters = {
  before: 'The `next` of the page before',
  limit: `Entries of a page, 1 to ${MOST}; ${USUAL} when absent`,
};

type Query = Record<string, unknown>;

export function readFilter(query: Query): AuditFilter {
  const subject = textOf(query, 'subject');
  if (subject !== undefined && !/^[a-z]+(:.+)?$/.test(subject)) {
    throw new AssayError(
      'invalid_request',
      `subject: "${subject}" is neither a kind, such as "experiment", nor one thing, such as "experiment:checkout".`,
    );
  }
  const [actor, action] = [textOf(query, 'actor'), textOf(query, 'action')];
  const [from, to] = [instantOf(query, 'from'), instantOf(query, 'to')];
  return {
    ...(subject !== undefined && { subject }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

export function readPage(query: Query): { before: number | null; limit: number } {
  return {
    before: wholeOf(query, 'before', 2_147_483_647) ?? null,
    limit: wholeOf(query, 'limit', MOST) ?? USUAL,
  };
}

/** Of a parameter that is named twice the first counts. */
function textOf(query: Query, name: string): string | undefined {
  const value = Array.isArray(query[name]) ? query[name][0] : query[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function instantOf(query: Query, name: string): Date | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new AssayError('invalid_request', `${name}: "${text}" is no instant: write it as 2026-11-23T09:30:00Z.`);
}

function wholeOf(query: Query, name: string, most: number): number | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= 1 && value <= most) return value;
  throw new AssayError('invalid_request', `${name}: "${text}" is not a whole number from 1 to ${most}.`);
}
