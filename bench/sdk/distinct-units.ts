/**
 * `node --expose-gc … distinct-units.ts N`: N units that were never seen before, each decided once with recording on.
 * Prints one line of JSON. A process of its own, so that nothing else grows it.
 */
import { ownClient } from './own-client.ts';

export interface DistinctUnits {
  units: number;
  perSecond: number;
  /** Growth of the process (resident set) and of the heap and its buffers, after a forced collection, bytes. */
  grownBytes: number;
  grownHeapBytes: number;
  exposures: number;
  sent: number;
  dropped: number;
}

/** Decisions between two looks at the event loop, as between the requests of a busy server. */
const SLICE = 5000;
const attributes = { country: 'DE' };
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error('run it with --expose-gc');

const units = Number(process.argv[2]);
const assay = await ownClient({ onError: () => {} });
const decide = async (from: number, to: number) => {
  let step = 0;
  for (let i = from; i < to; i++) {
    step += assay.decide('ab', { unit: `user-${i}`, attributes }).step;
    if (i % SLICE === 0) await new Promise(setImmediate);
  }
  if (step !== to - from) throw new Error('Some unit was not assigned.');
};
// Code, shapes and buffers that any use needs are there before the count begins.
await decide(-100_000, 0);
await assay.flush();
const before = memory();
const started = performance.now();
await decide(0, units);
const perSecond = (units / (performance.now() - started)) * 1000;
await assay.flush();
const after = memory();
const { exposures, sent, dropped } = assay.counters();
const result: DistinctUnits = {
  units,
  perSecond,
  grownBytes: after.rss - before.rss,
  grownHeapBytes: after.heap - before.heap,
  exposures,
  sent,
  dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
};
await assay.close();
console.log(JSON.stringify(result));

function memory(): { rss: number; heap: number } {
  collect?.();
  collect?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
