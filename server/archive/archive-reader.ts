import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { z } from 'zod';
import { errorCode } from '../postgres/embedded-postgres-error.ts';
import { ArchiveError, damaged } from './archive-error.ts';
import {
  ABOUT,
  type About,
  aboutSchema,
  CHECKSUM,
  checksumOf,
  FORMAT,
  partName,
  type RelationTotals,
  TOTALS,
  type Totals,
  totalsSchema,
} from './archive-format.ts';
import { readTar, TAR_END, type TarEntry } from './tar.ts';

/** Far above what a backup writes: a damaged part must not fill the memory. */
const MAX_PART_BYTES = 256 * 1024 * 1024;

const unpack = promisify(gunzip);

/** An archive that is read from front to end. */
export interface ArchiveReader {
  about: About;
  /** Size of the file. */
  bytes: number;
  /** The COPY text of one relation, in parts; call it for each relation of `about`, in their order. */
  read(relation: string): AsyncGenerator<Buffer>;
  /** After the last relation. @throws ArchiveError unless all that was read is what had been written. */
  totals(): Promise<Totals>;
  close(): Promise<void>;
}

/** @throws ArchiveError when the file is not an archive, or is one of a newer format. */
export async function openArchive(path: string): Promise<ArchiveReader> {
  const file = await open(path, 'r').catch((error) => {
    throw explainOpen(path, error);
  });
  try {
    const { size: bytes } = await file.stat();
    const entries = readTar(file, path);
    const first = await entries.next().catch((error) => {
      throw errorCode(error) === 'EISDIR' || error instanceof ArchiveError ? notOurs(path) : error;
    });
    if (first.done || first.value.name !== ABOUT) throw notOurs(path);
    const about = parseAbout(path, first.value);
    // An upload that broke off is told here, and not after an hour of loading.
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(TAR_END.length),
      0,
      TAR_END.length,
      bytes - TAR_END.length,
    );
    if (bytesRead < TAR_END.length || !buffer.equals(TAR_END)) throw damaged(path, 'its end is missing');
    return {
      about,
      bytes,
      ...readRelations(path, entries, first.value.data),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function readRelations(
  path: string,
  entries: AsyncGenerator<TarEntry>,
  about: Buffer,
): Pick<ArchiveReader, 'read' | 'totals'> {
  const seen = new Map<string, Pick<RelationTotals, 'bytes' | 'sha256'>>();
  let ahead: TarEntry | null = null;

  async function peek(): Promise<TarEntry> {
    if (ahead) return ahead;
    const next = await entries.next();
    if (next.done) throw damaged(path, 'its end is missing');
    ahead = next.value;
    return ahead;
  }

  return {
    async *read(relation) {
      const hash = createHash('sha256');
      let [bytes, parts] = [0, 0];
      for (;;) {
        const entry = await peek();
        if (entry.name.split('/')[1] !== relation) break;
        parts += 1;
        if (entry.name !== partName(relation, parts)) throw damaged(path, `part ${parts} of ${relation} is missing`);
        const text = await unpack(entry.data, { maxOutputLength: MAX_PART_BYTES }).catch(() => {
          throw damaged(path, `part ${parts} of ${relation} cannot be unpacked`);
        });
        ahead = null;
        hash.update(text);
        bytes += text.length;
        yield text;
      }
      if (parts > 0) seen.set(relation, { bytes, sha256: hash.digest('hex') });
    },
    async totals() {
      const entry = await peek();
      if (entry.name !== TOTALS) throw damaged(path, `${entry.name} does not belong there`);
      ahead = null;
      const { name, data } = await peek();
      if (name !== CHECKSUM || data.toString() !== checksumOf(about, entry.data)) {
        throw damaged(path, `wrong checksum of ${ABOUT} and ${TOTALS}`);
      }
      const totals = parse(path, entry, totalsSchema);
      for (const relation of new Set([...seen.keys(), ...Object.keys(totals.relations)])) {
        const [read, told] = [seen.get(relation), totals.relations[relation]];
        if (read?.bytes !== told?.bytes || read?.sha256 !== told?.sha256) {
          throw damaged(path, `wrong checksum of ${relation}`);
        }
      }
      return totals;
    },
  };
}

function parseAbout(path: string, entry: TarEntry): About {
  const about = parse(path, entry, aboutSchema.pick({ product: true, format: true, version: true }));
  if (about.format > FORMAT) {
    throw new ArchiveError(
      `${path} was written by Assay ${about.version} in a newer format: restore it with that version or a newer one.`,
    );
  }
  return parse(path, entry, aboutSchema);
}

function parse<T>(path: string, entry: TarEntry, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(entry.data.toString('utf8')));
  } catch {
    throw damaged(path, `${entry.name} cannot be read`);
  }
}

function notOurs(path: string): ArchiveError {
  return new ArchiveError(`${path} is not a backup of Assay: give a file that "npm run backup" wrote.`);
}

function explainOpen(path: string, error: unknown): Error {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return new ArchiveError(`There is no file ${path}.`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return new ArchiveError(`Not allowed to read ${path}: run as its owner.`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
