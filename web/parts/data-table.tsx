import type { ReactNode } from 'react';
import styles from './data-table.module.css';

/** `wide`: prose, which starts at the left and may break; others are numbers or short words. */
export type DataColumn = { name: string; wide?: boolean };
export type DataRow = { id: string; head: ReactNode; cells: ReactNode[]; current?: boolean };

type Props = { label: string; head: string; columns: DataColumn[]; rows: DataRow[] };

/** A table of numbers and words; on a narrow page every row becomes a block in which each cell names its column. */
export function DataTable({ label, head, columns, rows }: Props) {
  const text = (place: number) => (columns[place]?.wide ? styles.wide : undefined);
  return (
    <table className={`${styles.table} ${columns.some(({ wide }) => wide) ? '' : styles.compact}`} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{head}</th>
          {columns.map(({ name }, place) => (
            <th key={name} scope="col" className={text(place)}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, head: name, cells, current }) => (
          <tr key={id} aria-current={current ? 'true' : undefined}>
            <th scope="row">{name}</th>
            {columns.map((column, place) => (
              <td key={column.name} data-label={column.name} className={text(place)}>
                <span>{cells[place]}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
