import { AssayError } from '../http/errors.ts';
import { admittedBytes } from './ingest-metrics.ts';

/** Bounds the bytes of bodies in memory, from before they are read until they are answered. */
export interface Admission {
  /** @throws AssayError `overloaded` when there is no room for that many bytes. */
  enter(bytes: number): Admitted;
}

export interface Admitted {
  /** Claims room for what has turned out to be `bytes` in all. @throws AssayError `overloaded` */
  growTo(bytes: number): void;
  /** Gives the room back. */
  leave(): void;
}

export function createAdmission(maxBytes: number): Admission {
  let total = 0;

  function claim(bytes: number): void {
    if (total + bytes > maxBytes) {
      throw new AssayError('overloaded', 'Too many batches are being stored at once. Send this one again later.', {
        retryAfterSeconds: 1,
      });
    }
    total += bytes;
    admittedBytes.inc(bytes);
  }

  return {
    enter(bytes) {
      claim(bytes);
      let claimed = bytes;
      return {
        growTo(wanted) {
          if (wanted <= claimed) return;
          claim(wanted - claimed);
          claimed = wanted;
        },
        leave() {
          total -= claimed;
          admittedBytes.dec(claimed);
          claimed = 0;
        },
      };
    },
  };
}
