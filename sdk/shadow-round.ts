import { type ModelCall, startCall } from './call.ts';
import type { Variant } from './decision.ts';
import { draw } from './hash.ts';
import type { ShadowedCall } from './shadow-comparison.ts';
import type { ShadowPlaces } from './shadow-places.ts';

/** The calls beside one answer. */
export interface ShadowRound<T> {
  call: ModelCall<T>;
  champion: Variant;
  candidate: Variant;
  /** Id of the decision, by which it is drawn what is called. */
  decision: string;
  /** Share of decisions in which the champion is called again. */
  referenceShare: number;
  /** Time limit of each call. */
  budgetMs: number;
  places: ShadowPlaces;
  stopwatch: () => number;
}

export interface ShadowAnswers<T> {
  candidate: ShadowedCall<T>;
  /** The champion's second call; null outside the A/A share. */
  reference: ShadowedCall<T> | null;
}

/**
 * Calls the candidate, and in the A/A share the champion too: one after the other, so that neither slows the other, in
 * drawn order, so that neither is favoured. `ends` collects when the functions themselves have ended. Null: cancelled,
 * because the client closes.
 */
export async function callBeside<T>(round: ShadowRound<T>, ends: Promise<unknown>[]): Promise<ShadowAnswers<T> | null> {
  const { champion, candidate, decision } = round;
  if (draw('reference', decision) >= round.referenceShare) {
    const alone = await callOne(round, candidate, ends);
    return alone && { candidate: alone, reference: null };
  }
  const isReferenceFirst = draw('order', decision) < 0.5;
  const first = await callOne(round, isReferenceFirst ? champion : candidate, ends);
  const second = first && (await callOne(round, isReferenceFirst ? candidate : champion, ends));
  if (first === null || second === null) return null;
  return isReferenceFirst ? { candidate: second, reference: first } : { candidate: first, reference: second };
}

async function callOne<T>(
  { call, budgetMs, places, stopwatch }: ShadowRound<T>,
  variant: Variant,
  ends: Promise<unknown>[],
): Promise<ShadowedCall<T> | null> {
  const started = stopwatch();
  const running = startCall({ call, timeoutMs: budgetMs, signal: undefined, shadow: true }, variant);
  ends.push(running.settled);
  const forget = places.cancellable(() => running.cancel(new DOMException('The client was closed', 'AbortError')));
  const fate = await Promise.race([running.interrupted, running.settled]);
  const ms = stopwatch() - started;
  running.release();
  forget();
  if (fate === 'cancelled') return null;
  // Timers may be a little early.
  if (fate === 'timeout') return { status: 'timeout', ms: Math.max(ms, budgetMs) };
  return fate.ok ? { status: 'ok', ms, value: fate.value } : { status: 'error', ms };
}
