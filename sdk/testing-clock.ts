/** A clock that moves only when it is told to. */
export interface TestClock {
  /** Ms since 1970. */
  now(): number;
  /** Forward, or back by a negative number. */
  advance(ms: number): void;
}

/** @throws TypeError when `startAt` is no time. */
export function testClock(startAt: number | Date): TestClock {
  let at = finite(Number(startAt), 'startAt is neither a Date nor ms since 1970');
  return {
    now: () => at,
    advance(ms) {
      at += finite(ms, 'clock.advance(ms): ms is not a number');
    },
  };
}

function finite(ms: number, otherwise: string): number {
  if (Number.isFinite(ms)) return ms;
  throw new TypeError(otherwise);
}
