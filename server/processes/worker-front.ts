import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { AggregatorRegistry, register } from 'prom-client';
import { HTTP_LIMITS } from '../http/http-limits.ts';
import { StartError } from '../start-error.ts';
import type { Front } from './front.ts';
import { answerStarting } from './own-front.ts';
import { startWorker, type WorkerOptions, type WorkerProcess } from './worker-process.ts';

/** Waits before a worker that ended by itself is started again; back to the first after a minute of life. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const LIVED_MS = 60_000;

/**
 * HTTP served by worker processes: this one accepts connections and hands them on, to each worker in turn. While none
 * can take them they hear 503 `starting`.
 *
 * @param entry the program that runs `runWorker` when its argument is `--worker`
 */
export function workerFront(entry: string, log: Logger): Front {
  const starting = createHttpServer(HTTP_LIMITS, answerStarting);
  // It never listens itself; with this event Node begins to look for clients that are too slow.
  starting.emit('listening');
  const server = createServer({ pauseOnConnect: true, noDelay: true }, hand);
  /** By number; an ended one stays until it is replaced. */
  const workers = new Map<number, WorkerProcess>();
  let turn = 0;
  let opened = false;
  let closing = false;

  function hand(socket: Socket): void {
    const ready = [...workers.values()].filter((each) => opened && each.isReady());
    const quick = ready.filter((each) => !each.isSlow());
    const able = quick.length > 0 ? quick : ready;
    const worker = able[turn++ % able.length];
    if (worker) worker.take(socket);
    else {
      starting.emit('connection', socket);
      socket.resume();
    }
  }

  async function metricsText(): Promise<string> {
    const own = await register.getMetricsAsJSON();
    const theirs = await Promise.all([...workers.values()].map((each) => each.readMetrics()));
    return AggregatorRegistry.aggregate([own, ...theirs]).metrics();
  }

  function launch(options: WorkerOptions): WorkerProcess {
    const process = startWorker(options);
    workers.set(options.worker, process);
    return process;
  }

  /** Starts the worker again each time it has ended. */
  async function keep(options: WorkerOptions, first: WorkerProcess): Promise<void> {
    let [process, waitMs, startedAt] = [first, FIRST_WAIT_MS, performance.now()];
    for (;;) {
      const end = await process.ended;
      if (closing) return;
      log.error({ worker: options.worker, end }, 'a worker process ended by itself and is started again');
      if (performance.now() - startedAt > LIVED_MS) waitMs = FIRST_WAIT_MS;
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      if (closing) return;
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      startedAt = performance.now();
      process = launch(options);
    }
  }

  /** Its first start: a worker that cannot even start is a failed start of the server. */
  async function begin(options: WorkerOptions): Promise<void> {
    const first = launch(options);
    const end = await Promise.race([first.ready, first.ended]);
    if (end !== undefined) {
      throw new StartError(`Worker process ${options.worker} ended while it started (${end}); what it wrote is above.`);
    }
    void keep(options, first);
  }

  return {
    server,
    async open({ config }, databaseUrl) {
      const numbers = Array.from({ length: config.processes }, (_, i) => i + 1);
      await Promise.all(
        numbers.map((worker) => begin({ entry, worker, config, databaseUrl, metricsText, takeBack: hand })),
      );
      opened = true;
    },
    async close() {
      closing = true;
      if (server.listening) server.close();
      await Promise.all([...workers.values()].map((each) => each.stop()));
    },
  };
}
