import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetch } from '@assay-ml/sdk';
import type { Dice } from './dice.ts';
import type { SentBatch, WireLedger } from './wire-ledger.ts';

/** What one client heard of its batches. */
export interface Hearing {
  /** Events of batches whose 202 reached the client. */
  acknowledged: number;
}

/** A network for the SDK that delays batches, sends some of them twice and loses answers; all of it is written down. */
export function unsteadyFetch(from: string, dice: Dice, ledger: WireLedger, hearing: Hearing): Fetch {
  return async (input, init = {}) => {
    if (!input.endsWith('/v1/events')) return fetch(input, init);
    const batch = ledger.sending(from, String(init.body));
    if (dice.chance(0.1)) await sleep(dice.between(1, 300));
    // The network does what the client did not ask for: nobody waits for this one, and it must do no harm.
    if (dice.chance(0.1)) void attempt(ledger, batch, input, { ...init, signal: AbortSignal.timeout(10_000) });
    const answer = await attempt(ledger, batch, input, init);
    if (answer === null || dice.chance(0.03)) throw new TypeError('the answer was lost');
    if (init.signal?.aborted) throw new TypeError('too late');
    if (answer.status === 202) hearing.acknowledged += batch.events.length;
    return new Response(answer.text, answer);
  };
}

/** One request with a whole answer, or null. */
export async function attempt(
  ledger: WireLedger,
  batch: SentBatch,
  url: string,
  init: RequestInit,
): Promise<{ status: number; text: string; headers: Headers } | null> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    ledger.answered(batch, response.status, text);
    return { status: response.status, text, headers: response.headers };
  } catch {
    ledger.answered(batch, 'network', '');
    return null;
  }
}
