import type { Pool } from 'pg';
import type { PeriodCell } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';

export interface DuePhase {
  phaseId: number;
  environmentId: number;
  /** Of its experiment. */
  key: string;
}

/** Running bandits, and ended ones with epochs that have not closed. */
export async function listBanditPhases(pool: Pool): Promise<DuePhase[]> {
  const { rows } = await pool.query<DuePhase>(
    `select p.id as "phaseId", p.environment_id as "environmentId", e.key
     from phase p join experiment e on e.id = p.experiment_id
     where p.mode = 'bandit' and p.frozen_at is null and (p.state = 'running' or p.state = 'ended' and exists (
       select from phase_step s where s.phase_id = p.id and s.closed_at is null))
     order by p.id`,
  );
  return rows;
}

/** Seconds after a decision when its reward is final: window and lateness allowance, frozen with the phase. */
export async function readWaitSeconds(db: Queryable, phaseId: number, measureId: number): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>(
    `select m.window_seconds + pm.lateness_seconds as seconds
     from phase_measure pm join measure m on m.id = pm.measure_id where pm.phase_id = $1 and pm.measure_id = $2`,
    [phaseId, measureId],
  );
  const seconds = rows[0]?.seconds;
  if (seconds === undefined) throw new Error(`phase ${phaseId} does not take in measure ${measureId}`);
  return seconds;
}

export interface OpenEpoch {
  step: number;
  startedAt: Date;
  endedAt: Date;
  /** By variant id. */
  weights: Record<string, number>;
  contexts: Record<string, Record<string, number>> | null;
}

/**
 * Epochs that ended before `before` and have not been closed, oldest first. One with a decision of a unit that is to be
 * computed again waits for that; busy phases always have some such units, most of them in the newest epochs.
 */
export async function readClosable(db: Queryable, phaseId: number, before: Date, limit: number): Promise<OpenEpoch[]> {
  const { rows } = await db.query<OpenEpoch>(
    `select step, started_at as "startedAt", ended_at as "endedAt", weights, contexts from phase_step
     where phase_id = $1 and closed_at is null and ended_at <= $2
       and not exists (select from roll_dirty r join unit_decision d using (unit_id, phase_id)
         where r.phase_id = $1 and d.step = phase_step.step)
     order by step limit $3`,
    [phaseId, before, limit],
  );
  return rows;
}

/** `asOf`: everything received by then is in its cells. */
export async function markClosed(db: Queryable, phaseId: number, step: number, asOf: Date): Promise<void> {
  await db.query('update phase_step set closed_at = $3 where phase_id = $1 and step = $2', [phaseId, step, asOf]);
}

/** Closed cells of one context, or of all units: a list of periods, each with a cell per variant in the given order. */
export interface ClosedCells {
  /** null: all units. */
  context: string | null;
  periods: { period: number; from: Date; cells: PeriodCell[] }[];
}

/** All units first, then contexts by number; a context that has no closed cell yet has no periods. */
export async function readClosedCells(
  db: Queryable,
  phaseId: number,
  measureId: number,
  variantIds: number[],
  context: string | null,
): Promise<ClosedCells[]> {
  const { rows } = await db.query<{
    context: string | null;
    period: number | null;
    from: Date;
    variant_id: number;
    n: string;
    mean: number;
    m2: number;
  }>(
    `with part as (
       select 0 as id, null as value
       union all select id, value from segment_value where phase_id = $1 and attribute = $3 and value is not null
     )
     select part.value as context, m.step as period, m.cohort as from, m.variant_id, m.n, (m.s / m.n)::float8 as mean,
       greatest((m.n * m.ss - m.s * m.s)::float8 / m.n::float8, 0) as m2
     from part left join moment m on m.phase_id = $1 and m.measure_id = $2 and m.segment_id = part.id and m.n > 0
     order by part.id, m.step, m.variant_id`,
    [phaseId, measureId, context],
  );
  const found: ClosedCells[] = [];
  for (const row of rows) {
    const last = found.at(-1);
    const of = last && last.context === row.context ? last : { context: row.context, periods: [] };
    if (of !== last) found.push(of);
    if (row.period === null) continue;
    const known = of.periods.at(-1);
    const { period, from } = { period: row.period, from: row.from };
    const cells = variantIds.map(() => ({ n: 0, mean: 0, m2: 0 }));
    const at = known?.period === period ? known : { period, from, cells };
    if (at !== known) of.periods.push(at);
    at.cells[variantIds.indexOf(row.variant_id)] = { n: Number(row.n), mean: row.mean, m2: row.m2 };
  }
  return found;
}

/** Of earlier epochs only the posterior over all units is kept: those of contexts would grow without bound. */
export async function dropContextDetail(db: Queryable, phaseId: number, before: number): Promise<void> {
  await db.query(
    `update phase_step set detail = detail - 'contexts' where phase_id = $1 and step < $2 and detail ? 'contexts'`,
    [phaseId, before],
  );
}
