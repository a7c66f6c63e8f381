import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A real server process of its own port, which comes back on it whenever it was ended. */
export interface TorturedServer {
  name: string;
  port: number;
  pid(): number | null;
  /** It was ready, and nobody ended or froze it since. */
  isUp(): boolean;
  /** Resolves when it is ready, or when it was ended meanwhile. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM; whoever does not end in order, with code 0, is a violation. */
  stop(): Promise<void>;
  freeze(forMs: number): Promise<void>;
}

interface ServerOptions {
  name: string;
  /** The bundled program. */
  program: string;
  env: Record<string, string>;
  violations: string[];
  /** Errors in the server's log, by their message. */
  logged: Map<string, number>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 30_000;

/** The production program as one file: it starts in half the time that its sources take. */
export async function bundleServer(): Promise<{ program: string; remove(): void }> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'torture-'));
  const program = join(folder, 'main.js');
  await build({
    entryPoints: [join(root, 'server/main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    conditions: ['@assay-ml/source'],
    logLevel: 'error',
  });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function torturedServer(options: ServerOptions): Promise<TorturedServer> {
  const { name, program, env, violations, logged } = options;
  const port = await freePort();
  let current: Child | null = null;
  let frozen = false;
  const isStarting = (child: Child) => child === current && !child.ended;

  async function start(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const child = spawnServer(program, { PORT: String(port), ...env }, logged);
      current = child;
      const code = await Promise.race([child.gone, becomesReady(port, deadline, () => isStarting(child))]);
      if (!isStarting(child)) return;
      if (code === 'ready') {
        child.ready = true;
        void child.gone.then((exitCode) => {
          if (!isStarting(child)) return;
          violations.push(`${name} ended by itself with code ${exitCode}: ${child.output()}`);
          void start();
        });
        return;
      }
      // Its database may be away just now: then it ends with one line and is started again, as a supervisor would.
      if (code !== 1 || Date.now() > deadline) {
        violations.push(`${name} did not start (${code}): ${child.output()}`);
        return;
      }
      await sleep(300);
      if (!isStarting(child)) return;
    }
  }

  /** Resolves with its exit code, also when it had ended before. */
  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = current;
    if (!child) return 0;
    child.ended = true;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    const code = await child.gone;
    clearTimeout(late);
    return code;
  }

  return {
    name,
    port,
    pid: () => current?.pid ?? null,
    isUp: () => current?.ready === true && !current.ended && !frozen,
    start,
    kill: async () => void (await end('SIGKILL')),
    async stop() {
      const began = Date.now();
      const code = await end('SIGTERM');
      if (code !== 0) violations.push(`${name} ended with ${code} ${Date.now() - began} ms after SIGTERM`);
    },
    async freeze(forMs) {
      const child = current;
      frozen = true;
      child?.kill('SIGSTOP');
      await sleep(forMs);
      child?.kill('SIGCONT');
      frozen = false;
    },
  };
}

interface Child {
  pid: number | null;
  ready: boolean;
  /** Somebody wanted it to end. */
  ended: boolean;
  /** Its exit code; not when its output ends, for its workers may write on. */
  gone: Promise<number | null>;
  output(): string;
  kill(signal: NodeJS.Signals): void;
}

function spawnServer(program: string, env: Record<string, string>, logged: Map<string, number>): Child {
  const child = spawn(process.execPath, [program], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', ASSAY_ROOT: root, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-4_000);
      const error = /^\{"level":[56]0.*"msg":"([^"]*)"\}$/.exec(line)?.[1];
      if (error) logged.set(error, (logged.get(error) ?? 0) + 1);
    });
  }
  return {
    pid: child.pid ?? null,
    ready: false,
    ended: false,
    gone: new Promise((resolve) => child.once('exit', (code) => setTimeout(() => resolve(code), 20))),
    output: () => output.trim(),
    kill: (signal) => void child.kill(signal),
  };
}

async function becomesReady(port: number, deadline: number, isWanted: () => boolean): Promise<'ready' | 'late'> {
  while (isWanted() && Date.now() < deadline) {
    if ((await statusOf(port)) === 200) return 'ready';
    await sleep(50);
  }
  return 'late';
}

/** By a connection of its own: one that was kept may lead to a worker of the server before. */
function statusOf(port: number): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
