import { expect, it } from 'vitest';
import { HASH_RANGE } from '../../sdk/index.ts';
import { compileSplit } from '../../server/ruleset/compile-ruleset.ts';

it('compiles weights into integers that end exactly at 2^32 and keep each share within 2^-32', () => {
  const thirds = compileSplit(['a', 'b', 'c'].map((key) => ({ key, weight: 1 / 3 })));
  expect(thirds.map((each) => each.upTo)).toEqual([1_431_655_765, 2_863_311_531, HASH_RANGE]);
  const tenths = compileSplit(Array.from({ length: 10 }, (_, i) => ({ key: `v${i}`, weight: 0.1 })));
  expect(tenths.at(-1)?.upTo).toBe(2 ** 32);
  let before = 0;
  for (const { upTo, weight } of tenths) {
    expect(Math.abs((upTo - before) / 2 ** 32 - weight)).toBeLessThanOrEqual(2 ** -32);
    before = upTo;
  }
});

it('never exceeds 2^32 when rounding errors push the sum above 1', () => {
  const weights = [0.7, 0.1, 0.1, 0.1 + 1e-10];
  const split = compileSplit(weights.map((weight, i) => ({ key: `v${i}`, weight })));
  expect(Math.max(...split.map((each) => each.upTo))).toBe(2 ** 32);
});
