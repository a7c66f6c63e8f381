import { type ReactNode, useId, useRef, useState } from 'react';
import type { ChartTable } from './chart-csv.ts';
import { ChartExport } from './chart-export.tsx';
import styles from './chart-figure.module.css';
import type { LegendEntry } from './chart-picture.ts';
import { ChartRows } from './chart-rows.tsx';
import { LegendMark } from './legend-mark.tsx';
import { PlotFrame } from './plot-frame.tsx';

type Props = {
  /** What one sees, as a sentence. */
  title: string;
  level?: 2 | 3;
  /** What the chart shows, for the names of its files: "lift". */
  fileName: string;
  /** Draws for a width in pixels; keep its identity stable while the data is the same. */
  draw: (width: number) => Element;
  height: number | ((width: number) => number);
  /** What the axes are, with units, for screen readers. */
  label: string;
  table: ChartTable;
  /** Whose colour is whose, where a drawing has several and does not name them itself. */
  legend?: readonly LegendEntry[] | undefined;
  note?: ReactNode;
  /** What changes the drawing: stands beside the menu. */
  controls?: ReactNode;
};

/** The frame of every chart: its sentence, the picture, the numbers behind it, and both to take away. */
export function ChartFigure(props: Props) {
  const { title, level = 3, fileName, draw, height, label, table, legend = [], note, controls } = props;
  const id = useId();
  const figure = useRef<HTMLElement>(null);
  const [tableShown, showTable] = useState(false);
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <figure ref={figure} aria-labelledby={id} className={styles.figure}>
      <div className={styles.head}>
        <Heading id={id} className={styles.title}>
          {title}
        </Heading>
        <div className={styles.tools}>
          {controls}
          <ChartExport
            title={title}
            fileName={fileName}
            table={table}
            legend={legend}
            figure={figure}
            tableShown={tableShown}
            onTable={showTable}
          />
        </div>
      </div>
      {legend.length > 0 && (
        <ul className={`${styles.legend} small`}>
          {legend.map((entry) => (
            <li key={entry.name}>
              <LegendMark entry={entry} />
              {entry.name}
            </li>
          ))}
        </ul>
      )}
      <PlotFrame draw={draw} height={height} label={label} />
      <ChartRows title={title} table={table} shown={tableShown} />
      {note && <figcaption className="muted small">{note}</figcaption>}
    </figure>
  );
}
