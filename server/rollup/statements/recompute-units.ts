import type { ClientBase } from 'pg';
import { cohortOf, exactly, OUTCOME_FITS, seconds, UNROLLED, unitValue } from './expressions.ts';

/** The units a recomputation is about: all of a phase, or some. */
export interface UnitSelection {
  phaseId: number;
  /** null: every unit of the phase. */
  units: string[] | null;
  /** No event of the phase was received before this. */
  since: Date;
}

const SELECTED = 'phase_id = $1 and ($2::text[] is null or unit_id = any($2))';

export async function deleteUnits(client: ClientBase, { phaseId, units }: UnitSelection): Promise<void> {
  await client.query(`delete from unit_total where ${SELECTED}`, [phaseId, units]);
  await client.query(`delete from unit_state where ${SELECTED}`, [phaseId, units]);
}

/** States of units from raw exposures of rolled batches: the same rule as lines 3 and 4 of the cycle. */
export async function recomputeStates(client: ClientBase, { phaseId, units, since }: UnitSelection): Promise<void> {
  await client.query(
    `insert into unit_state (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at, mixed_at)
     with seen as (
       select e.*, p.cohort_seconds,
         first_value(e.variant_id) over earliest as first_variant, row_number() over earliest as place
       from exposure e join phase p on p.id = e.phase_id
       where e.phase_id = $1 and ($2::text[] is null or e.unit_id = any($2)) and e.received_at >= $3
         and e.batch_id not in ${UNROLLED}
       window earliest as (partition by e.unit_id, e.step order by e.at, e.variant_id)
     ), judged as (   -- since when a unit has had a second variant
       select *, min(at) filter (where variant_id <> first_variant) over (partition by unit_id, step) as second_at
       from seen
     )
     select f.unit_id, f.phase_id, f.step, f.environment_id, f.variant_id, f.band, f.source,
       ${cohortOf('f.at', 'f.cohort_seconds')}, f.bucket, f.at, f.second_at
     from judged f where f.place = 1
     order by 1, 2, 3`,
    [phaseId, units, since],
  );
}

/** Totals of units from raw outcomes of rolled batches: the same rule as line 6. In external phases nothing is late. */
export async function recomputeTotals(client: ClientBase, { phaseId, units, since }: UnitSelection): Promise<void> {
  await client.query(
    `insert into unit_total (unit_id, phase_id, step, measure_id, n, value)
     select u.unit_id, u.phase_id, u.step, pm.measure_id, count(*), sum(o.value)
     from unit_state u
     join phase p on p.id = u.phase_id
     join outcome o on o.unit_id = u.unit_id and o.environment_id = u.environment_id
     join phase_measure pm on pm.phase_id = u.phase_id
     join measure m on m.id = pm.measure_id
     where u.phase_id = $1 and ($2::text[] is null or u.unit_id = any($2)) and o.received_at >= $3
       and o.batch_id not in ${UNROLLED}
       and u.mixed_at is null and u.band is distinct from 'waiting' and ${OUTCOME_FITS}
       and o.at >= u.first_at and o.at < u.first_at + ${seconds('m.window_seconds')}
       and (p.assignment = 'external'
         or o.received_at < u.first_at + ${seconds('m.window_seconds + pm.lateness_seconds')})
     group by 1, 2, 3, 4
     order by 1, 2, 3, 4`,
    [phaseId, units, since],
  );
}

/** Adds (sign 1) or takes away (sign -1) what the selected units contribute to the roll-ups of their phase. */
export async function contribute(client: ClientBase, sign: 1 | -1, { phaseId, units }: UnitSelection): Promise<void> {
  const selected = 'u.phase_id = $1 and ($2::text[] is null or u.unit_id = any($2))';
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select t.phase_id, t.measure_id,
       case when m.aggregate = 'sum' then (array_agg(t.value order by t.unit_id))[1] else 0 end
     from unit_total t join measure m on m.id = t.measure_id
     where t.phase_id = $1 and ($2::text[] is null or t.unit_id = any($2))
     group by 1, 2, m.aggregate on conflict do nothing`,
    [phaseId, units],
  );
  await client.query(
    `insert into moment (phase_id, step, variant_id, measure_id, segment_id, cohort, n, s, ss, sss)
     select u.phase_id, u.step, u.variant_id, t.measure_id, 0, u.cohort,
       $3 * count(*), $3 * sum(y.q), $3 * sum(y.q * y.q), $3 * sum(y.q * y.q * y.q)
     from unit_state u
     join unit_total t using (unit_id, phase_id, step)
     join measure m on m.id = t.measure_id
     join moment_shift h on h.phase_id = t.phase_id and h.measure_id = t.measure_id
     cross join lateral (select ${unitValue('m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper')} - ${exactly('h.c')} as q) y
     where ${selected}
     group by 1, 2, 3, 4, 6
     on conflict (phase_id, step, variant_id, measure_id, segment_id, cohort) do update
       set n = moment.n + excluded.n, s = moment.s + excluded.s, ss = moment.ss + excluded.ss, sss = moment.sss + excluded.sss`,
    [phaseId, units, sign],
  );
  await client.query(
    `insert into unit_count (phase_id, step, variant_id, segment_id, cohort, n, mixed, sticky)
     select u.phase_id, u.step, u.variant_id, 0, u.cohort, $3 * count(*), $3 * count(u.mixed_at),
       $3 * count(*) filter (where u.source = 'sticky')
     from unit_state u where ${selected} and u.band is distinct from 'waiting' group by 1, 2, 3, 5
     on conflict (phase_id, step, variant_id, segment_id, cohort)
       do update set n = unit_count.n + excluded.n, mixed = unit_count.mixed + excluded.mixed,
         sticky = unit_count.sticky + excluded.sticky`,
    [phaseId, units, sign],
  );
  await client.query(
    `insert into exposure_hour (phase_id, step, variant_id, hour, n)
     select u.phase_id, u.step, u.variant_id, date_trunc('hour', u.first_at), $3 * count(*)
     from unit_state u where ${selected} group by 1, 2, 3, 4
     on conflict (phase_id, step, variant_id, hour) do update set n = exposure_hour.n + excluded.n`,
    [phaseId, units, sign],
  );
}

/** Empties the roll-ups of a phase before a rebuild. Shifts, looks and processes stay as they are. */
export async function deleteRollups(client: ClientBase, phaseId: number): Promise<void> {
  for (const table of ['moment', 'unit_count', 'exposure_hour', 'call_hour']) {
    await client.query(`delete from ${table} where phase_id = $1`, [phaseId]);
  }
}
