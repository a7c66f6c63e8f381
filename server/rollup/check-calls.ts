import type { Pool } from 'pg';
import { uuid7 } from '../../sdk/index.ts';
import { withRollupLock } from './rollup-lock.ts';

/** Time after its time limit that a call's record has to arrive. */
const GRACE_SECONDS = 60;
/** A client sends its oldest events first, so that a record never arrives before its exposure; clocks may be set back. */
const SLACK_SECONDS = 60;

/**
 * A decision made by `run` whose call record never came counts as an error: a crashing model must not delete its own
 * evidence. Each such exposure becomes one ordinary outcome, `assay.error` of status `missing`, in a batch of the
 * server's own, so that roll-up, rebuild and any other reader see the same thing. Returns how many there were.
 */
export function checkCalls(pool: Pool, now: Date): Promise<number | null> {
  return withRollupLock(pool, async (client) => {
    const { rows: phases } = await client.query<{ id: number; environment_id: number; from: Date; to: Date }>(
      `select p.id, p.environment_id, p.calls_checked_to as "from",
         $1::timestamptz - make_interval(secs => s.timeout_ms / 1000.0 + $2) as "to"
       from phase p join experiment e on e.id = p.experiment_id join slot s on s.id = e.slot_id
       where p.assignment = 'hash' and p.calls_checked_to is not null and p.calls_checked_to < coalesce(p.ended_at, $1)
       order by p.id`,
      [now, GRACE_SECONDS],
    );
    // Rows of some seconds are compared at once, however few the planner takes the newest ones for.
    await client.query('set local enable_nestloop = off');
    let missing = 0;
    for (const phase of phases) {
      if (phase.to <= phase.from) continue;
      const batchId = uuid7(now.getTime());
      const { rowCount } = await client.query(
        `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value, decision_id, properties)
         select e.environment_id, e.unit_id, $4, $5, e.at, 'assay.error', 1, e.decision_id,
           jsonb_strip_nulls(jsonb_build_object('status', 'missing', 'served', v.key, 'variant', v.key,
             'phase', e.phase_id, 'step', e.step, 'band', e.band))
         from exposure e join variant v on v.id = e.variant_id
         where e.phase_id = $1 and e.call and e.received_at > $2 and e.received_at <= $3
           and not exists (select from outcome o where o.unit_id = e.unit_id and o.decision_id = e.decision_id
             and o.name in ('assay.ms', 'assay.error') and o.received_at >= $2::timestamptz - make_interval(secs => $6))`,
        [phase.id, phase.from, phase.to, batchId, now, SLACK_SECONDS],
      );
      if (rowCount) {
        await client.query('insert into batch (batch_id, environment_id, received_at) values ($1, $2, $3)', [
          batchId,
          phase.environment_id,
          now,
        ]);
      }
      await client.query('update phase set calls_checked_to = $2 where id = $1', [phase.id, phase.to]);
      missing += rowCount ?? 0;
    }
    return missing;
  });
}
