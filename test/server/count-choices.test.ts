import { expect, test } from 'vitest';
import { countChoices } from '../../server/targeting/count-choices.ts';

test.each([
  ['', 1],
  ['^user-\\d+$', 1],
  ['a|b|c', 3],
  ['(?:a|a)(?:a|a)', 4],
  ['(a|b)?', 4],
  ['a?a?a?', 8],
  ['a{2,5}', 4],
  ['(?:a|b){3}', 8],
  ['(?:a|b)+c{1,2}', 4],
  ['(?:a|b){2,}', 4],
  ['\\d{1,3}?', 3],
  ['[|?(]{7}\\|\\?\\(', 1],
  ['\\p{Lu}\\u{1f44d}{2}', 1],
  ['a+?b*?', 1],
])('%s can take one text in at most %d ways', (pattern, ways) => {
  new RegExp(pattern, 'u');
  expect(countChoices(pattern)).toBe(ways);
});

test('what is past counting is infinite or large, never less than what it is', () => {
  expect(countChoices('(?:a?){25}a{25}')).toBeGreaterThan(2 ** 24);
  expect(countChoices('(?:(?:a?){250}){250}')).toBe(Number.POSITIVE_INFINITY);
  expect(countChoices('(?:a|a)'.repeat(36))).toBe(2 ** 36);
});
