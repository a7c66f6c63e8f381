import { AssayError } from '../http/errors.ts';
import { admittedBytes } from './ingest-metrics.ts';

/** Bounds the bodies that are read or wait for their commit, in memory and in time (design: docs/adr/0021). */
export interface Admission {
  /** @throws AssayError `overloaded` when that many bytes would be too much, or would wait too long. */
  enter(bytes: number): Admitted;
}

export interface Admitted {
  /** Claims room for `bytes` in all, more or less than before. @throws AssayError `overloaded` */
  resize(bytes: number): void;
  /** Gives the room back. What was `stored` tells how much can be stored in time. */
  leave(stored: boolean): void;
}

/** Longest time that a batch should wait for its commit when it is let in. */
const MAX_WAIT_MS = 400;
/** May be inside whatever was stored lately: an idle server has no measure of what it can do. */
const ALWAYS_BYTES = 4 * 1024 * 1024;

/**
 * Lets a body in while no more bytes are inside than were stored in the last 400 ms, which is how long it will wait then.
 * Never more than `maxBytes` are inside at once, unless a single body is that large.
 *
 * @param now ms of a clock that never runs backwards
 */
export function createAdmission(maxBytes: number, now: () => number = () => performance.now()): Admission {
  let inside = 0;
  let stored = 0;
  let storedAt = now();

  /** Bytes stored in the last MAX_WAIT_MS, older ones fading out. */
  function storedLately(): number {
    const at = now();
    stored *= Math.exp((storedAt - at) / MAX_WAIT_MS);
    storedAt = at;
    return stored;
  }

  function add(bytes: number): void {
    inside += bytes;
    admittedBytes.inc(bytes);
  }

  /** Room for a body that has `claimed` so far and wants `more`. */
  function claim(claimed: number, more: number): void {
    if (inside > claimed && inside + more > maxBytes) throw overloaded();
    add(more);
  }

  return {
    enter(bytes) {
      if (inside > Math.max(ALWAYS_BYTES, storedLately())) throw overloaded();
      claim(0, bytes);
      let claimed = bytes;
      return {
        resize(wanted) {
          if (wanted > claimed) claim(claimed, wanted - claimed);
          else add(wanted - claimed);
          claimed = wanted;
        },
        leave(wasStored) {
          if (wasStored) stored = storedLately() + claimed;
          add(-claimed);
          claimed = 0;
        },
      };
    },
  };
}

function overloaded(): AssayError {
  const message = 'More batches come than can be stored in time. Send this one again later.';
  return new AssayError('overloaded', message, { retryAfterSeconds: 1 });
}
