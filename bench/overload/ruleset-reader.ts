/** A process of its own that reads the ruleset at an even pace, and beside it a server that has nothing else to do. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';

export interface ReadOrder {
  /** Of the server; `idlePort` of the peer. */
  port: number;
  idlePort: number;
  key: string;
  ms: number;
}

export interface ReadResult {
  /** Milliseconds of GET /v1/ruleset answered whole, and with 304. */
  full: number[];
  unchanged: number[];
  /** Of the same request to the idle server: what the machine itself takes. */
  idle: number[];
  errors: number;
}

const PERIOD_MS = 10;

const [order] = (await once(process, 'message')) as [ReadOrder];
const { key, ms } = order;
/** Opened before the clock runs. */
const CONNECTIONS = 32;
// The one that was idle longest comes first, so that all processes of the server get their part.
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });
const result: ReadResult = { full: [], unchanged: [], idle: [], errors: 0 };

function read(port: number, etag: string | undefined): Promise<{ etag: string | undefined; ms: number }> {
  const headers = { authorization: `Bearer ${key}`, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v1/ruleset', agent, headers }, (answer) => {
      answer.resume();
      const expected = etag === undefined ? 200 : 304;
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode !== expected) reject(new Error(`${answer.statusCode} instead of ${expected}`));
        else resolve({ etag: answer.headers.etag, ms: performance.now() - startedAt });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const opened = [order.port, order.idlePort].flatMap((port) =>
  Array.from({ length: CONNECTIONS }, () => read(port, undefined)),
);
const etag = (await Promise.all(opened))[0]?.etag;
const reads: Promise<void>[] = [];
const take = (into: number[], port: number, known: string | undefined) =>
  reads.push(
    read(port, known).then(
      (each) => void into.push(each.ms),
      () => void result.errors++,
    ),
  );
const startedAt = performance.now();
for (let i = 0; performance.now() - startedAt < ms; i++) {
  if (i % 2 === 0) take(result.unchanged, order.port, etag);
  else take(result.full, order.port, undefined);
  take(result.idle, order.idlePort, undefined);
  await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
}
await Promise.all(reads);
agent.destroy();
process.send?.(result, () => process.disconnect());
