import { hash } from '@assay-ml/sdk';
import { expect, test } from 'vitest';
import { seenExposures } from '../../sdk/dedupe.ts';

const seed = { low: 1, high: 2 };
const other = { low: 1, high: 3 };
const place = (unit: string) => hash('salt', unit) | 0;

test('An exposure is seen once it was added, and only for its own arm and unit', () => {
  const seen = seenExposures(6);
  expect(seen.has(seed, place('u'), 'u')).toBe(false);
  seen.add(seed, place('u'), 'u');
  expect(seen.has(seed, place('u'), 'u')).toBe(true);
  expect(seen.has(other, place('u'), 'u')).toBe(false);
  expect(seen.has(seed, place('v'), 'v')).toBe(false);
});

test('Two units with the same draw are told apart', () => {
  const seen = seenExposures(6);
  seen.add(seed, 42, 'u');
  expect(seen.has(seed, 42, 'v')).toBe(false);
});

test('A fingerprint of zero is not taken for an empty place', () => {
  const seen = seenExposures(6);
  seen.add(seed, 0, 'a');
  expect(seen.has({ low: 0, high: 99 }, 0, 'b')).toBe(false);
  seen.add({ low: 0, high: 99 }, 0, 'b');
  expect(seen.has({ low: 0, high: 99 }, 0, 'b')).toBe(true);
});

test('The table forgets the oldest and never grows: 4 ways in each of 64 sets', () => {
  const seen = seenExposures(6);
  const units = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
  for (const unit of units) seen.add(seed, place(unit), unit);
  const remembered = units.filter((unit) => seen.has(seed, place(unit), unit));
  expect(remembered).toHaveLength(4 * 64);
  expect(remembered).toContain('user-9999');
});

test('In the full size 100,000 units stay remembered, and none is taken for another', () => {
  const seen = seenExposures();
  const units = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);
  for (const unit of units) seen.add(seed, place(unit), unit);
  // Sets of 4 overflow now and then: at this load about 1 unit in 1,500.
  expect(units.filter((unit) => seen.has(seed, place(unit), unit)).length).toBeGreaterThan(99_800);
  const strangers = Array.from({ length: 100_000 }, (_, i) => `stranger-${i}`);
  expect(strangers.filter((unit) => seen.has(seed, place(unit), unit))).toEqual([]);
});
