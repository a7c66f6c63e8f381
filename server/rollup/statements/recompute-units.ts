import type { ClientBase } from 'pg';
import type { Mode } from '../../db/schema-types.ts';
import { COVARIATES_OF_ALL, covariateOf } from './covariates.ts';
import { cohortOf, SEEN_EARLIER, UNROLLED } from './expressions.ts';
import { NUMBERING, numberSegments, segmentOf } from './segments.ts';

/** The units a recomputation is about: all of a phase, or some. */
export interface UnitSelection {
  phaseId: number;
  mode: Mode;
  /** null: every unit of the phase. */
  units: string[] | null;
  /** No event of the phase was received before this. */
  since: Date;
  /** Received at this or later, an event may be of a batch that is not rolled up; before, it is not. */
  rolledTo: Date;
}

/** Exposures of the selected units in rolled batches, where a phase continues without units that were seen earlier. */
const exposures = (continues: boolean) => `exposure e ${continues ? 'join phase p on p.id = e.phase_id' : ''}
  where e.phase_id = $1 and ($2::text[] is null or e.unit_id = any($2)) and e.received_at >= $3
    and (e.received_at < $4 or e.batch_id not in ${UNROLLED}) ${continues ? `and not (${SEEN_EARLIER})` : ''}`;

/** The first of each (unit, step), and since when it has had a second variant: sorts all exposures. */
const first = (continues: boolean) => `
  select f.*, f.at as first_at, f.second_at as mixed_at
  from (
    select s.*, min(s.at) filter (where s.variant_id <> s.first_variant) over (partition by s.unit_id, s.step) as second_at
    from (
      select e.unit_id, e.step, e.environment_id, e.variant_id, e.band, e.source, e.bucket, e.at, e.segment as attributes,
        first_value(e.variant_id) over earliest as first_variant, row_number() over earliest as place
      from ${exposures(continues)}
      window earliest as (partition by e.unit_id, e.step order by e.at, e.variant_id, e.decision_id)
    ) s
  ) f where f.place = 1`;

/**
 * The same without sorting, for phases that want no attributes: most units always had one variant, source and band, and
 * then any exposure tells them. For the others, where `alike` is false, only first_at is true.
 */
const alike = (continues: boolean) => `
  select e.unit_id, e.step, min(e.environment_id) as environment_id, min(e.variant_id) as variant_id,
    min(e.band collate "C") as band, min(e.source collate "C") as source, min(e.bucket) as bucket, min(e.at) as first_at,
    null::timestamptz as mixed_at, null::jsonb as attributes,
    min(e.variant_id) = max(e.variant_id) and min(e.source collate "C") = max(e.source collate "C")
      and count(e.band) in (0, count(*)) and min(e.band collate "C") is not distinct from max(e.band collate "C") as alike
  from ${exposures(continues)} group by 1, 2`;

/**
 * States of units from raw exposures of rolled batches, by the same rule as lines 3 to 5 of the cycle, into a new table
 * `rebuilt_unit`. A table of its own, because PostgreSQL computes it with all processors, which it does not for rows that
 * it inserts.
 */
export async function recomputeStates(client: ClientBase, selection: UnitSelection): Promise<void> {
  const { phaseId, units, since, rolledTo, mode } = selection;
  const wanted = await wantedOf(client, phaseId);
  const described = wanted.segments || wanted.covariates;
  const values = [phaseId, units, since, rolledTo];
  await client.query(
    `create unlogged table rebuilt_unit as
     select f.unit_id, $1::int as phase_id, f.step, f.environment_id, f.variant_id, f.band, f.source,
       ${cohortOf('f.first_at', 'p.cohort_seconds')} as cohort, f.bucket, f.first_at, f.mixed_at, true as fresh,
       null::smallint[] as segment, null::float8[] as covariate, coalesce(f.attributes, '{}') as attributes,
       ${described ? 'true as alike' : 'f.alike'}
     from (${(described ? first : alike)(wanted.continues)}) f join phase p on p.id = $1`,
    values,
  );
  await client.query('analyze rebuilt_unit');
  if (!described) await sortOutUnlike(client, values, wanted.continues);
  if (mode === 'canary') await keepFirstSteps(client);
  if (wanted.segments) {
    await numberSegments(client, 'select phase_id, attributes, first_at from rebuilt_unit');
    await client.query(
      `with ${NUMBERING} update rebuilt_unit f set segment = ${segmentOf('f.attributes')}
       from numbering g where g.phase_id = f.phase_id`,
    );
  }
  if (wanted.covariates) await addCovariates(client, selection);
}

/** Units with more than one variant, source or band: by all their exposures in order. */
async function sortOutUnlike(client: ClientBase, values: unknown[], continues: boolean): Promise<void> {
  const { rows } = await client.query<{ units: string[] | null }>(
    'select array_agg(distinct unit_id) as units from rebuilt_unit where not alike',
  );
  if (!rows[0]?.units) return;
  const [phaseId, , ...received] = values;
  await client.query(
    `update rebuilt_unit u set variant_id = f.variant_id, band = f.band, source = f.source, mixed_at = f.mixed_at
     from (${first(continues)}) f where f.unit_id = u.unit_id and f.step = u.step`,
    [phaseId, rows[0].units, ...received],
  );
}

/** Of a canary only the row of a unit's first step is compared. */
async function keepFirstSteps(client: ClientBase): Promise<void> {
  await client.query(
    `update rebuilt_unit u set fresh = false
     from (select unit_id, min(step) as step from rebuilt_unit group by 1) f where f.unit_id = u.unit_id and f.step < u.step`,
  );
}

async function addCovariates(client: ClientBase, { phaseId, units }: UnitSelection): Promise<void> {
  // Few units are asked for one by one; of a whole phase the tables are read once, which the planner cannot foresee.
  if (units === null) {
    await client.query('set local enable_nestloop = off');
    await client.query(
      `with first as (select f.*, ${EXTERNAL} as external from rebuilt_unit f), ${COVARIATES_OF_ALL}
       update rebuilt_unit f set covariate = v.covariate
       from covariates v where v.unit_id = f.unit_id and v.step = f.step`,
      [phaseId],
    );
    await client.query('set local enable_nestloop to default');
    return;
  }
  const covariate = covariateOf({
    unit: 'f.unit_id',
    environment: 'f.environment_id',
    phase: 'f.phase_id',
    firstAt: 'f.first_at',
    attributes: 'f.attributes',
    external: EXTERNAL,
  });
  await client.query(`update rebuilt_unit f set covariate = ${covariate}`);
}

const EXTERNAL = `(select p.assignment = 'external' from phase p where p.id = f.phase_id)`;

/** What units of a phase carry besides their variant, and whether it continues one. */
interface Wanted {
  segments: boolean;
  covariates: boolean;
  continues: boolean;
}

async function wantedOf(client: ClientBase, phaseId: number): Promise<Wanted> {
  const { rows } = await client.query<Wanted>(
    `select exists (select from segment_value where phase_id = p.id) as segments,
       exists (select from phase_covariate where phase_id = p.id) as covariates, p.continues
     from phase p where p.id = $1`,
    [phaseId],
  );
  return rows[0]!;
}
