import { connect } from '@assay-ml/sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { event as eventContract } from '../../server/contract/events-contract.ts';
import { boom } from './hostile-values.ts';
import { quietOptions, recordingServer } from './recording-server.ts';
import { experimentOf, phaseOf, rulesetOf, slotOf } from './rulesets.ts';
import { forbidUnhandled } from './unhandled.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
// Its hook comes after that below, which gives the real timers back.
forbidUnhandled();
afterEach(() => {
  vi.useRealTimers();
});

const DAY = 86_400_000;
const ruleset = rulesetOf({
  plain: slotOf({ experiments: [] }),
  ab: slotOf({ experiments: [experimentOf()] }),
  bandit: slotOf({ experiments: [experimentOf({ phase: phaseOf({ mode: 'bandit', id: 12 }) })] }),
});

type Clock = (real: number) => number;
const jump: fc.Arbitrary<Clock> = fc.oneof(
  fc.integer({ min: -400 * DAY, max: 400 * DAY }).map(
    (ms): Clock =>
      (real) =>
        real + ms,
  ),
  fc.constantFrom<Clock[]>(
    (real) => real,
    () => Number.NaN,
    () => -Infinity,
    () => 'noon' as never,
    () => 1n as never,
    boom,
    () => 0,
    () => -1,
    () => 1e300,
    () => 2 ** 53,
    (real) => real + 0.123456,
  ),
);
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const sum = (counts: (number | undefined)[]) => counts.reduce<number>((total, count) => total + (count ?? 0), 0);

test('However the clock jumps, every event and every count arrives once, in batches that a server can read', async () => {
  const steps = fc.array(fc.record({ clock: jump, waitMs: fc.constantFrom(0, 500, 1500, 61_000) }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.constantFrom(200, 503, 408), { maxLength: 3 }), async (jumps, failures) => {
      const left = [...failures];
      const server = recordingServer(ruleset, () => {
        const status = left.shift() ?? 202;
        return new Response('{}', { status });
      });
      let clock: Clock = (real) => real;
      const now = () => clock(Date.now());
      const assay = await connect({ ...quietOptions(server), now });
      let units = 0;
      for (const { clock: next, waitMs } of jumps) {
        clock = next;
        for (const slot of ['plain', 'ab', 'bandit']) {
          assay.decide(slot, { unit: `u${units}` });
          await assay.run(slot, { unit: `u${units++}` }, () => 1, { timeoutMs: 1000 });
        }
        assay.outcome('click', { unit: 'u' });
        const { configAgeMs } = assay.counters();
        expect(Number.isFinite(configAgeMs) && configAgeMs! >= 0).toBe(true);
        await vi.advanceTimersByTimeAsync(waitMs);
      }
      const closing = assay.close(30_000);
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await closing).toEqual({ delivered: true });
      const { exposures, outcomes, sent, decisions } = assay.counters();
      expect(sent).toBe(exposures + outcomes);
      expect(server.events()).toHaveLength(sent);
      expect(decisions).toBe(2 * units);
      for (const { batch } of server.batches) expect(batch).toMatch(UUID7);
      for (const { at, ...event } of server.events()) {
        expect(eventContract.safeParse({ at, ...event }).error).toBeUndefined();
        if (event.type === 'outcome' && event.name === 'assay.ms') expect(event.value).toBeGreaterThanOrEqual(0);
      }
      const minutes = server.batches.flatMap(({ stats }) => stats?.slots ?? []);
      for (const { minute, ms } of minutes) {
        expect(Number.isInteger(minute / 60_000)).toBe(true);
        expect(Object.keys(ms).every((bin) => Number.isSafeInteger(Number(bin)) && Number(bin) >= 0)).toBe(true);
      }
      // `run` decides and calls; of the slot without experiment only statistics tell.
      expect(sum(minutes.map(({ counters }) => counters.decisions))).toBe((2 * units) / 3);
      expect(sum(minutes.map(({ counters }) => counters.calls))).toBe(units / 3);
    }),
    { numRuns: 120, seed: 20_261_123 },
  );
}, 60_000);

test('A clock that is set back does not hold statistics back', async () => {
  let offset = 0;
  const server = recordingServer(ruleset);
  const assay = await connect({ ...quietOptions(server), now: () => Date.now() + offset });
  assay.decide('plain', { unit: 'u' });
  await vi.advanceTimersByTimeAsync(2000);
  offset = -3 * DAY;
  await vi.advanceTimersByTimeAsync(2000);
  expect(server.batches.flatMap(({ stats }) => stats?.slots ?? [])).toMatchObject([{ counters: { decisions: 1 } }]);
  await assay.close();
});

test('An interval that no timer can hold is a long one, not none', async () => {
  const server = recordingServer(ruleset);
  const assay = await connect(quietOptions(server, { flushEveryMs: 1e12, pollEveryMs: 1e12 }));
  assay.outcome('click', { unit: 'u' });
  await vi.advanceTimersByTimeAsync(DAY);
  expect(server.batches).toEqual([]);
  await assay.close();
  expect(server.events()).toHaveLength(1);
});
