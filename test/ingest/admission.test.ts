import { expect, it } from 'vitest';
import { type Admitted, createAdmission } from '../../server/ingest/admission.ts';

const MB = 1024 * 1024;

/** An admission on a clock that the test moves. */
function admissionAt(maxBytes: number) {
  let ms = 0;
  const admission = createAdmission(maxBytes, () => ms);
  const pass = (by: number) => {
    ms += by;
  };
  return { admission, pass };
}

const OVERLOADED = expect.objectContaining({ code: 'overloaded', status: 429, options: { retryAfterSeconds: 1 } });

it('lets two megabytes into an idle server, and one body beyond', () => {
  const { admission } = admissionAt(64 * MB);
  const inside: Admitted[] = [];
  const fill = () => {
    for (;;) inside.push(admission.enter(MB));
  };
  expect(fill).toThrow(OVERLOADED);
  expect(inside).toHaveLength(3);
  inside[0]?.leave(false);
  expect(fill).toThrow(OVERLOADED);
  expect(inside).toHaveLength(4);
});

/** A server that stores `rate` bytes a ms of what offers twice as much; the longest a batch waited once it runs evenly. */
function longestWait(rate: number): number {
  const { admission, pass } = admissionAt(64 * MB);
  const body = 100_000;
  const queue: { admitted: Admitted; since: number }[] = [];
  let longest = 0;
  let stored = 0;
  for (let ms = 0; ms < 4_000; ms++) {
    for (let offered = 0; offered < (2 * rate) / body; offered++) {
      try {
        const admitted = admission.enter(body);
        queue.push({ admitted, since: ms });
      } catch (error) {
        expect(error).toEqual(OVERLOADED);
      }
    }
    for (stored += rate; stored >= body && queue.length > 0; stored -= body) {
      const next = queue.shift();
      next?.admitted.leave(true);
      if (ms > 2_000 && next) longest = Math.max(longest, ms - next.since);
    }
    pass(1);
  }
  return longest;
}

it('keeps the wait at about 150 ms however fast the server is, and the server busy', () => {
  for (const rate of [5_000, 20_000, 50_000]) {
    const wait = longestWait(rate);
    // Two MiB are let in whatever was stored lately: a slow server takes longer for these.
    const aim = Math.max(150, (2 * MB) / rate);
    expect([rate, wait > 0.6 * aim && wait < 1.3 * aim]).toEqual([rate, true]);
  }
});

it('never holds more than the limit of bytes, unless one body alone is larger', () => {
  const { admission } = admissionAt(2 * MB);
  // Alone it may be of any size, or none of that size could ever come.
  const large = admission.enter(5 * MB);
  large.resize(6 * MB);
  expect(() => admission.enter(1)).toThrow(OVERLOADED);
  large.leave(true);
  const first = admission.enter(1.5 * MB);
  expect(() => admission.enter(MB)).toThrow(OVERLOADED);
  const second = admission.enter(0.4 * MB);
  expect(() => second.resize(0.6 * MB)).toThrow(OVERLOADED);
  second.leave(false);
  first.resize(MB);
  admission.enter(MB).leave(true);
});

it('counts a body that comes slowly by what has come', () => {
  const { admission } = admissionAt(64 * MB);
  const slow = Array.from({ length: 2 }, () => admission.enter(1.5 * MB));
  expect(() => admission.enter(1)).toThrow(OVERLOADED);
  for (const each of slow) each.resize(1);
  admission.enter(MB);
});
