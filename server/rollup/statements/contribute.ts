import type { ClientBase } from 'pg';
import type { Mode } from '../../db/schema-types.ts';
import { pairsOfUnits } from './add-pairs.ts';
import { aboutShift, powerSums } from './exact-sums.ts';
import { COMPARED, exactly } from './expressions.ts';
import { valuedTotals } from './recompute-totals.ts';
import type { UnitSelection } from './recompute-units.ts';
import { upsertCounts, upsertMoments, upsertPairs } from './upserts.ts';

/**
 * What units contribute to the roll-ups of their phase: rows like those of `unit_state` and of `unit_total`, the latter with
 * variant, segment, cohort and the columns of `valuedTotals`.
 */
interface Contributors {
  states: string;
  totals: string;
}

/** Rows that a recomputation made. */
const REBUILT: Contributors = { states: 'rebuilt_unit', totals: 'rebuilt_total' };
/** Of the phase $1 the rows of the units $2. */
const STORED: Contributors = {
  states: '(select * from unit_state u where u.phase_id = $1 and u.unit_id = any($2))',
  totals: `(${valuedTotals(`
    select u.unit_id, u.phase_id, u.step, t.measure_id, u.variant_id, u.segment, u.cohort, t.n, t.value
    from unit_state u join unit_total t using (unit_id, phase_id, step) where u.phase_id = $1 and u.unit_id = any($2)`)})`,
};

/** Takes away what the selected units contribute now. */
export async function takeAway(client: ClientBase, { phaseId, units }: UnitSelection): Promise<void> {
  await change(client, -1, STORED, [phaseId, units]);
}

/** Adds what a recomputation made of units: after it these contribute exactly their rows. */
export async function addRebuilt(client: ClientBase): Promise<void> {
  await client.query(
    `insert into moment_shift (phase_id, measure_id, c)
     select t.phase_id, t.measure_id, case when m.aggregate = 'sum' then (array_agg(t.y order by t.unit_id))[1] else 0 end
     from rebuilt_total t join measure m on m.id = t.measure_id
     where not exists (select from moment_shift h where h.phase_id = t.phase_id and h.measure_id = t.measure_id)
     group by 1, 2, m.aggregate on conflict do nothing`,
  );
  await change(client, 1, REBUILT, []);
}

/** Sums go to a table of their own first, because PostgreSQL computes them with all processors only so. */
async function change(client: ClientBase, sign: 1 | -1, from: Contributors, values: unknown[]): Promise<void> {
  const sums: [(changes: string) => string, string][] = [
    [upsertMoments, moments(sign, from)],
    [upsertPairs, pairsOfUnits(sign, from.totals)],
    [upsertCounts, counts(sign, from)],
  ];
  for (const [upsert, changes] of sums) {
    const { rowCount } = await client.query(`create unlogged table rebuilt_sum as ${changes}`, values);
    if (rowCount) await client.query(upsert('select * from rebuilt_sum'));
    await client.query('drop table rebuilt_sum');
  }
}

const moments = (sign: 1 | -1, { totals }: Contributors) => `
  select g.phase_id, g.step, g.variant_id, g.measure_id, g.segment, g.cohort, ${sign} * g.count as n, ${sign} * g.s as s,
    ${sign} * g.ss as ss, ${sign} * g.sss as sss, ${sign} * g.capped as capped
  from (
    select g.*, ${aboutShift('g', exactly('h.c'))}
    from (
      select t.phase_id, t.step, t.variant_id, t.measure_id, t.segment, t.cohort, ${powerSums('t.y', 't.k')},
        count(*) filter (where t.capped) as capped
      from ${totals} t group by 1, 2, 3, 4, 5, 6
    ) g
    join moment_shift h on h.phase_id = g.phase_id and h.measure_id = g.measure_id
  ) g`;

const counts = (sign: 1 | -1, { states }: Contributors) => `
  select u.phase_id, u.step, u.variant_id, u.segment, u.cohort, ${sign} * count(*) as n, ${sign} * count(u.mixed_at) as mixed,
    ${sign} * count(*) filter (where u.source = 'sticky') as sticky, ${sign} * count(*) filter (where ${COMPARED}) as fresh
  from ${states} u where u.band is distinct from 'waiting' group by 1, 2, 3, 4, 5`;

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
