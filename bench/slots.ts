import { connect, type Fetch, HASH_RANGE, type Ruleset } from '@assay-ml/sdk';
import type { BenchResult } from './main.ts';
import { type Rate, rateOf, reportLine } from './report-line.ts';

const SLOTS = 10_000;
const DECISIONS = 500_000;
const REPETITIONS = 9;
const BUDGET_MS = 200;
const ids = Array.from({ length: 10_000 }, (_, i) => `user-${(i * 2_654_435_761) % 1_000_000_007}`);
const attributes = { country: 'NL' };

/** Each slot with a targeted 50/50 experiment of its own. */
function rulesetOf(count: number): Ruleset {
  const slots = Array.from({ length: count }, (_, i) => [`slot-${i}`, slotOf(i)] as const);
  return { rules: 1, version: 1, environment: 'bench', slots: Object.fromEntries(slots) };
}

function slotOf(id: number): Ruleset['slots'][string] {
  const split = [
    { variant: 'challenger', upTo: HASH_RANGE / 2, weight: 0.5 },
    { variant: 'champion', upTo: HASH_RANGE, weight: 0.5 },
  ];
  const phase = { id, mode: 'ab' as const, step: 1, salt: `phase${id}`, assignment: 'hash' as const, split };
  const layer = { salt: `layer${id}`, from: 0, to: HASH_RANGE };
  const targeting = [{ attribute: 'country', operator: 'in' as const, values: ['NL', 'DE'] }];
  return {
    output: 'value',
    champion: 'champion',
    variants: { champion: { model: 'v1' }, challenger: { model: 'v2' } },
    timeoutMs: 60_000,
    fallback: null,
    experiments: [{ key: `experiment-${id}`, layer, targeting, segments: ['country'], paused: false, phase }],
  };
}

/** From `connect` to a client whose ruleset came over the (instant) wire as text, parsing included. */
async function startMs(text: string): Promise<number> {
  const fetch: Fetch = async (url) =>
    url.endsWith('/v1/events')
      ? Response.json({ accepted: 0, rejected: [] }, { status: 202 })
      : new Response(text, { headers: { etag: '"1"' } });
  const started = performance.now();
  const assay = await connect({ url: 'http://bench.invalid', key: 'bench', fetch, stream: false });
  const ms = performance.now() - started;
  if (assay.peek('slot-0', { unit: 'u', attributes }).phase !== 0) throw new Error('the ruleset is not in force');
  await assay.close();
  return ms;
}

let sink = 0;

/** Decisions a second in one slot of a client that knows `count` of them. */
async function decider(count: number) {
  const assay = await connect({ offline: true, bootstrap: rulesetOf(count) });
  return () => {
    const started = performance.now();
    for (let i = 0; i < DECISIONS; i++) sink ^= assay.decide('slot-0', { unit: ids[i % ids.length]!, attributes }).step;
    return (DECISIONS / (performance.now() - started)) * 1000;
  };
}

/** What 10,000 slots cost: a start under 200 ms, and nothing per decision. */
export async function run(): Promise<BenchResult> {
  const text = JSON.stringify(rulesetOf(SLOTS));
  const starts: number[] = [];
  const parses: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    starts.push(await startMs(text));
    const started = performance.now();
    JSON.parse(text);
    parses.push(performance.now() - started);
  }
  const deciders = { 'decide, 1 slot': await decider(1), 'decide, 10,000 slots': await decider(SLOTS) };
  const samples = Object.entries(deciders).map(([what, decide]) => ({ what, decide, rates: [] as number[] }));
  // Rounds over both, so that a slow moment of the machine meets them alike; the first only warms up.
  for (let round = 0; round <= REPETITIONS; round++) {
    for (const { decide, rates } of samples) {
      const rate = decide();
      if (round > 0) rates.push(rate);
    }
  }
  const [start, parse] = [rateOf(starts), rateOf(parses)];
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const size = `${(text.length / 1e6).toFixed(1)} MB`;
  console.log(`start with ${SLOTS.toLocaleString('en')} slots (${size} of JSON): the first ${ms(starts[0]!)},`);
  console.log(`  median ${ms(start.median)} (${ms(start.lowest)} to ${ms(start.highest)}); the bar is ${BUDGET_MS} ms`);
  console.log(`  of which JSON.parse alone, in the same run: ${ms(parse.median)}`);
  const rates: Record<string, Rate> = Object.fromEntries(samples.map((each) => [each.what, rateOf(each.rates)]));
  for (const [what, rate] of Object.entries(rates)) console.log(reportLine(what, rate));
  if (Number.isNaN(sink)) throw new Error('not a number');
  const [one, many] = Object.values(rates) as [Rate, Rate];
  return {
    name: 'slots',
    ratio: many.median / one.median,
    startMs: start.median,
    parseMs: parse.median,
    firstStartMs: starts[0],
    rates,
  };
}
