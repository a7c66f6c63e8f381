import { MessageChannel, Worker } from 'node:worker_threads';
import { connect, type Fetch, HASH_RANGE, type Ruleset } from '@assay-ml/sdk';
import type { BenchResult } from './main.ts';

const MODEL_MS = 5;
const REQUESTS = 600;
/** Requests arrive on their own, as those of a service do: on average 400 a second. */
const ARRIVALS_PER_MS = 0.4;
const REPETITIONS = 9;

type Slots = Ruleset['slots'];

/** The same slot with and without a shadow phase that takes every unit. */
const ruleset: Ruleset = {
  rules: 1,
  version: 1,
  environment: 'bench',
  slots: { plain: slotOf([]), shadowed: slotOf([shadowExperiment()]) },
};

function slotOf(experiments: Slots[string]['experiments']): Slots[string] {
  const variants = { champion: { model: 'v1' }, challenger: { model: 'v2' } };
  return { output: 'value', champion: 'champion', variants, timeoutMs: 60_000, fallback: null, experiments };
}

function shadowExperiment(): Slots[string]['experiments'][number] {
  const split = [
    { variant: 'challenger', upTo: HASH_RANGE, weight: 1 },
    { variant: 'champion', upTo: HASH_RANGE, weight: 0 },
  ];
  const compare = { kind: 'auto' as const, ignore: [], tolerance: 0, depth: 10 };
  const shadow = { referenceShare: 0.1, budgetMs: 1000, maxInFlight: 1000, compare };
  const phase = { id: 1, mode: 'shadow' as const, step: 1, salt: 'phase', assignment: 'hash' as const, split, shadow };
  const layer = { salt: 'layer', from: 0, to: HASH_RANGE };
  return { key: 'shadow', layer, targeting: [], segments: [], paused: false, phase };
}

const commit: Fetch = async (url) =>
  url.endsWith('/v1/events')
    ? Response.json({ accepted: 0, rejected: [] }, { status: 202 })
    : Response.json(ruleset, { headers: { etag: '"1"' } });

/**
 * Answers each message after 5 ms, to a tenth of a millisecond, on a thread of its own as a service would. A timer of this
 * process would be no ruler: it rounds to milliseconds, and does so otherwise on a busier event loop.
 */
const SERVICE = `
  const { workerData: { port, bell }, receiveMessageOnPort } = require('node:worker_threads');
  const now = () => performance.timeOrigin + performance.now();
  const due = [];
  for (;;) {
    const rung = Atomics.load(bell, 0);
    for (let next; (next = receiveMessageOnPort(port)); ) due.push(next.message);
    while (due.length > 0 && due[0].at <= now()) port.postMessage(due.shift().id);
    Atomics.wait(bell, 0, rung, due.length > 0 ? Math.max(0, due[0].at - now()) : 1000);
  }`;

function startModel() {
  const { port1: port, port2 } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(SERVICE, { eval: true, workerData: { port: port2, bell }, transferList: [port2] });
  const waiting = new Map<number, () => void>();
  let calls = 0;
  port.on('message', (id: number) => {
    waiting.get(id)?.();
    waiting.delete(id);
  });
  const call = async () => {
    const id = calls++;
    await new Promise<void>((resolve) => {
      waiting.set(id, resolve);
      port.postMessage({ id, at: performance.timeOrigin + performance.now() + MODEL_MS });
      Atomics.add(bell, 0, 1);
      Atomics.notify(bell, 0);
    });
    return { label: 'fraud', score: Math.random(), reasons: ['velocity', 'country'] };
  };
  return { call, stop: () => worker.terminate() };
}

/** What a caller waits for a model of 5 ms, with every call shadowed and with none: the claim is a growth under 5 %. */
export async function run(): Promise<BenchResult> {
  const assay = await connect({ url: 'http://bench.invalid', key: 'bench', fetch: commit, stream: false });
  const model = startModel();
  const measure = async (slot: string) => {
    const latencies: number[] = [];
    const request = async (unit: string) => {
      const started = performance.now();
      await assay.run(slot, { unit }, model.call);
      latencies.push(performance.now() - started);
    };
    const requests: Promise<void>[] = [];
    const begun = performance.now();
    for (let due = 0; requests.length < REQUESTS; due -= Math.log(1 - Math.random()) / ARRIVALS_PER_MS) {
      while (performance.now() - begun < due) await new Promise((resolve) => setTimeout(resolve, 1));
      requests.push(request(`user-${requests.length}`));
    }
    await Promise.all(requests);
    return medianOf(latencies);
  };
  const medians: Record<'plain' | 'shadowed', number[]> = { plain: [], shadowed: [] };
  for (let round = 0; round <= REPETITIONS; round++) {
    // Which comes first changes, so that a slow moment of the machine meets both alike; the first round only warms up.
    for (const slot of round % 2 === 0 ? (['plain', 'shadowed'] as const) : (['shadowed', 'plain'] as const)) {
      const median = await measure(slot);
      await assay.flush();
      if (round > 0) medians[slot].push(median);
    }
  }
  await assay.close();
  await model.stop();
  const { shadowed, comparisons, shadowDropped } = assay.counters();
  if (comparisons !== (REPETITIONS + 1) * REQUESTS || shadowDropped > 0) {
    throw new Error(`${shadowed} of the decisions were shadowed, ${comparisons} compared, ${shadowDropped} dropped`);
  }
  const growths = medians.shadowed.map((ms, i) => ms / medians.plain[i]! - 1);
  const [plainMs, shadowedMs, growth] = [medians.plain, medians.shadowed, growths].map(medianOf) as [
    number,
    number,
    number,
  ];
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  console.log(`without shadow: median ${plainMs.toFixed(3)} ms; every call shadowed: ${shadowedMs.toFixed(3)} ms`);
  console.log(`growth ${percent(growth)} (${percent(Math.min(...growths))} to ${percent(Math.max(...growths))})`);
  return { name: 'shadow', ratio: 1 / (1 + growth), growth, growths, plainMs, shadowedMs };
}

function medianOf(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
