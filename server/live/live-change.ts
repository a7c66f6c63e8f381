import type { LiveChange } from '../contract/live-contract.ts';
import type { LiveState } from './read-live-state.ts';

/** What is different between two states of an environment; null when nothing is. */
export function changeBetween(before: LiveState, after: LiveState): LiveChange | null {
  const moved = [...new Set([...before.experiments.keys(), ...after.experiments.keys()])].filter(
    (key) => before.experiments.get(key) !== after.experiments.get(key),
  );
  const subjects = [...after.audit].flatMap(([id, subject]) => (before.audit.has(id) ? [] : [subject]));
  const named = (kind: string) =>
    subjects.flatMap((each) => (each.startsWith(`${kind}:`) ? [each.slice(kind.length + 1)] : []));
  const change = {
    experiments: [...new Set([...moved, ...named('experiment')])].sort(),
    slots: before.rules !== after.rules || named('slot').length > 0,
    metrics: named('metric').length > 0,
    audit: subjects.length > 0,
  };
  return change.experiments.length > 0 || change.slots || change.metrics || change.audit ? change : null;
}
