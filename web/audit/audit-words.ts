import type { AuditEntry } from '../../server/contract/audit-contract.ts';
import { counted } from '../format.ts';
import { historyLine } from '../parts/history-words.ts';

/** One entry as people say it. */
export type AuditLine = {
  what: string;
  reason: string | null;
  /** What the sentence does not tell. */
  rest: Record<string, unknown>;
};

type Detail = AuditEntry['detail'];

export function auditLine(entry: Pick<AuditEntry, 'action' | 'detail'>): AuditLine {
  const own = ownWords[entry.action]?.(entry.detail);
  if (!own) {
    const { what, reason, numbers } = historyLine(entry);
    return { what: capital(what), reason, rest: numbers ?? {} };
  }
  const reason = typeof entry.detail.reason === 'string' ? entry.detail.reason : null;
  const rest = Object.entries(entry.detail).filter(([name]) => name !== 'reason' && !own.told.includes(name));
  return { what: own.what, reason, rest: Object.fromEntries(rest) };
}

/** Of what the history of an experiment does not know: the sentence, and the fields that it tells. */
const ownWords: Record<string, (detail: Detail) => { what: string; told: string[] }> = {
  'slot.create': ({ champion }) => ({ what: `Made it, with champion ${quoted(champion)}`, told: ['champion'] }),
  'slot.champion': ({ from, to }) => ({
    what: `Made ${quoted(to)} its champion, in place of ${quoted(from)}`,
    told: ['from', 'to'],
  }),
  'slot.pause': ({ paused }) => ({
    what: `Pulled the kill switch: ${things(paused, 'paused')}`,
    told: ['paused', 'phase'],
  }),
  'slot.resume': ({ resumed }) => ({
    what: `Released the kill switch: ${things(resumed, 'resumed')}`,
    told: ['resumed', 'phase'],
  }),
  'variant.create': ({ variant }) => ({ what: `Added the variant ${quoted(variant)}`, told: ['variant'] }),
  'metric.create': ({ name }) => ({ what: `Defined it as ${quoted(name)}`, told: ['key', 'name'] }),
  'audience.create': () => ({ what: 'Saved it', told: [] }),
  'audience.edit': () => ({ what: 'Edited it', told: [] }),
  'audience.delete': () => ({ what: 'Deleted it', told: [] }),
  'key.create': (detail) => ({ what: `Made the ${keyName(detail)}`, told: ['kind', 'name'] }),
  'key.revoke': (detail) => ({ what: `Revoked the ${keyName(detail)}`, told: ['kind', 'name'] }),
};

/** What can be chosen in the filter, in groups by kind. */
export const actions: Record<string, string> = {
  'experiment.create': 'Experiment created',
  'experiment.start': 'Experiment started',
  'experiment.advance': 'Phase started',
  'experiment.advance-refused': 'Phase could not start',
  'experiment.step': 'Ramp step taken',
  'experiment.hold': 'Ramp held',
  'experiment.release': 'Ramp released',
  'experiment.roll-back': 'Rolled back',
  'experiment.pause': 'Experiment paused',
  'experiment.resume': 'Experiment resumed',
  'experiment.conclude': 'Experiment concluded',
  'experiment.edit': 'Experiment edited',
  'experiment.add-phase': 'Phase added',
  'experiment.edit-phase': 'Phase edited',
  'experiment.remove-phase': 'Phase removed',
  'canary.complete': 'Ramp completed',
  'canary.sample-ratio': 'Sample ratio alarm',
  'slot.create': 'Slot made',
  'slot.champion': 'Champion changed',
  'slot.pause': 'Kill switch pulled',
  'slot.resume': 'Kill switch released',
  'variant.create': 'Variant added',
  'metric.create': 'Metric defined',
  'audience.create': 'Audience saved',
  'audience.edit': 'Audience edited',
  'audience.delete': 'Audience deleted',
  'key.create': 'Key made',
  'key.revoke': 'Key revoked',
};

/** The thing of an entry, and the page that shows it; null: it has none. */
export function subjectOf(subject: string): { kind: string; key: string; to: string | null } {
  const colon = subject.indexOf(':');
  const [kind, key] = [subject.slice(0, colon), subject.slice(colon + 1)];
  const page = pages[kind];
  return { kind, key, to: page === undefined ? null : kind === 'key' ? page : `${page}/${encodeURIComponent(key)}` };
}

const pages: Record<string, string> = {
  experiment: '/experiments',
  slot: '/slots',
  metric: '/catalogue',
  key: '/settings',
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const quoted = (value: unknown): string => (typeof value === 'string' ? `“${value}”` : 'another');
const keyName = ({ kind, name }: Detail): string =>
  typeof name === 'string' ? `${kind === 'sdk' ? 'SDK' : 'admin'} key “${name}”` : 'key';

function things(keys: unknown, verb: string): string {
  if (!Array.isArray(keys) || keys.length === 0) return 'nothing was running';
  return `${verb} ${keys.length > 3 ? counted(keys.length, 'experiment') : keys.map(quoted).join(', ')}`;
}
