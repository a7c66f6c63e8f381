import { useRef, useState } from 'react';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { Icon } from './icons.tsx';
import styles from './metrics-table.module.css';
import { QueryDialog } from './query-dialog.tsx';

type Props = { metric: MetricReport; report: Report; spread: boolean; onSpread: () => void };

/** What is behind the numbers of a metric: how its values are spread, and the SQL that answers them. */
export function MetricTools({ metric, report, spread, onSpread }: Props) {
  const [asked, ask] = useState(false);
  // A dialog that nobody asked for costs time on a page of many metrics.
  const [made, make] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const open = () => {
    make(true);
    ask(true);
  };
  const close = () => {
    ask(false);
    opener.current?.focus();
  };
  return (
    <span className={styles.tools}>
      <button
        type="button"
        aria-expanded={spread}
        aria-controls={`spread-${metric.key}`}
        aria-label={`Distribution of ${metric.name}`}
        onClick={onSpread}
      >
        <Icon name="unfold" size={14} />
        <span>Distribution</span>
      </button>
      <button
        ref={opener}
        type="button"
        aria-haspopup="dialog"
        aria-label={`Show the query behind ${metric.name}`}
        onClick={open}
      >
        <span>Show the query</span>
      </button>
      {made && <QueryDialog metric={metric} report={report} opened={asked} onClose={close} />}
    </span>
  );
}
