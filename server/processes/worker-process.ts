import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import { connectionQueue } from './connection-queue.ts';
import type { FromWorker, Metrics, ToWorker } from './process-messages.ts';

/** Largest heap of JavaScript objects in MiB: of a worker at work, and for each MiB of the largest body. */
const HEAP_MB = 320;
/**
 * Size of the space that young objects are made in, MiB. With a limited heap V8 takes a smaller one, which the events of one
 * batch fill: they were copied and collected for longer than they took to parse.
 */
const YOUNG_MB = 8;
/** A body of empty objects becomes about this much larger when it is parsed; it must not end the process. */
const PARSED_FACTOR = 40;
/** A worker that has not ended this long after `stop` is killed. */
const STOP_MS = 20_000;
/** A worker too busy to tell its metrics by then is left out. */
const METRICS_MS = 1_000;

export interface WorkerOptions {
  /** The program that runs `runWorker` when its argument is `--worker`. */
  entry: string;
  /** Number of the worker, from 1. */
  worker: number;
  config: Config;
  databaseUrl: string;
  /** Metrics of all processes, for GET /metrics. */
  metricsText(): Promise<string>;
  /** Takes back a connection when the process ended before it was sent. */
  takeBack(socket: Socket): void;
}

/** One process that serves connections, from its start to its end. */
export interface WorkerProcess {
  isReady(): boolean;
  /** Whether connections have to wait for it. */
  isSlow(): boolean;
  /** Resolves when it can serve; never, when it ends before. */
  ready: Promise<void>;
  /** Resolves when it has ended: with its exit code, the signal, or why it could not start. */
  ended: Promise<string>;
  /** Hands a connection on. */
  take(socket: Socket): void;
  /** None when it cannot tell in time. */
  readMetrics(): Promise<Metrics>;
  /** Lets it answer what is under way; resolves when it has ended. */
  stop(): Promise<void>;
}

export function startWorker(options: WorkerOptions): WorkerProcess {
  const { entry, worker, config, databaseUrl } = options;
  const heapMb = HEAP_MB + Math.ceil((PARSED_FACTOR * config.maxBodyBytes) / 2 ** 20);
  const child = fork(entry, ['--worker'], {
    execArgv: [
      ...process.execArgv,
      '--enable-source-maps',
      `--max-old-space-size=${heapMb}`,
      `--max-semi-space-size=${YOUNG_MB}`,
    ],
    // Buffers come and go on several threads: with an arena for each, glibc kept a hundred megabytes more.
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const metricsWanted = new Map<number, (metrics: Metrics) => void>();
  let asked = 0;
  let serving = false;
  let tellReady = () => {};
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void ended.then(() => {
    serving = false;
    for (const resolve of metricsWanted.values()) resolve([]);
    for (const socket of queue.end()) options.takeBack(socket);
  });

  /** What cannot be delivered need not be: the process is ending, and `ended` tells. */
  function tell(message: ToWorker, socket?: Socket): void {
    if (child.connected) child.send(message, socket, { keepOpen: true }, () => undefined);
  }
  const queue = connectionQueue((socket) => tell({ type: 'connection' }, socket));

  child.on('message', (message: FromWorker) => {
    if (message.type === 'ready') {
      serving = true;
      tellReady();
    } else if (message.type === 'taken') queue.taken();
    else if (message.type === 'metrics') metricsWanted.get(message.id)?.(message.metrics);
    else void options.metricsText().then((text) => tell({ type: 'metricsText', id: message.id, text }));
  });
  tell({ type: 'start', worker, config, databaseUrl });

  return {
    isReady: () => serving && child.connected,
    ready,
    ended,
    isSlow: queue.isSlow,
    take: queue.push,
    async readMetrics() {
      if (!serving) return [];
      const id = ++asked;
      const answer = new Promise<Metrics>((resolve) => {
        metricsWanted.set(id, resolve);
        setTimeout(resolve, METRICS_MS, []).unref();
        tell({ type: 'readMetrics', id });
      });
      return answer.finally(() => metricsWanted.delete(id));
    },
    async stop() {
      serving = false;
      tell({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}
