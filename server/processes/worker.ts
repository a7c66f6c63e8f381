import type { Socket } from 'node:net';
import { register } from 'prom-client';
import { databaseOf } from '../db/database.ts';
import { openPool } from '../db/pool.ts';
import { watchDisk } from '../disk/disk-watch.ts';
import { createLog } from '../log.ts';
import { watchRulesets } from '../ruleset/ruleset-watch.ts';
import type { Services } from '../services.ts';
import { ownFront } from './own-front.ts';
import type { FromWorker, ToWorker } from './process-messages.ts';

/** A worker that cannot finish by then ends without: it must not outlive the first process. */
const LAST_MS = 15_000;

/**
 * Serves HTTP on connections that the first process accepted. It ends when the first process says so, or is gone;
 * signals are not for it, because a terminal sends them to every process of the group.
 */
export function runWorker(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const front = ownFront();
  const metrics = metricsOfAll();
  let finish = async () => {};
  let stopping = false;

  async function start(message: ToWorker & { type: 'start' }): Promise<void> {
    const { config, databaseUrl } = message;
    const log = createLog(config).child({ worker: message.worker });
    const pool = openPool(databaseUrl, config.databasePoolSize, log);
    const db = databaseOf(pool);
    const now = () => new Date();
    const rulesets = watchRulesets(db, log, now);
    // Without the log: the first process tells it.
    const disk = await watchDisk(config);
    const services: Services = { pool, db, config, log, rulesets, now, disk, metricsText: metrics.text };
    await front.open(services, databaseUrl);
    // It never listens itself; with this event Node begins to look for clients that are too slow.
    front.server.emit('listening');
    finish = async () => {
      rulesets.stop();
      disk.stop();
      await front.close();
      await pool.end();
    };
    tell({ type: 'ready' });
  }

  function stop(): void {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), LAST_MS).unref();
    finish().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  }

  process.on('message', (message: ToWorker, socket: Socket | undefined) => {
    if (message.type === 'connection') take(socket);
    else if (message.type === 'start') void start(message);
    else if (message.type === 'stop') stop();
    else if (message.type === 'metricsText') metrics.answer(message);
    else void register.getMetricsAsJSON().then((own) => tell({ type: 'metrics', id: message.id, metrics: own }));
  });
  process.on('disconnect', stop);

  function take(socket: Socket | undefined): void {
    tell({ type: 'taken' });
    if (!socket) return; // the client has gone meanwhile
    // As node:http has it on connections of its own: who has sent all may still read the answer.
    socket.allowHalfOpen = true;
    front.server.emit('connection', socket);
  }
}

/** The text of GET /metrics is made by the first process, which can ask every worker. */
function metricsOfAll() {
  const waiting = new Map<number, (text: string) => void>();
  let asked = 0;
  return {
    text: () =>
      new Promise<string>((resolve) => {
        waiting.set(++asked, resolve);
        tell({ type: 'wantMetrics', id: asked });
      }),
    answer({ id, text }: { id: number; text: string }) {
      waiting.get(id)?.(text);
      waiting.delete(id);
    },
  };
}

/** What cannot be delivered need not be: `disconnect` follows, and ends this process. */
function tell(message: FromWorker): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
