/** A clock set back by more than this was corrected, and is followed. */
const MAX_STEP_BACK_MS = 1_000;

/**
 * Whole milliseconds since 1970 that do not run backwards when the system's clock is slewed a little, so that a batch is
 * never stored as received before it arrived. A clock that was an hour ahead and is set right is believed at once:
 * receipt is never far later than now.
 */
export function steadyClock(now: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const told = Math.floor(now());
    if (told >= last || told < last - MAX_STEP_BACK_MS) last = told;
    return last;
  };
}
