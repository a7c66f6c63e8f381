/** A clock that is corrected bit by bit drifts from the monotonic one by far less between two calls. */
const LEAP_MS = 60_000;
/** Time for whatever set the clock to set it right. */
const REST_MS = 600_000;

/**
 * Answers whether the clock has leapt within the last ten minutes, ahead or back: it was set, or the machine slept. What
 * cannot be taken back, a look or the hand-over to the next phase, waits for so long.
 */
export function leapWatch(now: () => Date, monotonicMs: () => number = () => performance.now()): () => boolean {
  let offset = now().getTime() - monotonicMs();
  let leaptAt = Number.NEGATIVE_INFINITY;
  return () => {
    const at = monotonicMs();
    const current = now().getTime() - at;
    if (Math.abs(current - offset) > LEAP_MS) leaptAt = at;
    offset = current;
    return at - leaptAt < REST_MS;
  };
}
