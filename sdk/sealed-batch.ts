import type { EnvelopeStats } from './events.ts';
import type { SlotMeter } from './slot-meter.ts';
import type { Tally } from './tally.ts';
import { utf8Length } from './utf8.ts';
import { uuid7 } from './uuid7.ts';

/** Its id and content never change, so that the server can recognise a repetition. */
export interface SealedBatch {
  id: string;
  body: string;
  events: number;
  /** Events, plus one if it carries statistics that somebody waits for. */
  weight: number;
  /** Losses that it reports. */
  dropped: Map<string, number>;
  /** It is on the disk too. */
  kept: boolean;
}

interface Sources {
  /** Serialised events; the sealed ones are taken from its front. */
  queue: string[];
  /** Characters of JSON in it. */
  queueBytes: number;
  maxBatchEvents: number;
  maxBatchBytes: number;
  meter: SlotMeter;
  tally: Tally;
  now: () => number;
}

/** Seals the oldest events, with the statistics of minutes that are over (or all) and the losses not yet reported. */
export function sealBatch(sources: Sources, minutes: 'over' | 'all'): SealedBatch {
  const { meter, tally, now } = sources;
  const events = takeEvents(sources);
  const slots = meter.take(minutes);
  const dropped = tally.unreported;
  tally.unreported = new Map();
  const stats: EnvelopeStats = {};
  if (slots.length > 0) stats.slots = slots;
  if (dropped.size > 0) stats.dropped = Object.fromEntries(dropped);
  const tail = slots.length > 0 || dropped.size > 0 ? `,"stats":${JSON.stringify(stats)}` : '';
  const id = uuid7(now());
  const body = `{"batch":"${id}","events":[${events.join(',')}]${tail}}`;
  return { id, body, events: events.length, weight: events.length, dropped, kept: false };
}

/** At least one event, whatever its size. */
function takeEvents(sources: Sources): string[] {
  const { queue, maxBatchEvents, maxBatchBytes } = sources;
  const most = Math.min(queue.length, maxBatchEvents);
  let characters = 0;
  for (let i = 0; i < most; i++) characters += queue[i]!.length + 1;
  // A character takes at most three bytes: most batches need no closer look.
  const taken = queue.splice(0, 3 * characters <= maxBatchBytes ? most : fitting(queue, most, maxBatchBytes));
  for (const json of taken) sources.queueBytes -= json.length;
  return taken;
}

/** How many of the first `most` events fit. */
function fitting(queue: string[], most: number, maxBytes: number): number {
  let bytes = 0;
  let count = 0;
  while (count < most) {
    bytes += utf8Length(queue[count]!) + 1;
    if (bytes > maxBytes && count > 0) break;
    count++;
  }
  return count;
}
