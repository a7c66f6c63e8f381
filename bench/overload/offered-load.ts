/** A process of its own that sends batches at a rate of its own, whatever the server answers, or as fast as it is answered. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { newBatchId } from '../ingest/sample-batches.ts';

export interface OfferedLoad {
  port: number;
  /** Of an SDK. */
  key: string;
  ms: number;
  /** Batches a second; null sends over 16 connections, on each the next when the last is answered. */
  rate: number | null;
  /** What follows the batch id in a body. */
  tails: Uint8Array[];
}

export interface OfferedResult {
  /** Milliseconds from sending to each 202. */
  accepted: number[];
  /** Milliseconds from sending to each 429. */
  refused: number[];
  /** Of the 429, those without Retry-After. */
  withoutRetryAfter: number;
  /** Everything else, by status or error. */
  others: Record<string, number>;
  /** Not sent at all, because too many were under way. */
  unsent: number;
  ms: number;
}

/** A sender that waits for more answers than this has lost touch; what is due meanwhile is counted and not sent. */
const MOST_UNDER_WAY = 1_000;
const CONNECTIONS = 16;
/** Opened before the clock runs: clients keep theirs, and would not open as many at one moment. */
const CONNECTIONS_AT_RATE = 256;

const [order] = (await once(process, 'message')) as [OfferedLoad];
const { port, key, ms, rate, tails } = order;
const connections = rate === null ? CONNECTIONS : CONNECTIONS_AT_RATE;
// The one that was idle longest comes first, so that all processes of the server get their part.
const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
const result: OfferedResult = { accepted: [], refused: [], withoutRetryAfter: 0, others: {}, unsent: 0, ms: 0 };
let underWay = 0;
let next = 0;

async function send(): Promise<void> {
  underWay++;
  const startedAt = performance.now();
  try {
    const { status, retryAfter } = await post();
    if (status === 202) result.accepted.push(performance.now() - startedAt);
    else if (status === 429) {
      result.refused.push(performance.now() - startedAt);
      if (!retryAfter) result.withoutRetryAfter++;
    } else count(String(status));
  } catch (error) {
    count(error instanceof Error ? error.message : String(error));
  } finally {
    underWay--;
  }
}

function count(what: string): void {
  result.others[what] = (result.others[what] ?? 0) + 1;
}

function post(): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  const head = `{"batch":"${newBatchId()}",`;
  const tail = tails[next++ % tails.length] ?? Buffer.alloc(0);
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': head.length + tail.length,
    'assay-sent-at': String(Date.now()),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v1/events', method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, retryAfter: answer.headers['retry-after'] }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.write(head);
    sent.end(tail);
  });
}

/** A batch each time one is due: a slow server does not slow the senders down. */
async function sendAtRate(perSecond: number): Promise<void> {
  const sending: Promise<void>[] = [];
  for (let due = 0; performance.now() - startedAt < ms; ) {
    const wanted = ((performance.now() - startedAt) * perSecond) / 1000;
    for (; due < wanted; due++) {
      if (underWay < MOST_UNDER_WAY) sending.push(send());
      else result.unsent++;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(sending);
}

async function connection(): Promise<void> {
  while (performance.now() - startedAt < ms) await send();
}

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/healthz', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve());
    });
    sent.on('error', reject);
    sent.end();
  });
}

await Promise.all(Array.from({ length: connections }, open));
const startedAt = performance.now();
if (rate === null) await Promise.all(Array.from({ length: connections }, connection));
else await sendAtRate(rate);
result.ms = performance.now() - startedAt;
agent.destroy();
process.send?.(result, () => process.disconnect());
