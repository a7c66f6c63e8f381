import { setTimeout as sleep } from 'node:timers/promises';
import { newBatchId } from '../integration/ingest-fixture.ts';
import type { Dice } from './dice.ts';
import { poisonBatch, poisonEvent } from './poison.ts';
import { amount } from './sdk-caller.ts';
import { CHANNELS, OUTCOMES, type TorturedExperiment, VARIANTS } from './torture-experiments.ts';
import { attempt } from './unsteady-fetch.ts';
import type { SentBatch, WireLedger } from './wire-ledger.ts';

/** A client in another language: batches of its own, out of order and repeated, poisoned ones among them. */
export interface RawSender {
  /** Sends batches of the last seconds once more, acknowledged or not, of this client and of others. */
  repeatOld(count: number): Promise<void>;
  /** Sends what is left until it is acknowledged. */
  finish(): Promise<void>;
  poisonBatches: number;
}

interface SenderOptions {
  url: string;
  key: string;
  dice: Dice;
  ledger: WireLedger;
  /** Whose units are seen in several variants, and whose first exposure moves. */
  experiment: TorturedExperiment;
  batchesPerSecond: number;
}

const PATIENCE_MS = 90_000;
const UNITS = 3_000;
const SENDERS = 4;
/** Late arrivals may not outlast the window of the short experiment: a mature unit keeps what it was. */
const REPEAT_WITHIN_MS = 12_000;

export function rawSender(options: SenderOptions): RawSender {
  const { url, key, dice, ledger, batchesPerSecond } = options;
  const address = `${url}/v1/events`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  let going = true;

  const send = (batch: SentBatch) =>
    attempt(ledger, batch, address, {
      method: 'POST',
      headers,
      body: JSON.stringify({ batch: batch.id, events: batch.events }),
      signal: AbortSignal.timeout(15_000),
    });

  async function sendUntilAcknowledged(batch: SentBatch): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await send(batch);
      if (answer?.status === 202) return;
      // Some clients never come back: of such a batch everything is stored, or nothing.
      if (going && dice.chance(0.2)) return;
      if (!going && Date.now() > deadline) {
        ledger.violations.push(`batch ${batch.id} was not acknowledged within ${PATIENCE_MS / 1000} s of calm`);
        return;
      }
      await sleep(dice.between(50, going ? 1_000 : 200));
    }
  }

  async function sendPoison(): Promise<void> {
    const { body, id } = poisonBatch(dice);
    if (id !== null) ledger.malformed.add(id);
    sender.poisonBatches++;
    try {
      const response = await fetch(address, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) });
      await response.text();
      if (response.status < 400) ledger.violations.push(`a malformed batch was answered ${response.status}`);
    } catch {
      // The line was cut, or the server ended the request early: no answer is no acknowledgement.
    }
  }

  async function keepSending(): Promise<void> {
    while (going) {
      if (dice.chance(0.05)) await sendPoison();
      const { body, poisoned } = makeBatch(options);
      await sendUntilAcknowledged(ledger.sending('raw', body, poisoned));
      await sleep((1000 * SENDERS * dice.between(0.5, 1.5)) / batchesPerSecond);
    }
  }

  let loops: Promise<void>[] = [];
  const sender: RawSender = {
    poisonBatches: 0,
    async repeatOld(count) {
      const young = [...ledger.batches.values()].filter((each) => each.sealedAt > Date.now() - REPEAT_WITHIN_MS);
      await Promise.all(Array.from({ length: Math.min(count, young.length) }, () => send(dice.pick(young))));
    },
    async finish() {
      going = false;
      await Promise.all(loops);
    },
  };
  loops = Array.from({ length: SENDERS }, keepSending);
  return sender;
}

function makeBatch({ dice, experiment }: SenderOptions): { body: string; poisoned: Set<number> } {
  const poisoned = new Set<number>();
  const events = Array.from({ length: 1 + dice.whole(40) }, (_, place) => {
    const event = dice.chance(0.4) ? makeExposure(dice, experiment) : makeOutcome(dice);
    if (!dice.chance(0.03)) return event;
    poisoned.add(place);
    return poisonEvent(dice, makeExposure(dice, experiment));
  });
  return { body: JSON.stringify({ batch: newBatchId(), events }), poisoned };
}

/** Names that COPY has to escape. */
function unitOf(dice: Dice): string {
  const number = dice.whole(UNITS);
  return number % 50 === 0 ? `raw\\${number}\t"é💡\n'` : `raw-${number}`;
}

/** In any order: outcomes before exposures, and first exposures that turn out to be later ones. */
const anyTime = (dice: Dice) => Date.now() - dice.whole(40_000);

function makeExposure(dice: Dice, { key, phase, startedAt }: TorturedExperiment): Record<string, unknown> {
  const unit = unitOf(dice);
  const usual = VARIANTS[unit.length % VARIANTS.length];
  return {
    type: 'exposure',
    unit,
    slot: key,
    phase,
    step: 1,
    variant: dice.chance(0.02) ? dice.pick(VARIANTS) : usual,
    at: Math.max(anyTime(dice), startedAt - 50_000),
    decision: newBatchId(),
    propensity: 1 / 3,
    ruleset: 1,
    source: 'hash',
  };
}

function makeOutcome(dice: Dice): Record<string, unknown> {
  const name = dice.pick(OUTCOMES);
  return {
    type: 'outcome',
    unit: unitOf(dice),
    name,
    at: anyTime(dice),
    value: name === 'spend' ? amount(dice) : 1,
    item: newBatchId(),
    properties: { channel: dice.pick(CHANNELS) },
  };
}
