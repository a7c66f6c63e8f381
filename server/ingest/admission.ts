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
  /** Gives the room back. What was `stored` tells how much can be stored in time. */
  leave(stored: boolean): void;
}

/** Longest time that a batch should wait for its commit when it is let in. */
const MAX_WAIT_MS = 150;
/** Of `maxBytes`, inside whatever was stored lately: an idle server has no measure of what it can do. 2 MiB of 64. */
const ALWAYS_SHARE = 1 / 32;

/**
 * Lets a body in while no more bytes are inside than were stored in the last 150 ms, which is how long it will wait then.
 * Never more than `maxBytes` are inside at once, unless a single body is that large.
 *
 * @param now ms of a clock that never runs backwards
 */
export function createAdmission(maxBytes: number, now: () => number = () => performance.now()): Admission {
  let inside = 0;
  /** Bytes stored in the last 150 ms, older ones fading out. */
  let storedLately = 0;
  let fadedAt = now();

  function fade(): void {
    const at = now();
    storedLately *= Math.exp((fadedAt - at) / MAX_WAIT_MS);
    fadedAt = at;
  }

  function isFull(): boolean {
    fade();
    return inside > Math.max(storedLately, maxBytes * ALWAYS_SHARE);
  }

  function add(bytes: number): void {
    inside += bytes;
    admittedBytes.inc(bytes);
  }

  /** Room for a body that has `claimed` so far and wants `more`; alone it may be larger than all, or it could never come. */
  function claim(claimed: number, more: number): void {
    if (more > 0 && inside > claimed && inside + more > maxBytes) refuse();
    add(more);
  }

  function letIn(bytes: number): Admitted {
    let claimed = bytes;
    return {
      resize(wanted) {
        claim(claimed, wanted - claimed);
        claimed = wanted;
      },
      leave(wasStored) {
        fade();
        if (wasStored) storedLately += claimed;
        add(-claimed);
        claimed = 0;
      },
    };
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
