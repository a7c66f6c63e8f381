import type { ClientBase } from 'pg';
import { countCohort, MOMENT_COHORT } from './upserts.ts';

/** A roll-up by cohort: its key without the cohort, what its rows add up by, and where one belongs by the phase's grain. */
interface MergedTable {
  name: string;
  key: string[];
  sums: string[];
  cohort: string;
}

const TABLES: MergedTable[] = [
  {
    name: 'moment',
    key: ['phase_id', 'step', 'variant_id', 'measure_id', 'segment_id'],
    sums: ['n', 's', 'ss', 'sss', 'capped'],
    cohort: MOMENT_COHORT,
  },
  {
    name: 'moment_pair',
    key: ['phase_id', 'step', 'variant_id', 'measure_a', 'measure_b', 'segment_id'],
    sums: ['sxy'],
    cohort: MOMENT_COHORT,
  },
  {
    name: 'unit_count',
    key: ['phase_id', 'step', 'variant_id', 'segment_id'],
    sums: ['n', 'mixed', 'sticky', 'fresh'],
    cohort: countCohort('c.segment_id'),
  },
];

/** Makes the roll-ups of a phase as coarse as its grain says: exact sums only add up. */
export async function mergeTables(client: ClientBase, phaseId: number): Promise<void> {
  for (const table of TABLES) await client.query(mergeStatement(table), [phaseId]);
}

function mergeStatement({ name, key, sums, cohort }: MergedTable): string {
  const keys = key.join(', ');
  return `with gone as (    -- rows that belong in another one, which is not among them
      delete from ${name} c using rollup_grain w
      where c.phase_id = $1 and w.phase_id = $1 and c.cohort < w.merged_to and c.cohort <> ${cohort}
      returning ${key.map((each) => `c.${each}`).join(', ')}, ${cohort} as cohort, ${sums.map((each) => `c.${each}`).join(', ')}
    )
    insert into ${name} (${keys}, cohort, ${sums.join(', ')})
    select ${keys}, cohort, ${sums.map((each) => `sum(${each})`).join(', ')} from gone group by ${keys}, cohort
    on conflict (${keys}, cohort) do update set ${sums.map((each) => `${each} = ${name}.${each} + excluded.${each}`).join(', ')}`;
}
