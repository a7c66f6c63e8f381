import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 120_000;

const PROGRAMS = {
  /** What `npm start` runs; built first when the sources changed. */
  bundle: ['scripts/run.mjs', 'start'],
  /** The same without a build; tsx adds some 50 MB to each process. */
  sources: ['--conditions=@assay-ml/source', '--import', 'tsx', 'server/main.ts'],
};

export interface ServerProcess {
  url: string;
  port: number;
  adminKey: string;
  /** Of the first process. */
  pid: number;
  /** Of the workers: empty where one process does all. */
  workers(): number[];
  /** Resident memory of all our processes together, PostgreSQL apart, in bytes. */
  residentBytes(): number;
  /** As Ctrl-C does; resolves when all have ended. Also removes the data folder. */
  stop(): Promise<void>;
}

/**
 * The real server in processes of its own, with a data folder and a PostgreSQL of its own unless `env` names others.
 * Needs Linux (`/proc`).
 *
 * @param env settings of the server (docs/configuration.md), for example `{ ASSAY_PROCESSES: '2' }`
 */
export async function startServerProcess(
  env: Record<string, string> = {},
  program: keyof typeof PROGRAMS = 'bundle',
): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'assay-bench-'));
  const port = Number(env.PORT ?? (await freePort()));
  const adminKey = env.ASSAY_ADMIN_KEY ?? 'bench-admin-key-0123456789abcdef';
  const child = spawn(process.execPath, PROGRAMS[program], {
    cwd: root,
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      ASSAY_DATA_DIR: dataDir,
      ...env,
      PORT: String(port),
      ASSAY_ADMIN_KEY: adminKey,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = child.pid ?? 0;
  const exit = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exit;
    await rm(dataDir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + START_MS; !(await isReady(url)); await sleep(100)) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) continue;
    await stop();
    throw new Error('the server did not start; what it wrote is above');
  }
  const workers = () => childrenOf(pid).filter((each) => commandOf(each).includes('--worker'));
  const residentBytes = () => [pid, ...workers()].reduce((sum, each) => sum + residentOf(each), 0);
  return { url, port, adminKey, pid, workers, residentBytes, stop };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => null);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

function childrenOf(pid: number): number[] {
  return fileText(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function commandOf(pid: number): string[] {
  return fileText(`/proc/${pid}/cmdline`).split('\0');
}

function residentOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(fileText(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Empty for a process that has ended meanwhile. */
function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
