import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type CopyRows,
  copyFile,
  noRows,
  setTime,
  startRow,
  writeBoolean,
  writeFloat8,
  writeInt2,
  writeInt4,
  writeJson,
  writeOptionalJson,
  writeOptionalText,
  writeScalars,
  writeText,
  writeTime,
  writeUuid,
} from '../../server/ingest/copy-rows.ts';
import { type ColumnType, readCopyRows } from './read-copy-rows.ts';

const SEED = 20_260_322;

/** What one column of one row reads as. */
function column(type: ColumnType, write: (rows: CopyRows) => void): string | undefined {
  const rows = noRows();
  startRow(rows, 1);
  write(rows);
  return readCopyRows(rows, [type])[0]?.[0];
}

function holds<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void {
  fc.assert(
    fc.property(arbitrary, (value) => void check(value)),
    { seed: SEED, numRuns: 3_000 },
  );
}

it('writes any text as UTF-8, lone surrogates as TextEncoder does', () => {
  holds(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
    expect(column('text', (rows) => writeText(rows, text))).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  });
  for (const length of [99, 100, 101, 5_000, 20_000]) {
    expect(column('text', (rows) => writeText(rows, 'é'.repeat(length)))).toBe('é'.repeat(length));
    expect(column('text', (rows) => writeText(rows, 'a'.repeat(length)))).toBe('a'.repeat(length));
  }
  expect(column('text', (rows) => writeOptionalText(rows, undefined))).toBe('\\N');
  expect(column('text', (rows) => writeOptionalText(rows, ''))).toBe('');
});

it('writes any JSON as jsonb reads it', () => {
  holds(fc.jsonValue(), (value) => {
    const json = column('jsonb', (rows) => writeJson(rows, value)) ?? '';
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
  });
  expect(column('jsonb', (rows) => writeJson(rows, { a: 'x"y\n' }))).toBe('{"a":"x\\"y\\n"}');
  expect(column('jsonb', (rows) => writeJson(rows, { '\ud800': ['\udc00'] }))).toBe('{"\ufffd":["\ufffd"]}');
  expect(column('jsonb', (rows) => writeOptionalJson(rows, null))).toBe('\\N');
});

it('writes flat records as JSON.stringify does', () => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
  );
  holds(fc.dictionary(fc.string({ maxLength: 20 }), scalar, { maxKeys: 8 }), (record) => {
    const json = column('jsonb', (rows) => writeScalars(rows, record)) ?? '';
    const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');
    const expected = Object.fromEntries(
      Object.entries(record).map(([key, value]) => [
        wellFormed(key),
        typeof value === 'string' ? wellFormed(value) : value,
      ]),
    );
    expect(json).toBe(JSON.stringify(expected));
  });
  const long = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`key${i}`, 'x'.repeat(50)]));
  expect(column('jsonb', (rows) => writeScalars(rows, long))).toBe(JSON.stringify(long));
  expect(column('jsonb', (rows) => writeScalars(rows, {}))).toBe('{}');
  expect(column('jsonb', (rows) => writeScalars(rows, JSON.parse('{"__proto__":"x","a":-0}')))).toBe(
    '{"__proto__":"x","a":0}',
  );
});

it('writes numbers, truth, ids and moments with every bit', () => {
  holds(fc.double({ noNaN: true }), (value) => {
    expect(column('float8', (rows) => writeFloat8(rows, value))).toBe(String(value + 0));
  });
  expect(Object.is(Number(column('float8', (rows) => writeFloat8(rows, -0))), 0)).toBe(true);
  holds(fc.integer(), (value) => expect(column('int4', (rows) => writeInt4(rows, value))).toBe(String(value)));
  holds(fc.integer({ min: -32_768, max: 32_767 }), (value) => {
    expect(column('int2', (rows) => writeInt2(rows, value))).toBe(String(value));
  });
  holds(fc.boolean(), (value) => {
    expect(column('bool', (rows) => writeBoolean(rows, value))).toBe(value ? 't' : 'f');
  });
  holds(fc.uuid(), (id) => expect(column('uuid', (rows) => writeUuid(rows, id))).toBe(id.replaceAll('-', '')));
  const moments = fc.integer({ min: Date.UTC(1800, 0), max: Date.UTC(2200, 0) });
  holds(moments, (ms) => expect(column('time', (rows) => writeTime(rows, ms))).toBe(new Date(ms).toISOString()));
});

it('puts parts of rows into one file, and times over times', () => {
  const rows = noRows();
  for (let i = 0; i < 3_000; i++) {
    startRow(rows, 2);
    writeTime(rows, i);
    writeInt4(rows, i);
  }
  for (const start of rows.starts) setTime(rows.bytes, start + 6, 1_790_000_000_000);
  const expected = (i: number) => [new Date(1_790_000_000_000).toISOString(), String(i)];
  expect(readCopyRows(rows, ['time', 'int4'])).toEqual(Array.from({ length: 3_000 }, (_, i) => expected(i)));

  const file = copyFile([
    { rows, from: 2_999, to: 3_000 },
    { rows, from: 1, to: 3 },
  ]);
  expect(file.subarray(0, 19).toString('latin1')).toBe(`PGCOPY\n\xff\r\n\0${'\0'.repeat(8)}`);
  const size = 2 + 12 + 8;
  const part = { bytes: file.subarray(19, -2), end: 3 * size, starts: [0, size, 2 * size] };
  expect(readCopyRows(part, ['time', 'int4'])).toEqual([2_999, 1, 2].map(expected));
  expect([...file.subarray(-2)]).toEqual([255, 255]);
});
