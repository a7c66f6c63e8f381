import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonColumn, optionalText, textColumn, timeColumn } from '../../server/ingest/copy-text.ts';

const SEED = 20_260_322;

/** Reads one column as the manual of COPY describes it. */
function readColumn(column: string): string {
  return column.replace(/\\(.)/gs, (_, character: string) => ({ n: '\n', r: '\r', t: '\t' })[character] ?? character);
}

it('escapes any text into one column of one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const column = textColumn(text);
      expect(column).not.toMatch(/[\t\n\r]/);
      expect(readColumn(column)).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd'));
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  expect(textColumn('a\tb\\N\r\n')).toBe('a\\tb\\\\N\\r\\n');
  expect(textColumn('\\.')).toBe('\\\\.');
  expect(optionalText(null)).toBe('\\N');
  expect(optionalText('\\N')).toBe('\\\\N');
});

it('escapes any JSON into one column of one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const column = jsonColumn(value);
      expect(column).not.toMatch(/[\t\n\r]/);
      expect(JSON.parse(readColumn(column))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  expect(jsonColumn({ a: 'x"y\n' })).toBe('{"a":"x\\\\"y\\\\n"}');
  expect(jsonColumn({ '\ud800': ['\udc00'] })).toBe('{"\ufffd":["\ufffd"]}');
});

it('writes any moment like toISOString', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
      expect(timeColumn(ms)).toBe(new Date(ms).toISOString());
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  for (const ms of [0, 9, 99, 999, 9_999, 59_999, 60_000, -1]) expect(timeColumn(ms)).toBe(new Date(ms).toISOString());
});
