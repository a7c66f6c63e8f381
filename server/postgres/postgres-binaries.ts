import { execFile } from 'node:child_process';
import { access, chmod, constants, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';

/** Where the programs of the built-in PostgreSQL lie. */
export interface PostgresBinaries {
  /** Folder that holds bin, lib and share; it can be copied elsewhere as a whole. */
  nativeDir: string;
  /** Version of the npm package, for example `18.4.0-beta.17`. */
  version: string;
}

/** The major version of the pinned packages; data of another major version cannot be read. */
export const postgresMajorVersion = '18';

const platforms = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** Finds the programs for this platform and repairs what the package's install script would have done. */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (!platforms.includes(platform)) {
    throw new EmbeddedPostgresError(
      `There is no built-in PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL server (14 or newer).`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  const packageDir = findPackage(name);
  const nativeDir = join(packageDir, 'native');
  await repairSymlinks(packageDir);
  await makeExecutable(join(nativeDir, 'bin'));
  await tryRun(join(nativeDir, 'bin', 'postgres'));
  const manifest = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')));
  return { nativeDir, version: manifest.version };
}

function findPackage(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `The built-in PostgreSQL is not installed (package ${name}): run "npm ci --include=optional", or set DATABASE_URL.`,
    );
  }
}

/** Tarballs hold no symlinks; the package makes them in an install script, which npm may skip. */
async function repairSymlinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of symlinkList.parse(JSON.parse(list))) {
    const link = join(packageDir, target);
    if (await exists(link)) continue;
    try {
      await symlink(basename(source), link);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw new EmbeddedPostgresError(
        `The built-in PostgreSQL lacks library links and ${dirname(link)} cannot be written: start Assay once as the owner of that folder, or set DATABASE_URL.`,
      );
    }
  }
}

async function makeExecutable(binDir: string): Promise<void> {
  for (const program of ['postgres', 'initdb']) {
    const file = join(binDir, program);
    try {
      await access(file, constants.X_OK).catch(() => chmod(file, 0o755));
    } catch {
      throw new EmbeddedPostgresError(`${file} cannot be executed: reinstall with "npm ci", or set DATABASE_URL.`);
    }
  }
}

/** Catches systems that the programs were not built for, such as Alpine with its other C library. */
async function tryRun(postgres: string): Promise<void> {
  try {
    await promisify(execFile)(postgres, ['--version']);
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : error;
    throw new EmbeddedPostgresError(
      `The built-in PostgreSQL does not run on this system (${reason}): it needs glibc or macOS; set DATABASE_URL to a PostgreSQL server instead.`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
