/** A process of its own that sends batches over a number of connections, each as fast as it is answered. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { newBatchId } from './sample-batches.ts';

export interface LoadOrder {
  port: number;
  connections: number;
  ms: number;
  /** What follows the batch id in a body. */
  tails: Uint8Array[];
}

export interface LoadResult {
  /** Time from the first byte sent to the answer, ms, by batch. */
  acks: number[];
  ms: number;
}

const [order] = (await once(process, 'message')) as [LoadOrder];
const { port, connections, ms, tails } = order;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

function send(tail: Uint8Array): Promise<number> {
  const head = `{"batch":"${newBatchId()}",`;
  const headers = {
    'content-type': 'application/json',
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
let next = 0;

async function connection(): Promise<void> {
  while (performance.now() - started < ms) acks.push(await send(tails[next++ % tails.length]!));
}

await Promise.all(Array.from({ length: connections }, connection));
agent.destroy();
process.send?.({ acks, ms: performance.now() - started } satisfies LoadResult, () => process.disconnect());
