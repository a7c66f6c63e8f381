import { expect, test } from 'vitest';
import { seenExposures } from '../../sdk/dedupe.ts';

const seed = { low: 1, high: 2 };
const other = { low: 1, high: 3 };

test('An exposure is seen once it was added, and only for its own arm and unit', () => {
  const seen = seenExposures(6);
  expect(seen.has(seed, 'u')).toBe(false);
  seen.add(seed, 'u');
  expect(seen.has(seed, 'u')).toBe(true);
  expect(seen.has(other, 'u')).toBe(false);
  expect(seen.has(seed, 'v')).toBe(false);
});

test('An empty unit of an arm with an empty seed is not taken for an empty place', () => {
  const seen = seenExposures(6);
  const nothing = { low: 0, high: 0 };
  seen.add(seed, 'a');
  expect(seen.has(nothing, '')).toBe(false);
  seen.add(nothing, '');
  expect(seen.has(nothing, '')).toBe(true);
});

test('What is asked for again stays remembered while others are forgotten', () => {
  const seen = seenExposures(6);
  seen.add(seed, 'faithful');
  for (let i = 0; i < 10_000; i++) {
    seen.add(seed, `user-${i}`);
    expect(seen.has(seed, 'faithful')).toBe(true);
  }
});

test('Two tables of 64 places, four fifths full, remember the latest and never more', () => {
  const seen = seenExposures(6);
  const units = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
  for (const unit of units) seen.add(seed, unit);
  expect(units.slice(0, -103).filter((unit) => seen.has(seed, unit))).toEqual([]);
  expect(units.slice(-51).every((unit) => seen.has(seed, unit))).toBe(true);
});

test('In the full size 419,000 units stay remembered while it grows, and none is taken for another', () => {
  const seen = seenExposures();
  const units = Array.from({ length: 419_000 }, (_, i) => `user-${i}`);
  for (const unit of units) seen.add(seed, unit);
  expect(units.every((unit) => seen.has(seed, unit))).toBe(true);
  const strangers = Array.from({ length: 100_000 }, (_, i) => `stranger-${i}`);
  expect(strangers.filter((unit) => seen.has(seed, unit))).toEqual([]);
});
