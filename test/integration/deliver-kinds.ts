import type pg from 'pg';
import { expect } from 'vitest';
import { uuid7 } from '../../sdk/index.ts';
import { databaseOf } from '../../server/db/database.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { recomputeDirty } from '../../server/rollup/rebuild.ts';
import { runCycle } from '../../server/rollup/rollup-cycle.ts';
import { compileCatalogue } from '../../server/ruleset/compile-ruleset.ts';
import { readRulesetRows } from '../../server/ruleset/ruleset-store.ts';
import { deliveries } from './metric-kinds-data.ts';

const MINUTE = 60_000;

/** All events, in the order and at the time they reach the server, with cycles in between. */
export async function deliverKinds(pool: pg.Pool, seed: number, startedAt: number): Promise<void> {
  const rows = await readRulesetRows(databaseOf(pool), 1);
  if (!rows) throw new Error('no ruleset');
  const catalogue = compileCatalogue(1, rows);
  let clock = 0;
  const source = { get: async () => catalogue, refresh: async () => catalogue };
  const ingest = createIngest({ pool, catalogue: source, now: () => clock });
  let waiting: Record<string, unknown>[] = [];
  const send = async () => {
    if (waiting.length === 0) return;
    expect((await ingest.accept(1, { batch: uuid7(clock), events: waiting }, null)).rejected).toEqual([]);
    waiting = [];
  };
  for (const { at, event } of deliveries(seed, startedAt, 160)) {
    // What one batch holds arrives at one time.
    if (at !== clock && (waiting.length >= 60 || at > clock + 10 * MINUTE)) {
      await send();
      if (Math.floor(at / (15 * MINUTE)) !== Math.floor(clock / (15 * MINUTE))) await runCycle(pool, new Date(clock));
    }
    clock = at;
    waiting.push(event);
  }
  await send();
  while ((await runCycle(pool, new Date(clock))) !== 0);
  await recomputeDirty(pool);
}
