import { expect, it } from 'vitest';
import { count, list, oneOf, percent, pPhrase, quantity, signedPercent } from '../../server/analysis/phrases.ts';

it('shows shares with the digits that matter', () => {
  expect([0.29664, 0.0042, 0.000312, 0, 1].map(percent)).toEqual(
    ['29.7', '0.42', '0.031', '0', '100.0'].map((each) => `${each}\u202f%`),
  );
  expect([0.2741, -0.03].map(signedPercent)).toEqual(['+27.4\u202f%', '−3.0\u202f%']);
});

it('says p-values with two digits, far beyond where a number underflows', () => {
  expect([0.42, 0.03412, 0.00021, 3.2e-12].map((p) => pPhrase(p, Math.log10(p)))).toEqual([
    'p = 0.42',
    'p = 0.034',
    'p = 0.00021',
    'p = 3.2e-12',
  ]);
  expect(pPhrase(0, -412.7)).toBe('p = 2.0e-413');
});

it('counts and lists in words', () => {
  expect(count(305_866)).toBe('305\u202f866');
  expect(oneOf(1, 'unit was', 'units were')).toBe('1 unit was');
  expect(list(['a', 'b', 'c'])).toBe('a, b and c');
  expect([0, 12.431, -0.00123, 1234.5].map(quantity)).toEqual(['0', '12.4', '−0.00123', '1\u202f235']);
});
