/**
 * Rows in the binary format of PostgreSQL's COPY (its manual, COPY, "Binary Format"). A column is its length and its bytes,
 * as the `recv` function of its type reads them; a type that differs from the table's is an error, not a cast.
 */
export interface CopyRows {
  /** The first `end` bytes are written. */
  bytes: Buffer;
  end: number;
  /** Where each row begins. */
  starts: number[];
}

type Scalars = Readonly<Record<string, string | number | boolean>>;

const FIRST_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);
/** Memory of rows that are stored, for those of later batches: as garbage it would have the whole heap collected often. */
const SPARE: Buffer[] = [];
const MAX_SPARE = 64;
const MAX_SPARE_BYTES = 262_144;
/** PostgreSQL counts time from here, in microseconds: 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
/** Signature, flags, length of the extension. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
/** Up to here a loop over its characters is faster than a call of the runtime. */
const SHORT = 100;
const MAX_JSON_BYTES = 2_048;
const NOT_PLAIN = -1;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LONE_SURROGATE = /\p{Surrogate}/gu;

export function noRows(): CopyRows {
  return { bytes: NOTHING, end: 0, starts: [] };
}

/** Gives the memory of rows back. Nobody may use them any more. */
export function recycle(rows: CopyRows): void {
  const { bytes } = rows;
  rows.bytes = NOTHING;
  rows.end = 0;
  rows.starts = [];
  if (bytes.length > 0 && bytes.length <= MAX_SPARE_BYTES && SPARE.length < MAX_SPARE) SPARE.push(bytes);
}

/** What COPY reads: rows of several sources, `from` inclusive and `to` exclusive counted in rows. */
export function copyFile(parts: readonly { rows: CopyRows; from: number; to: number }[]): Buffer {
  const bytes = parts.map(({ rows, from, to }) =>
    rows.bytes.subarray(rows.starts[from] ?? rows.end, rows.starts[to] ?? rows.end),
  );
  return Buffer.concat([HEADER, ...bytes, TRAILER]);
}

/** Begins a row of so many columns. */
export function startRow(rows: CopyRows, columns: number): void {
  const at = reserve(rows, 2);
  rows.starts.push(at);
  rows.bytes[at] = columns >> 8;
  rows.bytes[at + 1] = columns;
  rows.end = at + 2;
}

/** Writes bytes that are columns already. */
export function writeReady(rows: CopyRows, columns: Uint8Array): void {
  const at = reserve(rows, columns.length);
  rows.bytes.set(columns, at);
  rows.end = at + columns.length;
}

export function writeNull(rows: CopyRows): void {
  const at = reserve(rows, 4);
  setInt(rows.bytes, at, -1);
  rows.end = at + 4;
}

/** `smallint` */
export function writeInt2(rows: CopyRows, value: number): void {
  const at = reserve(rows, 6);
  setInt(rows.bytes, at, 2);
  rows.bytes[at + 4] = value >> 8;
  rows.bytes[at + 5] = value;
  rows.end = at + 6;
}

/** `int` */
export function writeInt4(rows: CopyRows, value: number): void {
  const at = reserve(rows, 8);
  setInt(rows.bytes, at, 4);
  setInt(rows.bytes, at + 4, value);
  rows.end = at + 8;
}

export function writeBoolean(rows: CopyRows, value: boolean): void {
  const at = reserve(rows, 5);
  setInt(rows.bytes, at, 1);
  rows.bytes[at + 4] = value ? 1 : 0;
  rows.end = at + 5;
}

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);
const BIG_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/** `float8`; −0 becomes 0, as its text would. */
export function writeFloat8(rows: CopyRows, value: number): void {
  const at = reserve(rows, 12);
  const { bytes } = rows;
  setInt(bytes, at, 8);
  double[0] = value + 0;
  for (let i = 0; i < 8; i++) bytes[at + 4 + i] = doubleBytes[BIG_ENDIAN ? i : 7 - i] ?? 0;
  rows.end = at + 12;
}

/** `timestamptz` of whole ms since 1970. */
export function writeTime(rows: CopyRows, ms: number): void {
  const at = reserve(rows, 12);
  setInt(rows.bytes, at, 8);
  setTime(rows.bytes, at + 4, ms);
  rows.end = at + 12;
}

/** Overwrites the eight bytes of a `timestamptz`. */
export function setTime(bytes: Uint8Array, at: number, ms: number): void {
  const micros = (ms - POSTGRES_EPOCH_MS) * 1_000;
  const high = Math.floor(micros / 4_294_967_296);
  setInt(bytes, at, high);
  setInt(bytes, at + 4, micros - high * 4_294_967_296);
}

