import type { ClientBase, Pool } from 'pg';
import { withRollupLock } from '../rollup/rollup-lock.ts';
import { ANSWER_KINDS } from '../rollup/statements/answer-kinds.ts';
import { STARTED_PHASES } from './started-phases.ts';

const DAY_MS = 86_400_000;

export interface CutOff {
  /** Days before this one, in days since 1970, may go. */
  day: number;
  /** Keys of experiments with a phase that was frozen now. */
  frozen: string[];
  /** What keeps older days than asked for; null where nothing does. */
  kept: { since: Date; by: string } | null;
}

/**
 * Says which days nobody needs any more, `wanted` at most, and freezes the phases that lose some of theirs: from then on
 * they are neither added to nor computed again. Under the roll-up lock, so that nobody is computing one of them; null
 * when that is taken.
 */
export function freezePhases(pool: Pool, wanted: number, now: Date): Promise<CutOff | null> {
  return withRollupLock(pool, async (client) => {
    const kept = await readOldestNeeded(client, now);
    const day = Math.min(wanted, kept ? Math.floor(kept.since.getTime() / DAY_MS) : wanted);
    const { rows } = await client.query<{ key: string }>(
      `update phase p set frozen_at = $1 from ${STARTED_PHASES} s
       where s.id = p.id and s.settled_at <= $1 and s.since < $2 returning s.key`,
      [now, new Date(day * DAY_MS)],
    );
    if (rows.length > 0) await deleteAnswers(client);
    return { day, frozen: rows.map(({ key }) => key), kept: day < wanted ? kept : null };
  });
}

/** The oldest events that a phase or the roll-up still needs. */
async function readOldestNeeded(client: ClientBase, now: Date): Promise<CutOff['kept']> {
  const { rows } = await client.query<{ since: Date; by: string }>(
    `select since, by from (
       select s.since, 'experiment "' || s.key || '"' as by from ${STARTED_PHASES} s
         where s.settled_at is null or s.settled_at > $1
       union all
       select min(received_at), 'events that are not rolled up yet' from batch where rolled_at is null
     ) n where since is not null order by since limit 1`,
    [now],
  );
  return rows[0] ?? null;
}

/** A row for each decision, impression or call grows like raw events, and only jobs that leave frozen phases alone read it. */
async function deleteAnswers(client: ClientBase): Promise<void> {
  for (const { table, mode } of Object.values(ANSWER_KINDS)) {
    await client.query(
      `delete from ${table} where phase_id in (select id from phase where mode = $1 and frozen_at is not null)`,
      [mode],
    );
  }
}
