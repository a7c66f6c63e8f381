/** A process of its own that sends batches of visits at a fixed rate, as SDKs of many small services do. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { newBatchId } from '../ingest/sample-batches.ts';
import { UNITS } from './raw-events.ts';
import { OUTCOMES, SLOT, VARIANTS, VISITS_PER_BATCH } from './three-variants.ts';

export interface VisitOrder {
  port: number;
  key: string;
  phase: number;
  seconds: number;
  eventsPerSecond: number;
}

export interface VisitResult {
  /** When each batch was acknowledged, epoch ms, in order of acknowledgement. */
  acks: number[];
  /** How long the last batch was sent after it was due, ms: above a second the server did not take the rate. */
  behindMs: number;
  /** Answers other than 202; these batches were repeated. */
  refused: number;
}

/** Exposure, call record, click, seconds. */
const EVENTS_PER_VISIT = 4;
const CONNECTIONS = 16;

/** Every batch has other units than the one before; the first 500,000 visits are of as many units. */
function batchOf(batch: number, phase: number): string {
  const at = Date.now();
  const events = Array.from({ length: VISITS_PER_BATCH }, (_, i) => {
    const visit = batch * VISITS_PER_BATCH + i;
    const number = (visit * 7_919) % UNITS;
    const unit = `user-${number}`;
    const variant = VARIANTS[number % VARIANTS.length]!;
    const decision = `visit-${visit.toString(36)}`;
    const exposure = {
      ...{ type: 'exposure', slot: SLOT, phase, step: 1, variant, propensity: 1 / 3, ruleset: 1 },
      source: 'hash',
    };
    const properties = { status: 'ok', served: variant, variant, phase, step: 1 };
    return [
      { ...exposure, unit, at, decision, call: true },
      { type: 'outcome', unit, name: 'assay.ms', at, value: 10 + (visit % 997) / 7, decision, properties },
      { type: 'outcome', unit, name: OUTCOMES.click, at, item: `item-${visit % 10_000}` },
      { type: 'outcome', unit, name: OUTCOMES.dwell, at, value: (visit % 9_973) / 100 },
    ];
  });
  return `{"batch":"${newBatchId()}","events":${JSON.stringify(events.flat())}}`;
}

function send(agent: Agent, { port, key }: VisitOrder, body: string): Promise<boolean> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': body.length,
    'assay-sent-at': String(Date.now()),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/v1/events', method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        const { statusCode } = answer;
        if (statusCode === 202 && text.includes('"rejected":[]')) resolve(true);
        else if (statusCode === 429 || statusCode === 503) resolve(false);
        else reject(new Error(`${statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const [order] = (await once(process, 'message')) as [VisitOrder];
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const everyMs = (VISITS_PER_BATCH * EVENTS_PER_VISIT * 1000) / order.eventsPerSecond;
const batches = Math.round((order.seconds * 1000) / everyMs);
const result: VisitResult = { acks: [], behindMs: 0, refused: 0 };
const startedAt = performance.now();
let next = 0;

async function connection(): Promise<void> {
  while (next < batches) {
    const batch = next++;
    const dueAt = startedAt + batch * everyMs;
    if (performance.now() < dueAt) await sleep(dueAt - performance.now());
    const body = batchOf(batch, order.phase);
    result.behindMs = Math.max(result.behindMs, performance.now() - dueAt);
    while (!(await send(agent, order, body))) {
      result.refused++;
      await sleep(1000);
    }
    result.acks.push(Date.now());
  }
}

await Promise.all(Array.from({ length: CONNECTIONS }, connection));
agent.destroy();
process.send?.(result, () => process.disconnect());
