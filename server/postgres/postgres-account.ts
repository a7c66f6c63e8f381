import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** Under which account and from which folders PostgreSQL runs; it refuses to run as root. */
export interface PostgresAccount {
  /** Program and arguments put in front of each PostgreSQL command. */
  prefix: string[];
  /** The account to change to; absent when the current one is kept. */
  user?: { uid: number; gid: number };
  /** Folder that holds bin, lib and share. */
  nativeDir: string;
  /** Folder of the cluster: `data` and `password`. */
  clusterDir: string;
}

const run = promisify(execFile);
const unshare = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'];
/** Folders of a service account when it cannot reach those of root. */
const serviceHome = '/var/lib/assay-postgres';

/**
 * Decides how PostgreSQL is run. An ordinary user runs it plainly. Root runs it in a user namespace, where root's own
 * files belong to an ordinary user: no account, no change of owner, and it works below folders only root may enter.
 * Where namespaces are forbidden, a service account gets the data, copied to its own folder when it must be.
 */
export async function chooseAccount(
  homeDir: string,
  binaries: PostgresBinaries,
  onNotice: (message: string) => void,
): Promise<PostgresAccount> {
  const clusterDir = await locateCluster(homeDir);
  const plain = { prefix: [], nativeDir: binaries.nativeDir, clusterDir };
  if (process.getuid?.() !== 0) return plain;

  const owner = await stat(clusterDir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return withReachableBinaries({ ...plain, user: owner }, binaries);
  const inNamespace = { ...plain, prefix: unshare };
  if (await worksInNamespace(inNamespace, homeDir)) return inNamespace;
  return moveToServiceAccount(homeDir, clusterDir, binaries, onNotice);
}

/** The folder of the cluster, which a service account may keep elsewhere. */
export async function locateCluster(homeDir: string): Promise<string> {
  const movedTo = await readFile(join(homeDir, 'moved-to'), 'utf8').catch(() => undefined);
  return movedTo?.trim() ?? join(homeDir, 'cluster');
}

/** Environment and account for a child process. The working folder must be one that every account may enter. */
export function childOptions(account: PostgresAccount) {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return { cwd: '/', env, ...(account.user && { uid: account.user.uid, gid: account.user.gid }) };
}

/** The program and arguments of one PostgreSQL command under this account. */
export function commandOf(account: PostgresAccount, program: 'postgres' | 'initdb', args: string[]) {
  const [file = '', ...rest] = [...account.prefix, join(account.nativeDir, 'bin', program), ...args];
  return { file, args: rest };
}

async function worksInNamespace(account: PostgresAccount, homeDir: string): Promise<boolean> {
  const postgres = join(account.nativeDir, 'bin', 'postgres');
  const script = '"$0" --version >/dev/null && test -w "$1"';
  return succeeds(account, [...account.prefix, '/bin/sh', '-c', script, postgres, homeDir]);
}

async function withReachableBinaries(account: PostgresAccount, binaries: PostgresBinaries): Promise<PostgresAccount> {
  if (await succeeds(account, [join(account.nativeDir, 'bin', 'postgres'), '--version'])) return account;
  const copy = join(serviceHome, `postgres-${binaries.version}`);
  const ready = await stat(copy).catch(() => undefined);
  if (ready === undefined) {
    const partial = `${copy}.${process.pid}`;
    await mkdir(serviceHome, { recursive: true, mode: 0o755 });
    await cp(binaries.nativeDir, partial, { recursive: true, verbatimSymlinks: true });
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }));
  }
  const moved = { ...account, nativeDir: copy };
  if (await succeeds(moved, [join(copy, 'bin', 'postgres'), '--version'])) return moved;
  throw new EmbeddedPostgresError(
    `PostgreSQL cannot run here: root may neither use "unshare --user" nor act as uid ${account.user?.uid}; start Assay as an ordinary user, or set DATABASE_URL.`,
  );
}

async function moveToServiceAccount(
  homeDir: string,
  clusterDir: string,
  binaries: PostgresBinaries,
  onNotice: (message: string) => void,
): Promise<PostgresAccount> {
  const user = await serviceUser();
  const inPlace = await withReachableBinaries(
    { prefix: [], nativeDir: binaries.nativeDir, clusterDir, user },
    binaries,
  );
  const reachable = await succeeds(inPlace, ['/bin/sh', '-c', 'test -x "$0"', homeDir]);
  const account = reachable ? inPlace : { ...inPlace, clusterDir: serviceClusterDir(homeDir) };
  const data = await stat(clusterDir).catch(() => undefined);
  if (data !== undefined) {
    if (!reachable) await moveFolder(clusterDir, account.clusterDir);
    await chownAll(account.clusterDir, user);
  }
  if (!reachable) {
    await mkdir(serviceHome, { recursive: true, mode: 0o755 });
    await writeFile(join(homeDir, 'moved-to'), `${account.clusterDir}\n`);
  }
  onNotice(
    `"unshare --user" is refused here, so PostgreSQL runs as uid ${user.uid} with its data in ${account.clusterDir} and its programs in ${account.nativeDir}.`,
  );
  return account;
}

function serviceClusterDir(homeDir: string): string {
  return join(serviceHome, createHash('sha256').update(resolve(homeDir)).digest('hex').slice(0, 12));
}

async function serviceUser(): Promise<{ uid: number; gid: number }> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = /^postgres:.*$/m.exec(accounts)?.[0].split(':') ?? [];
  const [uid, gid] = [Number(fields[2]), Number(fields[3])];
  return uid > 0 && gid > 0 ? { uid, gid } : { uid: 65534, gid: 65534 };
}

async function moveFolder(from: string, to: string): Promise<void> {
  await mkdir(serviceHome, { recursive: true, mode: 0o755 });
  const partial = `${to}.${process.pid}`;
  await cp(from, partial, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  await rename(partial, to);
  await rm(from, { recursive: true, force: true });
}

async function chownAll(folder: string, user: { uid: number; gid: number }): Promise<void> {
  await run('chown', ['-R', '-h', `${user.uid}:${user.gid}`, folder]);
}

async function succeeds(account: PostgresAccount, command: string[]): Promise<boolean> {
  const [file = '', ...args] = command;
  return run(file, args, childOptions(account)).then(
    () => true,
    () => false,
  );
}
