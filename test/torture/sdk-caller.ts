import { setTimeout as sleep } from 'node:timers/promises';
import { type Assay, connect } from '@assay-ml/sdk';
import type { Dice } from './dice.ts';
import { CHANNELS, OUTCOMES, SLOTS } from './torture-experiments.ts';
import { type Hearing, unsteadyFetch } from './unsteady-fetch.ts';
import type { WireLedger } from './wire-ledger.ts';

/** A service that uses the SDK as a stranger would, and knows what it asked of it. */
export interface SdkCaller {
  totals: CallTotals;
  /** Far more calls at once than the queue has room for. */
  flood(): void;
  /** The process ends in a hurry and another takes over: what could not be sent is lost, and counted. */
  restart(): Promise<void>;
  /** No more calls; everything queued is delivered, for which there is time. */
  finish(): Promise<void>;
}

export interface CallTotals {
  /** Calls that owe an event. */
  owed: number;
  sent: number;
  dropped: Record<string, number>;
}

interface CallerOptions {
  name: string;
  url: string;
  key: string;
  dice: Dice;
  ledger: WireLedger;
  callsPerSecond: number;
}

/** One client from `connect` to `close`. */
interface Life {
  assay: Assay;
  hearing: Hearing;
  owed: number;
  /** Units whose exposure the client has recorded: their next decision owes none. */
  exposed: Set<string>;
  running: Set<Promise<unknown>>;
}

const UNITS = 3_000;
const QUEUE = 400;
const TICK_MS = 20;
const FINISH_WITHIN_MS = 90_000;

export async function sdkCaller(options: CallerOptions): Promise<SdkCaller> {
  const { name, dice, callsPerSecond } = options;
  const totals: CallTotals = { owed: 0, sent: 0, dropped: {} };
  let life = await begin(options);
  let going = true;
  const loop = (async () => {
    while (going) {
      const calls = Math.round((callsPerSecond * TICK_MS) / 1000);
      for (let i = 0; i < calls; i++) call(life, dice, name);
      await sleep(TICK_MS);
    }
  })();
  return {
    totals,
    flood() {
      for (let i = 0; i < 3 * QUEUE; i++) call(life, dice, name);
    },
    async restart() {
      const next = await begin(options);
      const old = life;
      life = next;
      await end(old, options, totals, dice.between(0, 600));
    },
    async finish() {
      going = false;
      await loop;
      const delivered = await end(life, options, totals, FINISH_WITHIN_MS);
      if (!delivered) options.ledger.violations.push(`${name} could not deliver what it had queued`);
    },
  };
}

async function begin({ name, url, key, dice, ledger }: CallerOptions): Promise<Life> {
  const hearing: Hearing = { acknowledged: 0 };
  const assay = await connect({
    url,
    key,
    flushEveryMs: 100,
    maxBatchEvents: 100,
    maxQueueEvents: QUEUE,
    onError: () => undefined,
    fetch: unsteadyFetch(name, dice, ledger, hearing),
  });
  return { assay, hearing, owed: 0, exposed: new Set(), running: new Set() };
}

/** Closes the client and settles its account: every call is either committed or counted as dropped. */
async function end(life: Life, { name, ledger }: CallerOptions, totals: CallTotals, withinMs: number) {
  await Promise.all(life.running);
  const { delivered } = await life.assay.close(withinMs);
  const { sent, queued, dropped } = life.assay.counters();
  const lost = Object.values(dropped).reduce((sum, each) => sum + each, 0);
  if (sent + queued + lost !== life.owed) {
    const counted = `sent ${sent}, queued ${queued}, dropped ${JSON.stringify(dropped)}`;
    ledger.violations.push(`${name}: ${life.owed} calls owed an event, but the client counts ${counted}`);
  }
  const { acknowledged } = life.hearing;
  // An answer to the last batch may come when the client has given up.
  if (delivered ? sent !== acknowledged : sent > acknowledged) {
    ledger.violations.push(`${name}: the client counts ${sent} sent, ${acknowledged} were acknowledged to it`);
  }
  totals.owed += life.owed;
  totals.sent += sent;
  for (const [cause, count] of Object.entries(dropped)) totals.dropped[cause] = (totals.dropped[cause] ?? 0) + count;
  return delivered;
}

function call(life: Life, dice: Dice, name: string): void {
  const unit = `${name}-${dice.whole(UNITS)}`;
  if (dice.chance(0.4)) decide(life, dice, dice.pick(SLOTS), unit);
  else recordOutcome(life, dice, unit);
}

function recordOutcome(life: Life, dice: Dice, unit: string): void {
  const outcome = dice.pick(OUTCOMES);
  life.owed++;
  life.assay.outcome(outcome, {
    unit: dice.chance(0.002) ? unit.padEnd(300, '-') : unit,
    value: outcome === 'spend' ? amount(dice) : dice.chance(0.9) ? undefined : 0,
    properties: { channel: dice.pick(CHANNELS) },
  });
}

/** Amounts that only exact sums survive. */
export function amount(dice: Dice): number {
  if (dice.chance(0.01)) return dice.pick([1e15, -1e15, 1e-9, 0]);
  return (dice.whole(20_000) - 2_000) / 100;
}

function decide(life: Life, dice: Dice, slot: string, unit: string): void {
  const { assay, exposed } = life;
  const inPhase = assay.peek(slot, { unit }).phase !== null;
  const recordedBefore = assay.counters().exposures;
  const isRun = dice.chance(0.2);
  const fails = dice.chance(0.1);
  if (isRun)
    track(
      life,
      assay.run(slot, { unit }, () => (fails ? Promise.reject(new Error('no model')) : 'answer')),
    );
  else assay.decide(slot, { unit });
  if (!inPhase) return;
  const id = `${slot}:${unit}`;
  if (!exposed.has(id)) life.owed++;
  if (assay.counters().exposures > recordedBefore) exposed.add(id);
  // A call is recorded as `assay.ms`, and a failed one also as `assay.error`.
  if (isRun) life.owed += fails ? 2 : 1;
}

function track({ running }: Life, run: Promise<unknown>): void {
  const settled: Promise<unknown> = run.then(
    () => running.delete(settled),
    () => running.delete(settled),
  );
  running.add(settled);
}
