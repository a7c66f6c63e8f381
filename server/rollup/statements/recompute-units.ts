import type { ClientBase } from 'pg';
import type { Mode } from '../../db/schema-types.ts';
import { COVARIATES_OF_ALL, covariateOf } from './covariates.ts';
import { COMPARED, cohortOf, inTime, inWindow, OUTCOME_FITS, SEEN_EARLIER, UNROLLED } from './expressions.ts';
import { NUMBERING, numberSegments, segmentOf } from './segments.ts';

/** The units a recomputation is about: all of a phase, or some. */
export interface UnitSelection {
  phaseId: number;
  mode: Mode;
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

/** Exposures of the selected units in rolled batches; `place` 1 is a unit's first in its step, `fresh` its row that is compared. */
const EXPOSURES = `
  select e.*, p.cohort_seconds, p.mode <> 'canary' or e.step = min(e.step) over (partition by e.unit_id) as fresh,
    p.assignment = 'external' as external,
    first_value(e.variant_id) over earliest as first_variant, row_number() over earliest as place
  from exposure e join phase p on p.id = e.phase_id
  where e.phase_id = $1 and ($2::text[] is null or e.unit_id = any($2)) and e.received_at >= $3
    and e.batch_id not in ${UNROLLED} and not (${SEEN_EARLIER})
  window earliest as (partition by e.unit_id, e.step order by e.at, e.variant_id, e.decision_id)`;

/** States of units from raw exposures of rolled batches: the same rule as lines 3 to 5 of the cycle. */
export async function recomputeStates(client: ClientBase, { phaseId, units, since }: UnitSelection): Promise<void> {
  const { segments, covariates } = await wantedOf(client, phaseId);
  const values = [phaseId, units, since];
  const attributes = `coalesce(f.segment, '{}')`;
  if (segments) {
    const first = `select f.phase_id, ${attributes} as attributes, f.at as first_at from (${EXPOSURES}) f where f.place = 1`;
    await numberSegments(client, first, values);
  }
  const covariate = covariateOf({
    unit: 'f.unit_id',
    environment: 'f.environment_id',
    phase: 'f.phase_id',
    firstAt: 'f.at',
    attributes: 'f.attributes',
    external: 'f.external',
  });
  // Few units are asked for one by one; of a whole phase the tables are read once, which the planner cannot foresee.
  const atOnce = covariates && units === null;
  if (atOnce) await client.query('set local enable_nestloop = off');
  await client.query(
    `insert into unit_state (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at,
       mixed_at, fresh, segment, covariate)
     with ${NUMBERING}, seen as (${EXPOSURES}), judged as (   -- since when a unit has had a second variant
       select *, min(at) filter (where variant_id <> first_variant) over (partition by unit_id, step) as second_at
       from seen
     ), first as (
       select *, ${attributes} as attributes from judged f where place = 1
     )${atOnce ? `, ${COVARIATES_OF_ALL}` : ''}
     select f.unit_id, f.phase_id, f.step, f.environment_id, f.variant_id, f.band, f.source,
       ${cohortOf('f.at', 'f.cohort_seconds')}, f.bucket, f.at, f.second_at, f.fresh,
       ${segments ? segmentOf('f.attributes') : 'null'}, ${atOnce ? 'v.covariate' : covariates ? covariate : 'null'}
     from first f left join numbering g on g.phase_id = f.phase_id
     ${atOnce ? 'left join covariates v on v.unit_id = f.unit_id and v.step = f.step' : ''}
     order by 1, 2, 3`,
    values,
  );
  if (atOnce) await client.query('set local enable_nestloop to default');
}

/** What units of a phase carry besides their variant. */
async function wantedOf(client: ClientBase, phaseId: number): Promise<{ segments: boolean; covariates: boolean }> {
  const { rows } = await client.query<{ segments: boolean; covariates: boolean }>(
    `select exists (select from segment_value where phase_id = $1) as segments,
       exists (select from phase_covariate where phase_id = $1) as covariates`,
    [phaseId],
  );
  return rows[0] ?? { segments: false, covariates: false };
}

/** Totals of units from raw outcomes of rolled batches: the same rule as line 7. In external phases nothing is late. */
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
       and p.mode in ('canary', 'ab') and ${COMPARED} and ${OUTCOME_FITS}
       and ${inWindow('u.first_at')} and (p.assignment = 'external' or ${inTime('u.first_at')})
     group by 1, 2, 3, 4
     order by 1, 2, 3, 4`,
    [phaseId, units, since],
  );
}
