import { expect, it } from 'vitest';
import { changeBetween } from '../../server/live/live-change.ts';

const state = (experiments: Record<string, string>, audit: Record<number, string> = {}, rules = 1) => ({
  rules,
  experiments: new Map(Object.entries(experiments)),
  audit: new Map(Object.entries(audit).map(([id, subject]) => [Number(id), subject])),
});

it('names experiments whose stamp is another one, is new or is gone, and those in the audit', () => {
  const before = state({ a: '1', b: '1', c: '1' });
  const after = state({ a: '1', b: '2', d: '1' }, { 7: 'experiment:e', 8: 'experiment:b' });
  expect(changeBetween(before, after)).toEqual({
    experiments: ['b', 'c', 'd', 'e'],
    slots: false,
    metrics: false,
    audit: true,
  });
});

it('an entry that commits after a later one is still told, once', () => {
  const [first, second] = [state({}, { 2: 'slot:s' }), state({}, { 1: 'metric:m', 2: 'slot:s' })];
  expect(changeBetween(first, second)).toEqual({ experiments: [], slots: false, metrics: true, audit: true });
  expect(changeBetween(second, second)).toBeNull();
});

it('what SDKs decide by is a change of slots', () => {
  expect(changeBetween(state({}), state({}, {}, 2))).toEqual({
    experiments: [],
    slots: true,
    metrics: false,
    audit: false,
  });
});
