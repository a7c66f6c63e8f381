import type { Pool } from 'pg';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { armsOfCanary } from './canary-view.ts';
import type { PastRamp } from './dry-run.ts';
import type { Band } from './rate-evidence.ts';

/** Stretches in which calls are counted: short, and at most so many. */
const SHORTEST_SECONDS = 10;
const MOST_STRETCHES = 2_000;

/** A past ramp from its failures and, by receipt, its call records. Asked for by a person, so it may read raw events. */
export async function readPastRamp(pool: Pool, phase: PhaseRow, now: Date): Promise<PastRamp> {
  const startedAt = phase.startedAt ?? now;
  const endedAt = phase.endedAt ?? now;
  const seconds = Math.max(
    SHORTEST_SECONDS,
    Math.ceil((endedAt.getTime() - startedAt.getTime()) / 1000 / MOST_STRETCHES),
  );
  const steps = await pool.query<{ step: number; startedAt: Date }>(
    'select step, started_at as "startedAt" from phase_step where phase_id = $1 order by step',
    [phase.id],
  );
  const failures = await pool.query<{ guardrail: number; step: number; band: Band; at: Date }>(
    `select metric_id as guardrail, step, band, received_at as at from unit_failed where phase_id = $1
     order by received_at, unit_id`,
    [phase.id],
  );
  const { candidate, control } = armsOfCanary(phase);
  const calls = await pool.query<PastRamp['calls'][number]>(
    `with call as (
       select to_timestamp((floor(extract(epoch from o.received_at) / $3) + 1) * $3) as at, o.properties->>'variant' as variant
       from outcome o
       where o.environment_id = $2 and o.received_at >= $4 and o.received_at <= $5::timestamptz + interval '1 hour'
         and o.properties->'phase' = to_jsonb($1::int)
         and (o.name = 'assay.ms' or o.name = 'assay.error' and o.properties->>'status' = 'missing')
     )
     select c.at, count(*) filter (where v.id = $6)::float8 as candidate,
       count(*) filter (where v.id = $7)::float8 as control
     from call c join variant v on v.key = c.variant and v.id in ($6, $7) group by c.at order by c.at`,
    [phase.id, phase.environmentId, seconds, startedAt, endedAt, candidate, control],
  );
  return { startedAt, endedAt, steps: steps.rows, failures: failures.rows, calls: calls.rows };
}
