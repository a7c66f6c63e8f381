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
  FORMAT,
  partName,
  type RelationTotals,
  TOTALS,
  type Totals,
  totalsSchema,
} from './archive-format.ts';
import { readTar, type TarEntry } from './tar.ts';

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
    const seen = new Map<string, Omit<RelationTotals, 'rows'>>();
    return {
      about,
      bytes,
      ...readRelations(path, entries, seen),
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
  seen: Map<string, Omit<RelationTotals, 'rows'>>,
): Pick<ArchiveReader, 'read' | 'totals'> {
  let ahead: TarEntry | null = null;

  async function peek(): Promise<TarEntry> {
    if (ahead) return ahead;
    const next = await entries.next();
    if (next.done) throw damaged(path, `it ends without ${TOTALS}`);
    ahead = next.value;
    return ahead;
  }

  return {
    async *read(relation) {
      const hash = createHash('sha256');
      let [bytes, parts] = [0, 0];
      for (;;) {
        const entry = await peek();
        if (!entry.name.startsWith(partName(relation, 0).slice(0, -9))) break;
        parts += 1;
        if (entry.name !== partName(relation, parts)) throw damaged(path, `part ${parts} of ${relation} is missing`);
        const text = await unpack(entry.data).catch(() => {
          throw damaged(path, `part ${parts} of ${relation} cannot be unpacked`);
        });
        ahead = null;
        hash.update(text);
        bytes += text.length;
        yield text;
      }
      seen.set(relation, { bytes, parts, sha256: hash.digest('hex') });
    },
    async totals() {
      const entry = await peek();
      if (entry.name !== TOTALS) throw damaged(path, `${entry.name} does not belong there`);
      const totals = parse(path, entry, totalsSchema);
      if (Object.keys(totals.relations).length !== seen.size) throw damaged(path, 'tables are missing');
      for (const [name, told] of Object.entries(totals.relations)) {
        const read = seen.get(name);
        if (read?.sha256 !== told.sha256 || read.bytes !== told.bytes || read.parts !== told.parts) {
          throw damaged(path, `wrong checksum of ${name}`);
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
