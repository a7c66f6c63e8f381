import { AssayError } from '../http/errors.ts';
import { admittedBytes, batchesTotal } from './ingest-metrics.ts';

/** Bounds the bodies that are read or wait for their commit, in memory and in time (design: docs/adr/0021). */
export interface Admission {
  /** Whether every body is refused at this moment: cheaper to ask than to try. */
  isFull(): boolean;
  /** @throws AssayError `overloaded` when that many bytes would be too much, or would wait too long. */
  enter(bytes: number): Admitted;
}

export interface Admitted {
  /** Claims room for `bytes` in all, more or less than before. @throws AssayError `overloaded` */
  resize(bytes: number): void;
  /** The body has come, no longer than was claimed: from now on it waits for its commit. */
  wait(bytes: number): void;
  /** Gives the room back. What was `stored` tells how much can be stored in time. */
  leave(stored: boolean): void;
}

/** Longest time that a batch should wait for its commit when it is let in. */
const MAX_WAIT_MS = 400;
/** What an idle server is believed to store in that time, as a share of `maxBytes`: 4 MiB of 64. */
const IDLE_SHARE = 1 / 16;

/**
 * Lets a body in while no more bytes are inside than were stored in the last 400 ms, which is how long it will wait then.
 * Never more than `maxBytes` are inside at once, unless a single body is that large.
 *
 * @param now ms of a clock that never runs backwards
 */
export function createAdmission(maxBytes: number, now: () => number = () => performance.now()): Admission {
  let inside = 0;
  let waiting = 0;
  /** Bytes stored in the last 400 ms, older ones fading out; in idle time it tends to what is believed then. */
  let storedLately = maxBytes * IDLE_SHARE;
  let fadedAt = now();

  function fade(): void {
    const at = now();
    const goal = waiting > 0 ? 0 : maxBytes * IDLE_SHARE;
    storedLately = goal + (storedLately - goal) * Math.exp((fadedAt - at) / MAX_WAIT_MS);
    fadedAt = at;
  }

  function add(bytes: number): void {
    inside += bytes;
    admittedBytes.inc(bytes);
  }

  /** Room for a body that has `claimed` so far and wants `more`. */
  function claim(claimed: number, more: number): void {
    if (inside > claimed && inside + more > maxBytes) refuse();
    add(more);
  }

  function letIn(bytes: number): Admitted {
    let claimed = bytes;
    let isWaiting = false;
    return {
      resize(wanted) {
        if (wanted > claimed) claim(claimed, wanted - claimed);
        else add(wanted - claimed);
        claimed = wanted;
      },
      wait(length) {
        fade();
        add(length - claimed);
        claimed = length;
        isWaiting = true;
        waiting++;
      },
      leave(wasStored) {
        fade();
        if (wasStored) storedLately += claimed;
        if (isWaiting) waiting--;
        add(-claimed);
        claimed = 0;
      },
    };
  }

  function isFull(): boolean {
    fade();
    return inside > storedLately;
  }

  return {
    isFull,
    enter(bytes) {
      if (isFull()) refuse();
      claim(0, bytes);
      return letIn(bytes);
    },
  };
}

function refuse(): never {
  batchesTotal.inc({ result: 'overloaded' });
  throw overloaded();
}

export function overloaded(): AssayError {
  const message = 'More batches come than can be stored in time. Send this one again later.';
  return new AssayError('overloaded', message, { retryAfterSeconds: 1 });
}
