import type { ClientBase, Pool } from 'pg';
import type { RebuildStep } from '../contract/long-work-contract.ts';
import type { Mode } from '../db/schema-types.ts';
import { withRollupLock } from './rollup-lock.ts';
import { answerKindOf } from './statements/answer-kinds.ts';
import { recomputeAnswers } from './statements/collect-answers.ts';
import { addRebuilt, deleteRollups, takeAway } from './statements/contribute.ts';
import { countCalls } from './statements/count-calls.ts';
import { recomputeCredits } from './statements/credit-answers.ts';
import { markTurn } from './statements/mark-turn.ts';
import { recomputeTotals } from './statements/recompute-totals.ts';
import { recomputeStates, type UnitSelection } from './statements/recompute-units.ts';
import { deleteUnits, replaceUnits } from './statements/replace-units.ts';

/** Who hears how a rebuild goes on. */
export interface RebuildWatch {
  /** In its transaction, before anything is changed. */
  begun(client: ClientBase): Promise<void>;
  /** What it does next; may throw, and then nothing has happened. */
  step(step: RebuildStep): void;
  /** How many rows of units were not what the raw events say. */
  wrote(rows: number): void;
}

const UNWATCHED: RebuildWatch = { begun: async () => undefined, step: () => undefined, wrote: () => undefined };

/** Small tables that grow too slowly for PostgreSQL to learn by itself that they are small. */
const INPUTS = 'phase, measure, phase_measure, phase_pair, moment_shift';
/** How many units of `roll_dirty` one round computes again. */
const DIRTY_LIMIT = 5_000;

/**
 * Computes the units marked dirty again from raw events; returns how many, or null when the lock is taken. Units of
 * frozen phases keep what they have: their raw events are partly gone.
 */
export function recomputeDirty(pool: Pool): Promise<number | null> {
  return withRollupLock(pool, async (client) => {
    const { rows } = await client.query<{ phase_id: number; mode: Mode; units: string[]; since: Date }>(
      `with taken as (
         delete from roll_dirty where (unit_id, phase_id) in
           (select unit_id, phase_id from roll_dirty order by marked_at limit $1)
         returning unit_id, phase_id)
       select t.phase_id, p.mode, array_agg(t.unit_id) as units, min(p.started_at) as since
       from taken t join phase p on p.id = t.phase_id and p.frozen_at is null group by 1, 2 order by 1`,
      [DIRTY_LIMIT],
    );
    const rolledTo = await readRolledTo(client);
    for (const row of rows) {
      const selection = { phaseId: row.phase_id, mode: row.mode, units: row.units, since: row.since, rolledTo };
      await takeAway(client, selection);
      await recompute(client, selection);
    }
    await markTurn(
      client,
      rows.map((row) => row.phase_id),
    );
    return rows.reduce((total, row) => total + row.units.length, 0);
  });
}

/**
 * Computes a phase again from raw events: units, totals and roll-ups, never its looks, the evidence of its guardrails or
 * the numbers of its segments. For hashed phases the result equals the incremental one, but for units of which something
 * was learnt only after they had matured: those keep their value in the incremental one. For external phases this is how
 * they are computed at all.
 */
export function rebuildPhase(
  pool: Pool,
  phaseId: number,
  now: Date,
  watch: RebuildWatch = UNWATCHED,
): Promise<boolean | null> {
  return withRollupLock(pool, async (client) => {
    const { rows } = await client.query<{ mode: Mode; since: Date; frozen: Date | null }>(
      // External phases report the past: their events were received after the experiment was made.
      `select p.mode, least(p.started_at, e.created_at) as since, p.frozen_at as frozen
       from phase p join experiment e on e.id = p.experiment_id where p.id = $1`,
      [phaseId],
    );
    const phase = rows[0];
    if (!phase) return false;
    if (phase.frozen) {
      throw new Error(
        `phase ${phaseId} cannot be rebuilt: its raw events are partly gone since ${phase.frozen.toISOString()}`,
      );
    }
    await watch.begun(client);
    await client.query("set local work_mem = '256MB'"); // units that do not fit are sorted on disk
    await client.query('delete from roll_dirty where phase_id = $1', [phaseId]);
    await deleteRollups(client, phaseId, phase.mode);
    const rolledTo = await readRolledTo(client);
    await recompute(client, { phaseId, mode: phase.mode, units: null, since: phase.since, rolledTo }, watch);
    watch.step('calls');
    await countCalls(client, { phaseId, since: phase.since });
    await markTurn(client, [phaseId]);
    await client.query('update phase set rebuilt_at = $2, rebuild_wanted = false where id = $1', [phaseId, now]);
    return true;
  });
}

/** Every event that was received before is of a batch that is rolled up. */
async function readRolledTo(client: ClientBase): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>(
    'select coalesce(min(received_at), now()) as at from batch where rolled_at is null',
  );
  return rows[0]!.at;
}

async function recompute(client: ClientBase, selection: UnitSelection, watch: RebuildWatch = UNWATCHED): Promise<void> {
  // What was known of some units before must not tell their covariates; a phase's own rows are not asked.
  if (selection.units !== null) await deleteUnits(client, selection);
  await client.query(`analyze ${INPUTS}`);
  watch.step('exposures');
  await recomputeStates(client, selection);
  watch.step('outcomes');
  await recomputeTotals(client, selection);
  watch.step('units');
  watch.wrote(await replaceUnits(client, selection));
  watch.step('sums');
  await addRebuilt(client);
  await client.query('drop table rebuilt_unit, rebuilt_total');
  const kind = answerKindOf(selection.mode);
  if (!kind) return;
  await recomputeAnswers(client, kind, selection);
  await recomputeCredits(client, kind, selection);
}
