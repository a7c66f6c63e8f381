import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';
import { childOptions, commandOf, type PostgresAccount } from './postgres-account.ts';
import { postgresMajorVersion } from './postgres-binaries.ts';
import { isAlive } from './postmaster.ts';

/** The superuser that initdb makes and Assay connects as. */
export const postgresUser = 'assay';

const run = promisify(execFile);

/** Makes the folder that holds the cluster (itself closed to others), its log and its port, or says in one line why that is impossible. */
export async function prepareHome(homeDir: string): Promise<void> {
  try {
    await mkdir(homeDir, { recursive: true, mode: 0o711 });
    await access(homeDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw unusable(homeDir, 'a file is in its place: move the file away');
    }
    const reason = code === 'EROFS' ? 'the file system is read-only' : `this process may not write there (${code})`;
    throw unusable(homeDir, `${reason}: run as the owner of the folder`);
  }
}

/** Makes the cluster unless it is there; an attempt that was interrupted leaves no trace. */
export async function ensureCluster(homeDir: string, account: PostgresAccount, sync: boolean): Promise<void> {
  await removeAbandoned(account.clusterDir);
  if (await isUsable(homeDir, account)) return;
  const partial = `${account.clusterDir}.init-${process.pid}-${randomBytes(3).toString('hex')}`;
  await mkdir(partial, { mode: 0o700 });
  try {
    await initialise(partial, account, sync);
    await rename(partial, account.clusterDir);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process finished first: its cluster is as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
  }
}

/** The password that initdb was given. */
export async function readPassword(clusterDir: string): Promise<string> {
  try {
    return (await readFile(join(clusterDir, 'password'), 'utf8')).trim();
  } catch (error) {
    throw unusable(clusterDir, `its file "password" cannot be read (${errorCode(error)}): restore it`);
  }
}

async function initialise(folder: string, account: PostgresAccount, sync: boolean): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  const user = account.user;
  if (user) await run('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
  const fixed = ['--encoding=UTF8', '--auth=scram-sha-256', `--username=${postgresUser}`, '--no-instructions'];
  const command = (locale: string[]) =>
    commandOf(account, 'initdb', [
      ...[`--pgdata=${join(folder, 'data')}`, `--pwfile=${passwordFile}`, ...fixed, ...locale],
      ...(sync ? [] : ['--no-sync']),
    ]);
  const initdb = async (locale: string[]) => {
    const { file, args } = command(locale);
    await run(file, args, childOptions(account));
  };
  // A system without the locale C.UTF-8 gets the same order of strings from PostgreSQL itself.
  const builtin = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  try {
    await initdb(['--locale=C.UTF-8']).catch((error) => {
      if (!outputOf(error).includes('invalid locale name')) throw error;
      return initdb(builtin);
    });
  } catch (error) {
    const output = outputOf(error).trim().split('\n').slice(-3).join(' / ');
    throw new EmbeddedPostgresError(`PostgreSQL could not make its files in ${folder}: ${output}`);
  }
}

function outputOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return stderr || String(error);
}

async function isUsable(homeDir: string, account: PostgresAccount): Promise<boolean> {
  const { clusterDir } = account;
  const cluster = await stat(clusterDir).catch((error) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(clusterDir, `it cannot be read (${errorCode(error)})`);
  });
  if (cluster === undefined) return false;
  if (!cluster.isDirectory()) throw unusable(clusterDir, 'a file is in its place: move the file away');
  const uid = account.user?.uid ?? process.getuid?.();
  if (uid !== undefined && cluster.uid !== uid) {
    throw unusable(
      clusterDir,
      `it belongs to uid ${cluster.uid}, and this process is uid ${uid}: run as that user, or choose another ASSAY_DATA_DIR`,
    );
  }
  const version = await readFile(join(clusterDir, 'data', 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) return removeFragment(homeDir, clusterDir);
  if (version.trim() !== postgresMajorVersion) {
    throw unusable(
      clusterDir,
      `it was made by PostgreSQL ${version.trim()}, and this is ${postgresMajorVersion}: use the older Assay to export it, or choose another ASSAY_DATA_DIR`,
    );
  }
  return true;
}

/** A cluster without a control file never ran; with one, something deleted files of it, and that needs a person. */
async function removeFragment(homeDir: string, clusterDir: string): Promise<false> {
  const control = await stat(join(clusterDir, 'data', 'global', 'pg_control')).catch(() => undefined);
  if (control !== undefined) {
    throw unusable(homeDir, `${join(clusterDir, 'data', 'PG_VERSION')} is missing: restore the folder from a backup`);
  }
  await rm(clusterDir, { recursive: true, force: true });
  return false;
}

async function removeAbandoned(clusterDir: string): Promise<void> {
  const prefix = `${basename(clusterDir)}.init-`;
  const names = await readdir(dirname(clusterDir)).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    if (await isAlive(Number.parseInt(name.slice(prefix.length), 10))) continue;
    // An initdb that outlived its parent may still write there; what it leaves is removed by the next start.
    await rm(join(dirname(clusterDir), name), { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}

function unusable(folder: string, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`The database folder ${folder} cannot be used: ${reason}.`);
}
