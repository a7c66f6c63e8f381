import { VisuallyHidden } from '@mantine/core';
import { useDeferredValue } from 'react';
import { anyNumber, count, dateTime, NONE } from '../format.ts';
import type { ChartTable } from './chart-csv.ts';
import styles from './chart-figure.module.css';

type Props = { title: string; table: ChartTable; shown: boolean };

/** A table that nobody reads to its end; the file holds all rows. */
const mostRows = 200;

/** What is drawn, in numbers: for those who do not see the picture, and for everyone who asks. */
export function ChartRows({ title, table, shown }: Props) {
  // The picture first: rows may come a moment later.
  const later = useDeferredValue<ChartTable | null>(table, null);
  if (!later) return null;
  const rows = (
    <table className={styles.table} aria-label={title}>
      {later.rows.length > mostRows && (
        <caption className={styles.caption}>
          The first {mostRows} of {count(later.rows.length)} rows; the CSV file holds all.
        </caption>
      )}
      <thead>
        <tr>
          {later.columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {later.rows.slice(0, mostRows).map((cells, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names of their own, and their order is theirs
          <tr key={place}>
            {later.columns.map((name, column) => (
              <td key={name} className={typeof cells[column] === 'number' ? styles.number : undefined}>
                {cellText(cells[column] ?? null)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!shown) return <VisuallyHidden>{rows}</VisuallyHidden>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a table that is scrolled must be reached by the keyboard
    <section className={styles.rows} tabIndex={0} aria-label={`Table: ${title}`}>
      {rows}
    </section>
  );
}

const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function cellText(cell: string | number | null): string {
  if (cell === null) return NONE;
  if (typeof cell === 'number') return anyNumber(cell);
  return isTime.test(cell) ? dateTime(cell) : cell;
}
