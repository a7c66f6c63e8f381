import type { ClientBase } from 'pg';
import { countCohort, MOMENT_COHORT } from './upserts.ts';

/** Roll-ups over time: which column is the time, the rest of the key, what rows add up by, and where a row `c` belongs by grain `w`. */
interface MergedTable {
  name: string;
  time: 'cohort' | 'hour';
  key: string[];
  sums: string[];
  place: string;
}

/** What a slot's traffic is estimated from: calls of so many days keep their hour. */
const CALL_HOUR = `case when c.hour < w.merged_to - interval '8 days' then '-infinity' else c.hour end`;

const TABLES: MergedTable[] = [
  {
    name: 'moment',
    time: 'cohort',
    key: ['phase_id', 'step', 'variant_id', 'measure_id', 'segment_id'],
    sums: ['n', 's', 'ss', 'sss', 'capped'],
    place: MOMENT_COHORT,
  },
  {
    name: 'moment_pair',
    time: 'cohort',
    key: ['phase_id', 'step', 'variant_id', 'measure_a', 'measure_b', 'segment_id'],
    sums: ['sxy'],
    place: MOMENT_COHORT,
  },
  {
    name: 'unit_count',
    time: 'cohort',
    key: ['phase_id', 'step', 'variant_id', 'segment_id'],
    sums: ['n', 'mixed', 'sticky', 'fresh'],
    place: countCohort('c.segment_id'),
  },
  {
    // Late records make old hours again, which are merged the next time: whoever reads them adds them up.
    name: 'call_hour',
    time: 'hour',
    key: ['phase_id', 'step', 'variant_id', 'status'],
    sums: ['n', 'ms'],
    place: CALL_HOUR,
  },
];

/** Makes the roll-ups of a phase as coarse as its grain says: exact sums only add up. */
export async function mergeTables(client: ClientBase, phaseId: number): Promise<void> {
  for (const table of TABLES) await client.query(mergeStatement(table), [phaseId]);
}

function mergeStatement({ name, time, key, sums, place }: MergedTable): string {
  const keys = key.join(', ');
  return `with gone as (    -- rows that belong in another one, which is not among them
      delete from ${name} c using rollup_grain w
      where c.phase_id = $1 and w.phase_id = $1 and c.${time} < w.merged_to and c.${time} <> ${place}
      returning ${key.map((each) => `c.${each}`).join(', ')}, ${place} as ${time}, ${sums.map((each) => `c.${each}`).join(', ')}
    )
    insert into ${name} (${keys}, ${time}, ${sums.join(', ')})
    select ${keys}, ${time}, ${sums.map((each) => `sum(${each})`).join(', ')} from gone group by ${keys}, ${time}
    on conflict (${keys}, ${time}) do update set ${sums.map((each) => `${each} = ${name}.${each} + excluded.${each}`).join(', ')}`;
}
