import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile, rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readPassword } from '../../server/postgres/postgres-cluster.ts';
import { urlMaker } from '../../server/postgres/postgres-connection.ts';
import { TEST_ADMIN_KEY, until } from './test-server.ts';

/** The production server with its data on a small disk: a tmpfs that only it and its PostgreSQL see. */
export interface ServerOnSmallDisk {
  url: string;
  child: ChildProcess;
  /** Everything the server wrote. */
  output(): string;
  /** A connection string of its PostgreSQL. */
  databaseUrl(): Promise<string>;
  /** Writes a file so large that only this much is left. */
  fillUntil(freeBytes: number): Promise<void>;
  /** Deletes the file. */
  makeRoom(): Promise<void>;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A mount of one's own: as root, or as any user who may have a user namespace. */
const WAYS = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
];

/** The first way that works here; null where none does, as in containers without rights. */
export async function wayToMount(): Promise<string[] | null> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-mount-'));
  try {
    for (const way of WAYS) {
      // PostgreSQL of root runs in a namespace within.
      const script = `mount -t tmpfs none '${folder}' && unshare --user --map-user=1000 true`;
      const [program = '', ...args] = [...way, 'sh', '-c', script];
      const works = await promisify(execFile)(program, args).then(
        () => true,
        () => false,
      );
      if (works) return way;
    }
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function startOnSmallDisk(way: string[], megabytes: number): Promise<ServerOnSmallDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-disk-'));
  const port = await freePort();
  const program = `exec '${process.execPath}' --conditions=@assay-ml/source --import tsx server/main.ts`;
  const script = `mount -t tmpfs -o size=${megabytes}m none '${folder}' && ${program}`;
  const [file = '', ...args] = [...way, 'sh', '-c', script];
  const child = spawn(file, args, {
    cwd: root,
    env: {
      ...process.env,
      PORT: String(port),
      ASSAY_DATA_DIR: folder,
      ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part) => {
      output += part;
    });
  }
  const url = `http://127.0.0.1:${port}`;
  // The mount as this process, which does not have it, can reach it.
  const disk = `/proc/${child.pid}/root${folder}`;
  const filler = join(disk, 'filler');

  async function fillUntil(freeBytes: number): Promise<void> {
    const handle = await open(filler, 'a');
    const chunk = Buffer.alloc(1024 * 1024);
    try {
      for (;;) {
        const { bavail, bsize } = await statfs(disk);
        const surplus = bavail * bsize - freeBytes;
        if (surplus <= 0) return;
        await handle.appendFile(chunk.subarray(0, Math.min(surplus, chunk.length)));
      }
    } catch (error) {
      // Others were faster to take the last of it.
      if (freeBytes > 0 || (error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await handle.close();
    }
  }

  return {
    url,
    child,
    output: () => output,
    async databaseUrl() {
      const port = Number(await readFile(join(disk, 'postgres/port'), 'utf8'));
      return urlMaker(port, await readPassword(join(disk, 'postgres/cluster')))('assay');
    },
    fillUntil,
    makeRoom: () => rm(filler),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the server serves; fails with what it wrote when it ended instead. */
export async function untilReady({ url, child, output }: ServerOnSmallDisk): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output()}`);
    return (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
  }, 60_000);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
