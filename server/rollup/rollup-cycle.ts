import type { Pool } from 'pg';
import { foldGuardrails } from '../delivery/canary/fold-guardrails.ts';
import { withRollupLock } from './rollup-lock.ts';
import { addDays } from './statements/add-days.ts';
import { addMoments } from './statements/add-moments.ts';
import { addPairs } from './statements/add-pairs.ts';
import { addTotals } from './statements/add-totals.ts';
import { addUnits } from './statements/add-units.ts';
import { ANSWER_KINDS } from './statements/answer-kinds.ts';
import { BATCH_LIMIT, claimBatches } from './statements/claim-batches.ts';
import { closeBatches } from './statements/close-batches.ts';
import { collectAnswers } from './statements/collect-answers.ts';
import { collectFailures } from './statements/collect-failures.ts';
import { collectOutcomes } from './statements/collect-outcomes.ts';
import { collectUnits } from './statements/collect-units.ts';
import { countAfterRetention } from './statements/count-after-retention.ts';
import { countCalls } from './statements/count-calls.ts';
import { countLate } from './statements/count-late.ts';
import { creditAnswers } from './statements/credit-answers.ts';
import { describeUnits } from './statements/describe-units.ts';
import { markDirty } from './statements/mark-dirty.ts';
import { markTurnOfCycle } from './statements/mark-turn.ts';
import { startedModes } from './statements/started-modes.ts';
import { summarizePages } from './summarize-pages.ts';

/**
 * One cycle: unclaimed batches into unit totals and moments, in one transaction. Returns how many batches it took, or
 * null when another process is at it.
 *
 * Invariant that every step keeps: `unit_count`, `moment` and `moment_pair` are exactly what the rows of `unit_state` and `unit_total`
 * contribute. A cycle adds new units and the change of totals; units it cannot judge go to `roll_dirty` untouched.
 */
export async function runCycle(pool: Pool, now: Date, limit: number = BATCH_LIMIT): Promise<number | null> {
  const waiting = await pool.query('select from batch where rolled_at is null limit 1');
  if (waiting.rowCount === 0) return 0; // with nothing written, which an idle server has no cause to
  await summarizePages(pool);
  return withRollupLock(pool, async (client) => {
    const batches = await claimBatches(client, limit);
    if (!batches) return 0;
    // A day's events have no statistics at first, and would be read from the first to the last by each statement.
    await client.query('set local enable_seqscan = off');
    const modes = await startedModes(client);
    await addDays(client, batches);
    if ((await collectUnits(client, batches)) > 0) {
      await describeUnits(client);
      await addUnits(client);
      await markDirty(client);
    }
    await collectOutcomes(client, batches);
    await addMoments(client);
    await addPairs(client);
    await addTotals(client);
    await countLate(client, batches);
    await countAfterRetention(client, batches);
    for (const kind of Object.values(ANSWER_KINDS)) {
      if (!modes.has(kind.mode)) continue;
      await collectAnswers(client, kind, batches);
      await creditAnswers(client, kind, batches);
    }
    const called = await countCalls(client, { batches });
    if (modes.has('canary')) await foldGuardrails(client, await collectFailures(client, batches));
    await markTurnOfCycle(client, called);
    await closeBatches(client, batches.ids, now);
    return batches.ids.length;
  });
}
