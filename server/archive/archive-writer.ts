import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../postgres/embedded-postgres-error.ts';
import { ArchiveError } from './archive-error.ts';
import { TAR_END, type TarEntry, tarEntry } from './tar.ts';

export interface ArchiveWriter {
  add(entry: TarEntry): Promise<void>;
  /** The archive is whole and on disk; only then it has its name. Answers its size in bytes. */
  finish(): Promise<number>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Begins an archive beside the file it will become, readable by its owner only: it holds hashes of keys, and user ids. */
export async function createArchive(path: string, createdAt: Date, force: boolean): Promise<ArchiveWriter> {
  const partial = `${path}.partial`;
  if (!force && existsSync(path)) {
    throw new ArchiveError(`${path} exists: choose another name, or add --force to replace it.`);
  }
  const file = await open(partial, force ? 'w' : 'wx', 0o600).catch((error) => {
    throw explainWrite(path, error);
  });
  if (force) await file.chmod(0o600);
  let bytes = 0;

  async function write(data: Buffer): Promise<void> {
    await file.writeFile(data).catch((error) => {
      throw explainWrite(path, error);
    });
    bytes += data.length;
  }

  return {
    add: (entry) => write(tarEntry(entry, createdAt)),
    async finish() {
      await write(TAR_END);
      await sync(path, file);
      await file.close();
      await rename(partial, path);
      // The name too must survive a loss of power.
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
      return bytes;
    },
    async abandon() {
      await file.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}

async function sync(path: string, file: FileHandle): Promise<void> {
  await file.sync().catch((error) => {
    throw explainWrite(path, error);
  });
}

function explainWrite(path: string, error: unknown): Error {
  const code = errorCode(error);
  const explanations: Record<string, string> = {
    EEXIST: `${path}.partial exists: another backup is writing it, or one was cut off: then remove it or add --force.`,
    ENOSPC: `No space is left for ${path}: free some, or write the backup to another disk.`,
    EDQUOT: `No space is left for ${path}: free some, or write the backup to another disk.`,
    EACCES: `Not allowed to write ${path}: choose a folder that this user may write to.`,
    EPERM: `Not allowed to write ${path}: choose a folder that this user may write to.`,
    EROFS: `${path} is on a read-only disk: choose another folder.`,
    ENOENT: `The folder ${dirname(path)} does not exist: make it first.`,
    ENOTDIR: `${dirname(path)} is not a folder: choose another name.`,
    EISDIR: `${path}.partial is a folder: choose another name.`,
  };
  const message = explanations[code];
  if (message) return new ArchiveError(message, { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
