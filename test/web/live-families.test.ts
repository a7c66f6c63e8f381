import { expect, it } from 'vitest';
import { joined, touchedBy } from '../../web/api/live-families.ts';

const nothing = { experiments: [], slots: false, metrics: false, audit: false };

it('only what is about a changed experiment is asked again, and lists of experiments', () => {
  const change = { ...nothing, experiments: ['a'] };
  const touched = (...key: unknown[]) => touchedBy(change, key);
  expect(touched('report', 'a', null)).toBe('own');
  expect(touched('report', 'b', null)).toBeNull();
  expect(touched('experiments')).toBe('list');
  expect([touched('session'), touched('metrics'), touched('slot-list'), touched('audit')]).toEqual(Array(4).fill(null));
});

it('slots, metrics and the audit touch their own families', () => {
  expect(touchedBy({ ...nothing, slots: true }, ['slot', 'a'])).toBe('own');
  expect(touchedBy({ ...nothing, metrics: true }, ['metrics'])).toBe('own');
  expect(touchedBy({ ...nothing, audit: true }, ['keys'])).toBe('own');
  expect(touchedBy({ ...nothing, audit: true }, ['report', 'a', null])).toBeNull();
});

it('changes that wait become one', () => {
  const [one, other] = [
    { ...nothing, experiments: ['a', 'b'], slots: true },
    { ...nothing, experiments: ['b', 'c'], audit: true },
  ];
  expect(joined(one, other)).toEqual({ experiments: ['a', 'b', 'c'], slots: true, metrics: false, audit: true });
});
