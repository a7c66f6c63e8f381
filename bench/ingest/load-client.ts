/** A process of its own that sends batches over a number of connections, each as fast as it is answered. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { newBatchId } from './sample-batches.ts';

export interface LoadOrder {
  port: number;
  /** Of an SDK. */
  key: string;
  connections: number;
  ms: number;
  gzip: boolean;
  /** What follows the batch id in a body. */
  bodies: Uint8Array[];
}

export interface LoadResult {
  /** Time from the first byte sent to the answer, ms, by batch. */
  acks: number[];
  ms: number;
  /** Processor time of this process. */
  cpuMs: number;
  /** Batches that the server would not take for now: until it knows what it can do. */
  refused: number;
}

const PAUSE_MS = 100;

const [order] = (await once(process, 'message')) as [LoadOrder];
const { port, key, connections, ms } = order;
// Members of a gzip file may follow one another: the id is packed for each batch, what follows once.
const pack = (part: Uint8Array | string) => (order.gzip ? gzipSync(part, { level: 1 }) : Buffer.from(part));
const tails = order.bodies.map(pack);
const agent = new Agent({ keepAlive: true, maxSockets: connections });

/** Time to the answer, ms; null when the server refused it for now. */
function send(tail: Uint8Array): Promise<number | null> {
  const head = pack(`{"batch":"${newBatchId()}",`);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    ...(order.gzip ? { 'content-encoding': 'gzip' } : {}),
    'content-length': head.length + tail.length,
    'assay-sent-at': String(Date.now()),
  };
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v1/events', method: 'POST', agent, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => {
        if (answer.statusCode === 202 && body.includes('"rejected":[]')) resolve(performance.now() - started);
        else if (answer.statusCode === 429) resolve(null);
        else reject(new Error(`${answer.statusCode}: ${body.slice(0, 300)}`));
      });
    });
    sent.on('error', reject);
    sent.write(head);
    sent.end(tail);
  });
}

const acks: number[] = [];
const started = performance.now();
const cpu = process.cpuUsage();
let next = 0;
let refused = 0;

async function connection(): Promise<void> {
  while (performance.now() - started < ms) {
    const took = await send(tails[next++ % tails.length]!);
    if (took !== null) acks.push(took);
    else {
      refused++;
      await sleep(PAUSE_MS);
    }
  }
}

await Promise.all(Array.from({ length: connections }, connection));
agent.destroy();
const { user, system } = process.cpuUsage(cpu);
const result: LoadResult = { acks, ms: performance.now() - started, cpuMs: (user + system) / 1000, refused };
process.send?.(result, () => process.disconnect());
