import type { FileHandle } from 'node:fs/promises';
import { damaged } from './archive-error.ts';

/** The part of POSIX ustar that an archive needs: plain files of known size, one after the other. */

export interface TarEntry {
  name: string;
  data: Buffer;
}

const BLOCK = 512;
/** Entries are read whole; a size beyond this can only be damage. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;
/** Where the header keeps what: offset and length. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;

/** Ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** One file as tar writes it: header, contents, zeros up to the next block. Names are ASCII, at most 100 characters. */
export function tarEntry({ name, data }: TarEntry, at: Date): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (field: keyof typeof FIELDS, text: string) => header.write(text, FIELDS[field][0], 'latin1');
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  if (name.length > FIELDS.name[1]) throw new Error(`a name in an archive is too long: ${name}`);
  put('name', name);
  put('mode', octal(0o600, 7));
  put('uid', octal(0, 7));
  put('gid', octal(0, 7));
  put('size', octal(data.length, 11));
  put('mtime', octal(Math.floor(at.getTime() / 1_000), 11));
  put('type', '0');
  put('magic', 'ustar\u000000');
  put('checksum', `${checksumOf(header).toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([header, data, Buffer.alloc(padding(data.length))]);
}

/**
 * The files of an archive in their order.
 *
 * @throws ArchiveError when a header is damaged or the file ends too early.
 */
export async function* readTar(file: FileHandle, path: string): AsyncGenerator<TarEntry> {
  let position = 0;
  const read = async (length: number): Promise<Buffer> => {
    const buffer = Buffer.alloc(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, position);
      if (bytesRead === 0) throw damaged(path, `it is cut off after ${position} bytes`);
      filled += bytesRead;
      position += bytesRead;
    }
    return buffer;
  };
  for (;;) {
    const start = position;
    const header = await read(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = numberIn(header, 'size');
    if (numberIn(header, 'checksum') !== checksumOf(header) || !(size <= MAX_ENTRY_BYTES)) {
      throw damaged(path, `no header of a file at byte ${start}`);
    }
    const data = await read(size);
    await read(padding(size));
    yield { name: textIn(header, 'name'), data };
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The sum of all bytes of a header, its own field counted as spaces. */
function checksumOf(header: Buffer): number {
  const [from, length] = FIELDS.checksum;
  let sum = 32 * length;
  for (const [index, byte] of header.entries()) if (index < from || index >= from + length) sum += byte;
  return sum;
}

function textIn(header: Buffer, field: keyof typeof FIELDS): string {
  const [from, length] = FIELDS[field];
  return (header.toString('latin1', from, from + length).split('\0')[0] ?? '').trim();
}

function numberIn(header: Buffer, field: keyof typeof FIELDS): number {
  const text = textIn(header, field);
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}
