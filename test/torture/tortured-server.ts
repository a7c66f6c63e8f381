import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
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
    conditions: ['source'],
    logLevel: 'error',
  });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function torturedServer({ name, program, env, violations }: ServerOptions): Promise<TorturedServer> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  let ready = false;
  let frozen = false;
  /** Somebody wanted the child to end. */
  let ended = true;

  function spawnOnce(): { gone: Promise<number | null>; output: () => string } {
    const own = spawn(process.execPath, [program], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production', ASSAY_ROOT: root, LOG_LEVEL: 'warn', PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = own;
    let output = '';
    for (const stream of [own.stdout, own.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4_000);
      });
    }
    const gone = new Promise<number | null>((resolve) => own.once('close', (code) => resolve(code)));
    return { gone, output: () => output.trim() };
  }

  async function start(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    ended = false;
    while (!ended) {
      const { gone, output } = spawnOnce();
      const code = await Promise.race([gone, becomesReady(port, deadline, () => ended)]);
      if (ended) return;
      if (code === 'ready') {
        ready = true;
        void gone.then((exitCode) => {
          if (ended) return;
          ready = false;
          violations.push(`${name} ended by itself with code ${exitCode}: ${output()}`);
          void start();
        });
        return;
      }
      // Its database may be away just now: then it ends with one line and is started again, as a supervisor would.
      if (code !== 1 || Date.now() > deadline) {
        violations.push(`${name} did not start (${code}): ${output()}`);
        return;
      }
      await sleep(300);
    }
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    ready = false;
    ended = true;
    const own = child;
    if (!own || own.exitCode !== null || own.signalCode !== null) return 0;
    const gone = new Promise<number | null>((resolve) => own.once('exit', (code) => resolve(code)));
    own.kill(signal);
    const late = setTimeout(() => own.kill('SIGKILL'), STOP_WITHIN_MS);
    const code = await gone;
    clearTimeout(late);
    return code;
  }

  return {
    name,
    port,
    pid: () => child?.pid ?? null,
    isUp: () => ready && !frozen,
    start,
    kill: async () => void (await end('SIGKILL')),
    async stop() {
      const began = Date.now();
      const code = await end('SIGTERM');
      if (code !== 0) violations.push(`${name} ended with ${code} ${Date.now() - began} ms after SIGTERM`);
    },
    async freeze(forMs) {
      frozen = true;
      child?.kill('SIGSTOP');
      await sleep(forMs);
      child?.kill('SIGCONT');
      frozen = false;
    },
  };
}

async function becomesReady(port: number, deadline: number, isOver: () => boolean): Promise<'ready' | 'late'> {
  while (!isOver()) {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal }).catch(() => null);
    await answer?.text().catch(() => '');
    if (answer?.status === 200) return 'ready';
    if (Date.now() > deadline) return 'late';
    await sleep(50);
  }
  return 'late';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
