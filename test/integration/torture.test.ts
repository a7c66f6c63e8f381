import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAULTS } from '../torture/faults.ts';
import { LAYOUTS, tortureRound } from '../torture/torture-round.ts';
import { bundleServer } from '../torture/tortured-server.ts';

/** The short form of `npm run torture`: on a PostgreSQL with fsync on. */
let bundle: Awaited<ReturnType<typeof bundleServer>>;
beforeAll(async () => {
  bundle = await bundleServer();
});
afterAll(() => bundle.remove());

/** Every kind that there is in the first layout; in the second those that a server with its own PostgreSQL has to mend. */
const KINDS: Record<(typeof LAYOUTS)[number], string[]> = {
  'two servers': Object.keys(FAULTS).filter((name) => name !== 'server process killed'),
  'own PostgreSQL': ['server killed', 'server process killed', 'PostgreSQL killed', 'server stopped by SIGTERM'],
};

it.each(LAYOUTS)(
  'loses nothing acknowledged and doubles nothing, and reports are right, whatever is killed: %s',
  async (layout) => {
    const steps: string[] = [];
    const [kinds, { program }] = [KINDS[layout], bundle];
    const onStep = (text: string) => steps.push(text);
    const result = await tortureRound({ seed: 5, layout, seconds: 0, kinds, program, onStep });
    expect(result.violations, steps.join(', ')).toEqual([]);
    expect([...result.faults.keys()].sort()).toEqual([...kinds].sort());
    // It was worthwhile: much got through, and some of it only when it was repeated.
    expect(result.batches.acknowledged).toBeGreaterThan(20);
    expect(result.events.stored).toBeGreaterThan(500);
    expect((result.statuses.get('network') ?? 0) + (result.statuses.get('503') ?? 0)).toBeGreaterThan(0);
    if (layout === 'two servers') expect(result.sdk.dropped.queue_full).toBeGreaterThan(0);
  },
  300_000,
);
