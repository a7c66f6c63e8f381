import type { ClientBase } from 'pg';
import { keepStatistics } from './keep-statistics.ts';
import type { UnitSelection } from './recompute-units.ts';

/** A table of rows per unit, and the one that a recomputation made beside it. */
interface Replaced {
  table: string;
  rebuilt: string;
  /** Besides unit and phase. */
  key: string[];
  values: string[];
}

const STATE = ['environment_id', 'variant_id', 'band', 'source', 'cohort', 'bucket', 'first_at', 'mixed_at', 'fresh'];
const REPLACED: Replaced[] = [
  { table: 'unit_state', rebuilt: 'rebuilt_unit', key: ['step'], values: [...STATE, 'segment', 'covariate'] },
  { table: 'unit_total', rebuilt: 'rebuilt_total', key: ['step', 'measure_id'], values: ['n', 'value'] },
];

/**
 * Brings the unit tables in line with what was recomputed. Only rows that differ are written: of a phase that was right
 * before none, and writing all would take longer than everything else. Returns how many differed.
 */
export async function replaceUnits(client: ClientBase, { phaseId, units }: UnitSelection): Promise<number> {
  let changed = 0;
  for (const { table, rebuilt, key, values } of REPLACED) {
    const keys = ['unit_id', 'phase_id', ...key];
    const row = (alias: string) => `(${values.map((column) => `${alias}.${column}`).join(', ')})`;
    const { rowCount } = await client.query(
      `create unlogged table rebuilt_change as
       select ${[...keys, ...values.map((column) => `r.${column}`)].join(', ')}
       from ${rebuilt} r
       full join (select * from ${table} where phase_id = $1 and ($2::text[] is null or unit_id = any($2))) u
         using (${keys.join(', ')})
       where ${row('r')} is distinct from ${row('u')}`,
      [phaseId, units],
    );
    changed += rowCount ?? 0;
    if (rowCount) {
      await client.query('analyze rebuilt_change');
      const same = keys.map((column) => `u.${column} = c.${column}`).join(' and ');
      await client.query(`delete from ${table} u using rebuilt_change c where ${same}`);
      const columns = [...keys, ...values].join(', ');
      await client.query(
        // a row of the table that was not found again has no first value
        `insert into ${table} (${columns})
         select ${columns} from rebuilt_change where ${values[0]} is not null order by ${keys.join(', ')}`,
      );
      await keepStatistics(client, table, rowCount);
    }
    await client.query('drop table rebuilt_change');
  }
  return changed;
}

/** The rows of some units, before they are recomputed. */
export async function deleteUnits(client: ClientBase, { phaseId, units }: UnitSelection): Promise<void> {
  for (const { table } of REPLACED) {
    await client.query(`delete from ${table} where phase_id = $1 and unit_id = any($2)`, [phaseId, units]);
  }
}
