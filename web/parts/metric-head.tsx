import type { ReactNode } from 'react';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import { clock } from '../format.ts';
import { definition } from './metric-words.ts';
import styles from './metrics-table.module.css';

/** Name and role of a metric, what it measures, how it is corrected, and how well it stands for another. */
export function MetricHead({ metric, columns, tools }: { metric: MetricReport; columns: number; tools: ReactNode }) {
  const { name, role, family, computedAt, surrogate } = metric;
  return (
    <tr className={styles.metric}>
      <th scope="rowgroup" colSpan={columns}>
        <span className={styles.metricName}>{name}</span> <span className={styles.role}>{role}</span>
        {tools}
        <span className={`${styles.definition} muted small`}>{definition(metric)}</span>
        {family && <span className={`${styles.line} muted small`}>{sentence(family)}</span>}
        {computedAt && (
          <span className={`${styles.line} muted small`}>Computed from the units’ totals at {clock(computedAt)}.</span>
        )}
        {surrogate && (
          <span className={`${styles.line} small`}>
            Stands for “{surrogate.businessName}”. {surrogate.sentence}
          </span>
        )}
      </th>
    </tr>
  );
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
