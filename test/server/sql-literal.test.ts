import { expect, it } from 'vitest';
import { commentText, numberLiteral, textLiteral } from '../../server/db/sql-literal.ts';

it('no name ends a literal or a comment', () => {
  expect(textLiteral("it's")).toBe("'it''s'");
  expect(textLiteral("\\'; drop table unit_total; --")).toBe("E'\\\\''; drop table unit_total; --'");
  expect(commentText('a\r\nb\u2028c')).toBe('a b c');
});

it('a number keeps its digits and its sign', () => {
  expect([0.1 + 0.2, -2, 1e-7].map(numberLiteral)).toEqual(['0.30000000000000004', '(-2)', '1e-7']);
  expect(() => numberLiteral(Number.POSITIVE_INFINITY)).toThrow(RangeError);
});