/** `uuid` from its text. */
export function writeUuid(rows: CopyRows, uuid: string): void {
  const at = reserve(rows, 20);
  setInt(rows.bytes, at, 16);
  rows.bytes.write(uuid.replaceAll('-', ''), at + 4, 'hex');
  rows.end = at + 20;
}

/** `text`. Lone surrogates become U+FFFD, as TextEncoder makes them, so that what is stored is what was hashed. */
export function writeText(rows: CopyRows, text: string): void {
  const at = reserve(rows, 4 + 3 * text.length) + 4;
  const length = setText(rows.bytes, at, text);
  setInt(rows.bytes, at - 4, length);
  rows.end = at + length;
}

export function writeOptionalText(rows: CopyRows, text: string | null | undefined): void {
  if (text === null || text === undefined) writeNull(rows);
  else writeText(rows, text);
}

/** `jsonb`: its version, 1, and the text. */
export function writeJson(rows: CopyRows, value: unknown): void {
  const json = jsonOf(value);
  const at = reserve(rows, 5 + 3 * json.length) + 5;
  const length = setText(rows.bytes, at, json);
  setInt(rows.bytes, at - 5, length + 1);
  rows.bytes[at - 1] = 1;
  rows.end = at + length;
}

export function writeOptionalJson(rows: CopyRows, value: unknown): void {
  if (value === null || value === undefined) writeNull(rows);
  else writeJson(rows, value);
}

/**
 * A flat record as `jsonb`, of at most 2 kB as the checks of events allow. Most hold plain ASCII, which is written without
 * making the JSON first.
 */
export function writeScalars(rows: CopyRows, record: Scalars): void {
  const start = reserve(rows, 5 + MAX_JSON_BYTES);
  const end = setScalars(rows.bytes, start + 5, record);
  if (end === NOT_PLAIN) {
    writeJson(rows, record);
    return;
  }
  setInt(rows.bytes, start, end - start - 4);
  rows.bytes[start + 4] = 1;
  rows.end = end;
}

export function writeOptionalScalars(rows: CopyRows, record: Scalars | null | undefined): void {
  if (record === null || record === undefined) writeNull(rows);
  else writeScalars(rows, record);
}

/** Lone surrogates become U+FFFD, as TextEncoder makes them. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

/** JSON escapes lone surrogates, and jsonb refuses those escapes. */
function jsonOf(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes('\\') ? JSON.stringify(value, wellFormedPart) : json;
}

function wellFormedPart(_key: string, part: unknown): unknown {
  if (typeof part === 'string') return wellFormed(part);
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [wellFormed(key), value]));
}

/** Writes the JSON of a record of plain ASCII; returns where it ends, or NOT_PLAIN. */
function setScalars(bytes: Buffer, from: number, record: Scalars): number {
  let at = from;
  bytes[at++] = OPEN;
  for (const key in record) {
    if (at > from + 1) bytes[at++] = COMMA;
    at = setQuoted(bytes, at, key);
    if (at === NOT_PLAIN) return NOT_PLAIN;
    bytes[at++] = COLON;
    const value = record[key];
    if (typeof value === 'string') {
      at = setQuoted(bytes, at, value);
      if (at === NOT_PLAIN) return NOT_PLAIN;
    } else at += setText(bytes, at, String(value));
  }
  bytes[at++] = CLOSE;
  return at;
}

/** A JSON string of characters that stand for themselves; returns where it ends, or NOT_PLAIN. */
function setQuoted(bytes: Buffer, from: number, text: string): number {
  let at = from;
  bytes[at++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 126 || code < 32 || code === QUOTE || code === BACKSLASH) return NOT_PLAIN;
    bytes[at++] = code;
  }
  bytes[at++] = QUOTE;
  return at;
}

/** Writes UTF-8 where there is room for three bytes a code unit; returns how many it took. */
function setText(bytes: Buffer, at: number, text: string): number {
  const { length } = text;
  if (length > SHORT) return bytes.write(text, at);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return bytes.write(text, at);
    bytes[at + i] = code;
  }
  return length;
}

function setInt(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Makes room for `size` more bytes; returns where they go. */
function reserve(rows: CopyRows, size: number): number {
  const needed = rows.end + size;
  if (needed > rows.bytes.length) {
    const spare = rows.end === 0 ? SPARE.pop() : undefined;
    const size = Math.max(FIRST_BYTES, 2 * rows.bytes.length, needed);
    const larger = spare && spare.length >= needed ? spare : Buffer.allocUnsafeSlow(size);
    rows.bytes.copy(larger, 0, 0, rows.end);
    rows.bytes = larger;
  }
  return rows.end;
}
