import type { ClientBase } from 'pg';
import type { Mode } from '../../db/schema-types.ts';
import { pairsOfUnits } from './add-pairs.ts';
import { COMPARED, exactly, unitCapped, unitNumber, unitValue } from './expressions.ts';
import type { UnitSelection } from './recompute-units.ts';
import { upsertCounts, upsertMoments, upsertPairs } from './upserts.ts';

const SELECTED = 'u.phase_id = $1 and ($2::text[] is null or u.unit_id = any($2))';

/** Adds (sign 1) or takes away (sign -1) what the selected units contribute to the roll-ups of their phase. */
export async function contribute(client: ClientBase, sign: 1 | -1, { phaseId, units }: UnitSelection): Promise<void> {
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select t.phase_id, t.measure_id, case when m.aggregate = 'sum'
       then (array_agg(${unitNumber('m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper')} order by t.unit_id))[1] else 0 end
     from unit_total t join measure m on m.id = t.measure_id
     where t.phase_id = $1 and ($2::text[] is null or t.unit_id = any($2))
     group by 1, 2, m.aggregate on conflict do nothing`,
    [phaseId, units],
  );
  const values = [phaseId, units, sign];
  await client.query(upsertMoments(MOMENTS), values);
  await client.query(upsertPairs(pairsOfUnits(SELECTED, '$3')), values);
  await client.query(upsertCounts(COUNTS), values);
}

const UNIT = ['m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper'] as const;

const MOMENTS = `
  select u.phase_id, u.step, u.variant_id, t.measure_id, u.segment, u.cohort,
    $3 * count(*) as n, $3 * sum(y.q) as s, $3 * sum(y.q * y.q) as ss, $3 * sum(y.q * y.q * y.q) as sss,
    $3 * sum(y.capped) as capped
  from unit_state u
  join unit_total t using (unit_id, phase_id, step)
  join measure m on m.id = t.measure_id
  join moment_shift h on h.phase_id = t.phase_id and h.measure_id = t.measure_id
  cross join lateral (
    select ${unitValue(...UNIT)} - ${exactly('h.c')} as q, ${unitCapped(...UNIT)} as capped offset 0) y
  where ${SELECTED}
  group by 1, 2, 3, 4, 5, 6`;

const COUNTS = `
  select u.phase_id, u.step, u.variant_id, u.segment, u.cohort, $3 * count(*) as n, $3 * count(u.mixed_at) as mixed,
    $3 * count(*) filter (where u.source = 'sticky') as sticky, $3 * count(*) filter (where ${COMPARED}) as fresh
  from unit_state u where ${SELECTED} and u.band is distinct from 'waiting' group by 1, 2, 3, 4, 5`;

/**
 * Empties the roll-ups of a phase before a rebuild, and forgets which cohorts were merged. Shifts, segment numbers, looks
 * and processes stay as they are, and so do a bandit's moments: weights were drawn from them when its epochs closed.
 */
export async function deleteRollups(client: ClientBase, phaseId: number, mode: Mode): Promise<void> {
  const moments = mode === 'bandit' ? [] : ['moment', 'moment_pair'];
  for (const table of [...moments, 'unit_count', 'rollup_grain', 'call_hour']) {
    await client.query(`delete from ${table} where phase_id = $1`, [phaseId]);
  }
}
