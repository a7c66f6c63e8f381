import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAULTS } from '../torture/faults.ts';
import { LAYOUTS, tortureRound } from '../torture/torture-round.ts';
import { bundleServer } from '../torture/tortured-server.ts';

/** The short form of `npm run torture`: every kind of fault once, in both layouts, on a PostgreSQL with fsync on. */
let bundle: Awaited<ReturnType<typeof bundleServer>>;
beforeAll(async () => {
  bundle = await bundleServer();
});
afterAll(() => bundle.remove());

/** Kinds that a layout has nothing for. */
const IMPOSSIBLE: Record<(typeof LAYOUTS)[number], string[]> = {
  'two servers': ['server process killed'],
  'own PostgreSQL': ['rough lines to the database', 'all lines to the database cut'],
};

it.each(LAYOUTS)(
  'loses nothing acknowledged and doubles nothing, and reports are right, whatever is killed: %s',
  async (layout) => {
    const steps: string[] = [];
    const { program } = bundle;
    const result = await tortureRound({ seed: 5, layout, seconds: 0, program, onStep: (text) => steps.push(text) });
    expect(result.violations, steps.join(', ')).toEqual([]);
    const possible = Object.keys(FAULTS).filter((name) => !IMPOSSIBLE[layout].includes(name));
    expect([...result.faults.keys()].sort()).toEqual(possible.sort());
    // It was worthwhile: much got through, some of it twice or not at all, and queues overflowed.
    expect(result.batches.acknowledged).toBeGreaterThan(20);
    expect(result.events.stored).toBeGreaterThan(500);
    expect(result.statuses.get('network')).toBeGreaterThan(0);
    expect(result.sdk.dropped.queue_full).toBeGreaterThan(0);
  },
  300_000,
);
