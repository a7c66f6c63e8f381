import type { Brief } from '../analysis/brief.ts';
import { span } from '../analysis/phrases.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import type { Finding } from './attention-facts.ts';

/** A phase that just started, and a service between two deliveries, are silent for less. */
const LEAST_SILENCE_MS = 10 * 60_000;
/** A silence is strange when it is so many times as long as the longest before: nights are not, once there was one. */
const STRANGE = 3;

/** Data that do not come although the phase runs, or that wait to be counted. */
export function silenceOf(phase: PhaseRow, { sparkline, units, lag }: Brief, now: Date): Finding | null {
  if (lag) {
    const since = new Date(now.getTime() - lag.seconds * 1000).toISOString();
    return { kind: 'stale', sentence: lag.sentence, since };
  }
  // Units that were assigned elsewhere are imported when it suits.
  if (phase.assignment === 'external' || !phase.startedAt) return null;
  const startedAt = lastStart(phase);
  const running = now.getTime() - startedAt;
  if (units === 0) {
    if (running < LEAST_SILENCE_MS) return null;
    const sentence = `Nothing has come since it started, ${span(running / 1000)} ago: does the service call the slot, with this environment's key?`;
    return { kind: 'no_data', sentence, since: new Date(startedAt).toISOString() };
  }
  if (!sparkline) return null;
  const { longest, end } = gaps(sparkline);
  const silent = now.getTime() - Math.max(end, startedAt);
  if (silent < Math.max(LEAST_SILENCE_MS, STRANGE * longest)) return null;
  const sentence = `No new unit for ${span(silent / 1000)}; before, none was missing for longer than ${span(longest / 1000)}. Has the service stopped calling the slot?`;
  return { kind: 'no_data', sentence, since: new Date(end).toISOString() };
}

/** The end of the last bucket with units, and the longest way from one such bucket to the next, ms. */
function gaps({ from, bucketSeconds, counts }: NonNullable<Brief['sparkline']>): { longest: number; end: number } {
  const bucket = bucketSeconds * 1000;
  const busy = counts.flatMap((count, place) => (count > 0 ? [place] : []));
  const ways = busy.slice(1).map((place, i) => place - (busy[i] ?? 0));
  const end = Date.parse(from) + ((busy.at(-1) ?? 0) + 1) * bucket;
  return { longest: Math.max(1, ...ways) * bucket, end };
}

/** The start, or the end of the last pause. */
function lastStart({ startedAt, pauses }: PhaseRow): number {
  const resumed = pauses.map(({ to }) => (to === null ? 0 : Date.parse(to)));
  return Math.max(startedAt?.getTime() ?? 0, ...resumed);
}
