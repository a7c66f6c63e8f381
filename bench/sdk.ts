import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Assay } from '@assay-ml/sdk';
import { build } from 'esbuild';
import { bareHash } from './bare-hash.ts';
import type { BenchResult } from './main.ts';
import { type Rate, rateOf, reportLine } from './report-line.ts';
import type { DistinctUnits } from './sdk/distinct-units.ts';
import { ownClient } from './sdk/own-client.ts';
import { installPeers, type Peer, startPeers } from './sdk/peers.ts';

const UNITS = 100_000;
const REPETITIONS = 9;
/** Decisions between two looks at the event loop, as between the requests of a busy server. */
const SLICE = 5000;
/** Rounds over all units in one sample of ours, units in one sample of a peer: each sample takes about 0.2 s. */
const OWN_ROUNDS = 5;
const PEER_UNITS = 50_000;
const DISTINCT_UNITS = 10_000_000;
const RUNS = 20_000;
const GOALS = { decide: 6, peek: 20, grownMegabytes: 32, runMicroseconds: 20, kilobytes: 12 };

/** Parsed, as ids come from a request: strings just put together are slower to read. */
const ids: string[] = JSON.parse(
  JSON.stringify(Array.from({ length: UNITS }, (_, i) => `user-${(i * 2_654_435_761) % 1_000_000_007}`)),
);
const slices = Array.from({ length: UNITS / SLICE }, (_, i) => ids.slice(i * SLICE, (i + 1) * SLICE));
const attributes = { country: 'DE' };

/** Something is done with every result, lest it be optimised away. */
let sink = 0;

/**
 * Calls per second of a loop over some of the ids, events delivered meanwhile included. Each subject has a loop of its own, as a
 * service has: a shared one would add a tenth to the shortest.
 */
async function rateOfCalls(loop: (some: string[]) => void, after?: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let round = 0; round < OWN_ROUNDS; round++) {
    for (let from = 0; from < UNITS; from += SLICE) {
      loop(slices[from / SLICE]!);
      await new Promise(setImmediate);
    }
  }
  await after?.();
  if (Number.isNaN(sink)) throw new Error('not a number');
  return ((OWN_ROUNDS * UNITS) / (performance.now() - started)) * 1000;
}

async function rateOfPeer({ name, decide }: Peer): Promise<number> {
  const first = await decide(ids[0]!);
  let same = 0;
  const started = performance.now();
  for (let i = 0; i < PEER_UNITS; i++) {
    const answer = decide(ids[i]!);
    if ((typeof answer === 'string' ? answer : await answer) === first) same++;
  }
  const rate = (PEER_UNITS / (performance.now() - started)) * 1000;
  if (Math.abs(same / PEER_UNITS - 0.5) > 0.02) throw new Error(`${name} did not split half and half: ${same}`);
  return rate;
}

export async function run(): Promise<BenchResult> {
  installPeers();
  const assay = await ownClient({ maxQueueEvents: 10 * UNITS });
  const peers = await startPeers();
  const rates = await measureAll({
    decide: () =>
      rateOfCalls((some) => {
        for (const unit of some) sink ^= assay.decide('ab', { unit, attributes }).step;
      }, assay.flush),
    peek: () =>
      rateOfCalls((some) => {
        for (const unit of some) sink ^= assay.peek('ab', { unit, attributes }).step;
      }),
    'decide, every one recorded': () =>
      rateOfCalls((some) => {
        for (const unit of some) sink ^= assay.decide('bandit', { unit, attributes }).step;
      }, assay.flush),
    'limit: bare hash of one id, inline': () =>
      rateOfCalls((some) => {
        for (const unit of some) sink ^= bareHash(unit);
      }),
    ...Object.fromEntries(peers.map((peer) => [`peer: ${peer.name}`, () => rateOfPeer(peer)])),
  });
  for (const [what, rate] of Object.entries(rates)) console.log(reportLine(what, rate));
  const runMicroseconds = await addedByRun(assay);
  for (const peer of peers) await peer.close();
  await finish(assay);
  const fastest = Math.max(...peers.map(({ name }) => rates[`peer: ${name}`]!.median));
  const ratio = rates.decide!.median / fastest;
  const peekRatio = rates.peek!.median / fastest;
  console.log(
    `decide ${ratio.toFixed(1)} and peek ${peekRatio.toFixed(1)} times the fastest peer (goals ${GOALS.decide} and ${GOALS.peek})`,
  );
  console.log(`run adds ${runMicroseconds.toFixed(1)} µs to an async call (median; limit ${GOALS.runMicroseconds})`);
  const distinct = measureDistinct();
  const bytes = await bundleBytes();
  return { name: 'sdk', ratio, peekRatio, runMicroseconds, distinct, bytes, rates };
}

/** Rounds over all subjects, so that a slow moment of the machine meets them alike; the first round only warms up. */
async function measureAll(subjects: Record<string, () => Promise<number>>): Promise<Record<string, Rate>> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= REPETITIONS; round++) {
    for (const [what, subject] of Object.entries(subjects)) {
      const rate = await subject();
      if (round > 0) samples.set(what, [...(samples.get(what) ?? []), rate]);
    }
  }
  return Object.fromEntries([...samples].map(([what, rates]) => [what, rateOf(rates)]));
}

/** Median time of an async call through `run`, less that of the call alone. */
async function addedByRun(assay: Assay): Promise<number> {
  const call = async () => 1;
  const median = async (once: (unit: string) => Promise<unknown>) => {
    const times: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const started = performance.now();
      await once(ids[i]!);
      times.push(performance.now() - started);
    }
    return rateOf(times).median * 1000;
  };
  const through = (unit: string) => assay.run('ab', { unit, attributes }, call);
  await median(through);
  return (await median(through)) - (await median(call));
}

/** A bench that lost events would flatter itself. */
async function finish(assay: Assay): Promise<void> {
  await assay.close();
  const { exposures, outcomes, sent, dropped, decisions } = assay.counters();
  console.log(`${decisions.toLocaleString('en')} decisions, ${exposures.toLocaleString('en')} exposures sent`);
  if (sent !== exposures + outcomes || Object.keys(dropped).length > 0)
    throw new Error(`Events lost: ${JSON.stringify(dropped)}`);
}

function measureDistinct(): DistinctUnits {
  const script = fileURLToPath(new URL('sdk/distinct-units.ts', import.meta.url));
  const flags = ['--expose-gc', '--conditions=@assay-ml/source', '--import', 'tsx', script, String(DISTINCT_UNITS)];
  const result = JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as DistinctUnits;
  const { perSecond, dropped, sent, grownBytes, grownHeapBytes } = result;
  const count = (n: number) => Math.round(n).toLocaleString('en');
  console.log(
    `${count(DISTINCT_UNITS)} distinct units: ${count(perSecond)}/s, ${count(sent)} exposures sent, ${count(dropped)} dropped and counted; ` +
      `the process grew by ${(grownBytes / 1e6).toFixed(1)} MB (heap and buffers ${(grownHeapBytes / 1e6).toFixed(1)}; limit ${GOALS.grownMegabytes})`,
  );
  return result;
}

/** The whole client as a bundler makes it, gzipped. */
async function bundleBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../sdk/index.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
  console.log(`the whole client, minified and gzipped: ${(bytes / 1000).toFixed(1)} kB (limit ${GOALS.kilobytes})`);
  return bytes;
}
