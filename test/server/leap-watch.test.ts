import { expect, it } from 'vitest';
import { leapWatch } from '../../server/clock/leap-watch.ts';

const MINUTE = 60_000;

it.each([
  ['ahead', 30 * 24 * 60 * MINUTE],
  ['back', -61 * 60 * MINUTE],
])('a clock that leaps %s is told for ten minutes, and no longer', (_where, leap) => {
  let [wall, elapsed] = [1_790_000_000_000, 0];
  const pass = (ms: number) => {
    wall += ms;
    elapsed += ms;
  };
  const leapt = leapWatch(
    () => new Date(wall),
    () => elapsed,
  );
  expect(leapt()).toBe(false);
  pass(60 * MINUTE);
  expect(leapt()).toBe(false);
  wall += leap;
  expect(leapt()).toBe(true);
  pass(9 * MINUTE);
  expect(leapt()).toBe(true);
  pass(MINUTE);
  expect(leapt()).toBe(false);
});

it('a clock that is corrected bit by bit has not leapt', () => {
  let [wall, elapsed] = [1_790_000_000_000, 0];
  const leapt = leapWatch(
    () => new Date(wall),
    () => elapsed,
  );
  for (let hour = 0; hour < 100; hour++) {
    elapsed += 60 * MINUTE;
    wall += 60 * MINUTE + 2_000;
    expect(leapt()).toBe(false);
  }
});
