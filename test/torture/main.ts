/**
 * `npm run torture -- --minutes N [--seed S]`: clients with known events send while servers, PostgreSQL and lines are ended
 * at random, round after round, each in a new system. Exit code 1 when anything acknowledged was lost, doubled or
 * miscounted.
 */
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { LAYOUTS, type RoundResult, tortureRound } from './torture-round.ts';
import { bundleServer } from './tortured-server.ts';

/** Faults of one round; its check grows with what was sent. */
const ROUND_SECONDS = 60;

interface Chosen {
  minutes: number;
  seed: number;
}

class UsageError extends Error {}

/** Without --seed every run is another. */
function readArguments(args: string[]): Chosen {
  const options = { minutes: { type: 'string' }, seed: { type: 'string' } } as const;
  const { values } = parseArgs({ args, options });
  const minutes = Number(values.minutes ?? 5);
  if (!(minutes > 0)) throw new UsageError(`--minutes must be a number above 0, got "${values.minutes}"`);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed must be a whole number, got "${values.seed}"`);
  return { minutes, seed };
}

/** Rounds of seed, seed + 1, …: a single one is repeated by its own seed. */
async function main({ minutes, seed }: Chosen): Promise<boolean> {
  const endAt = performance.now() + minutes * 60_000;
  const { program, remove } = await bundleServer();
  process.once('exit', remove);
  const totals = new Map<string, number>();
  const broken: number[] = [];
  for (let round = 0; round === 0 || performance.now() < endAt; round++) {
    const own = seed + round;
    const layout = LAYOUTS[own % LAYOUTS.length] ?? LAYOUTS[0];
    const seconds = Math.min(ROUND_SECONDS, Math.max(5, (endAt - performance.now()) / 1000));
    console.log(`\nround ${round + 1}, seed ${own}, ${layout}, ${seconds.toFixed(0)} s of faults`);
    const result = await tortureRound({
      seed: own,
      layout,
      seconds,
      kinds: Object.keys(FAULTS),
      program,
      onStep: tellStep,
    });
    tellRound(result);
    add(totals, result.faults);
    if (result.violations.length > 0) broken.push(own);
  }
  console.log(`\nall faults: ${countsOf(totals)}`);
  for (const own of broken)
    console.log(`VIOLATED in the round of seed ${own}: npm run torture -- --minutes 1 --seed ${own}`);
  if (broken.length === 0) console.log('passed: everything acknowledged is stored once, and every report is right');
  return broken.length === 0;
}

function tellStep(text: string): void {
  console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`);
}

function tellRound({ violations, faults, statuses, batches, events, sdk, cuts, stalls, logged }: RoundResult): void {
  const dropped = Object.entries(sdk.dropped).map(([cause, count]): [string, number] => [cause, count]);
  console.log(`  faults: ${countsOf(faults)}; ${cuts} connections cut in the middle, ${stalls} stalled`);
  console.log(`  answers: ${countsOf(statuses)}`);
  console.log(`  batches: ${batches.sent} sent, ${batches.acknowledged} acknowledged, ${batches.malformed} malformed`);
  console.log(`  events: ${events.sent} sent, ${events.acknowledged} acknowledged, ${events.stored} stored`);
  console.log(`  SDK: ${sdk.owed} calls = ${sdk.sent} committed + dropped ${countsOf(dropped)}`);
  console.log(`  errors in the logs: ${countsOf(logged)}`);
  if (violations.length === 0) console.log('  passed');
  for (const violation of violations) console.log(`  VIOLATED: ${violation}`);
}

function countsOf(counts: Iterable<[string, number]>): string {
  const told = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`);
  return told.join(', ') || 'none';
}

function add(totals: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
}

// Ends at once, by way of the handlers that kill what was started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
// At once: Node 20 may wait for ever for sockets that were reset, as those of the rough lines are.
try {
  process.exit((await main(readArguments(process.argv.slice(2)))) ? 0 : 1);
} catch (error) {
  console.error(error instanceof UsageError ? `torture: ${error.message}` : error);
  process.exit(1);
}
