import type { CopyRows } from '../../server/ingest/copy-rows.ts';

/** How a column of the binary format is read, as PostgreSQL's types read theirs. */
const READ = {
  text: (bytes: Buffer) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  jsonb: (bytes: Buffer) => {
    if (bytes[0] !== 1) throw new Error(`version ${bytes[0]} of jsonb`);
    return READ.text(bytes.subarray(1));
  },
  int2: (bytes: Buffer) => String(sized(bytes, 2).readInt16BE()),
  int4: (bytes: Buffer) => String(sized(bytes, 4).readInt32BE()),
  float8: (bytes: Buffer) => String(sized(bytes, 8).readDoubleBE()),
  bool: (bytes: Buffer) => (sized(bytes, 1)[0] === 1 ? 't' : 'f'),
  uuid: (bytes: Buffer) => sized(bytes, 16).toString('hex'),
  time: (bytes: Buffer) => {
    const micros = sized(bytes, 8).readBigInt64BE();
    if (micros % 1000n !== 0n) throw new Error(`${micros} is not whole milliseconds`);
    return new Date(Number(micros / 1000n) + Date.UTC(2000, 0, 1)).toISOString();
  },
};

export type ColumnType = keyof typeof READ;

/** The rows as text by column, null as `\N`; throws where they are not what the format asks for. */
export function readCopyRows(rows: CopyRows, types: readonly ColumnType[]): string[][] {
  return rows.starts.map((start, i) => {
    const end = rows.starts[i + 1] ?? rows.end;
    let at = start + 2;
    if (rows.bytes.readInt16BE(start) !== types.length) throw new Error('another number of columns');
    const columns = types.map((type) => {
      const length = rows.bytes.readInt32BE(at);
      const from = at + 4;
      at = from + Math.max(length, 0);
      return length === -1 ? '\\N' : READ[type](rows.bytes.subarray(from, at));
    });
    if (at !== end) throw new Error(`the row ends at ${at} instead of ${end}`);
    return columns;
  });
}

function sized(bytes: Buffer, size: number): Buffer {
  if (bytes.length !== size) throw new Error(`${bytes.length} bytes instead of ${size}`);
  return bytes;
}
