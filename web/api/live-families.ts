import type { LiveChange } from '../../server/contract/live-contract.ts';

/** Families of queries that no change told by the stream is about. */
const APART = ['session', 'explain', 'off-policy'];
/** Those that the audit tells of. */
const AUDITED = ['audit', 'audiences', 'keys'];

/**
 * How a change touches a query, by its key: `own`, what it is about changed; `list`, something in a list of many did; null:
 * not at all. A key begins with its family, and what it is about stands second.
 */
export function touchedBy(change: LiveChange, [family, subject]: readonly unknown[]): 'own' | 'list' | null {
  if (typeof family !== 'string' || APART.includes(family)) return null;
  if (family.startsWith('slot')) return change.slots ? 'own' : null;
  if (family.startsWith('metric')) return change.metrics ? 'own' : null;
  if (AUDITED.includes(family)) return change.audit ? 'own' : null;
  if (typeof subject === 'string') return change.experiments.includes(subject) ? 'own' : null;
  return change.experiments.length > 0 ? 'list' : null;
}

/** Two changes as one. */
export function joined(one: LiveChange, other: LiveChange): LiveChange {
  return {
    experiments: [...new Set([...one.experiments, ...other.experiments])],
    slots: one.slots || other.slots,
    metrics: one.metrics || other.metrics,
    audit: one.audit || other.audit,
  };
}
