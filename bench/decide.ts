import { type Assay, connect, type Fetch, HASH_RANGE, type Ruleset } from '@assay-ml/sdk';
import murmur from 'murmurhash3js-revisited';
import { bareHash } from './bare-hash.ts';
import type { BenchResult } from './main.ts';
import { type Rate, rateOf, reportLine } from './report-line.ts';

const UNITS = 100_000;
const REPETITIONS = 9;
/** Decisions between two looks at the event loop, as between the requests of a busy server. */
const SLICE = 5000;

const ids = Array.from({ length: UNITS }, (_, i) => `user-${(i * 2_654_435_761) % 1_000_000_007}`);

/** Two experiments: `ab` records a unit once, `bandit` records every decision. Both hash twice: layer and split. */
const ruleset: Ruleset = {
  rules: 1,
  version: 1,
  environment: 'bench',
  slots: { ab: slotOf(1, 'ab'), bandit: slotOf(2, 'bandit') },
};

function slotOf(id: number, mode: 'ab' | 'bandit'): Ruleset['slots'][string] {
  const split = [
    { variant: 'challenger', upTo: HASH_RANGE / 2, weight: 0.5 },
    { variant: 'champion', upTo: HASH_RANGE, weight: 0.5 },
  ];
  const phase = { id, mode, step: 1, salt: `phase${id}`, assignment: 'hash' as const, split };
  // A unit short of the whole layer, so that the layer is hashed too.
  const layer = { salt: `layer${id}`, from: 0, to: HASH_RANGE - 1 };
  return {
    output: 'value',
    champion: 'champion',
    variants: { champion: { model: 'v1' }, challenger: { model: 'v2' } },
    timeoutMs: 60_000,
    fallback: null,
    experiments: [{ key: mode, layer, targeting: [], segments: [], paused: false, phase }],
  };
}

const commit: Fetch = async (url) =>
  url.endsWith('/v1/events')
    ? Response.json({ accepted: 0, rejected: [] }, { status: 202 })
    : Response.json(ruleset, { headers: { etag: '"1"' } });

/** Something is done with every result, lest it be optimised away. */
let sink = 0;

/** Calls per second over all ids, events delivered meanwhile included. */
async function measure(call: (id: string) => number, after: () => Promise<unknown> = async () => {}): Promise<number> {
  const started = performance.now();
  for (let from = 0; from < ids.length; from += SLICE) {
    for (let i = from; i < from + SLICE; i++) sink ^= call(ids[i]!);
    await new Promise(setImmediate);
  }
  await after();
  if (Number.isNaN(sink)) throw new Error('not a number');
  return (ids.length / (performance.now() - started)) * 1000;
}

export async function run(): Promise<BenchResult> {
  const assay = await connect({ url: 'http://bench.invalid', key: 'bench', fetch: commit, maxQueueEvents: UNITS });
  const encoder = new TextEncoder();
  const subjects: Record<string, () => Promise<number>> = {
    decide: () =>
      measure(
        (id) => assay.decide('ab', { unit: id }).step,
        () => assay.flush(),
      ),
    peek: () => measure((id) => assay.peek('ab', { unit: id }).step),
    'decide, every one recorded': () =>
      measure(
        (id) => assay.decide('bandit', { unit: id }).step,
        () => assay.flush(),
      ),
    'limit: bare hash of one id, inline': () => measure(bareHash),
    'peer: murmurhash3js-revisited, one id': () => measure((id) => murmur.x86.hash32(encoder.encode(id), 0) ?? 0),
  };
  const rates = await measureAll(subjects);
  await finish(assay);
  for (const [what, rate] of Object.entries(rates)) console.log(reportLine(what, rate));
  const { decide, peek } = rates as { decide: Rate; peek: Rate };
  const peer = rates['peer: murmurhash3js-revisited, one id']!.median;
  const limit = rates['limit: bare hash of one id, inline']!.median;
  return {
    name: 'decide',
    ratio: decide.median / peer,
    peekRatio: peek.median / peer,
    ofBareHash: decide.median / limit,
    peekOfBareHash: peek.median / limit,
    rates,
  };
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

/** A bench that lost events would flatter itself. */
async function finish(assay: Assay): Promise<void> {
  await assay.close();
  const { exposures, sent, dropped, decisions } = assay.counters();
  console.log(`${decisions.toLocaleString('en')} decisions, ${exposures.toLocaleString('en')} exposures sent`);
  if (sent !== exposures || Object.keys(dropped).length > 0) throw new Error(`Events lost: ${JSON.stringify(dropped)}`);
}
