import type { MetricReport } from '../../server/contract/report-contract.ts';
import { clock, counted, plain, THIN, wholePercent } from '../format.ts';
import { definition } from './metric-words.ts';
import styles from './metrics-table.module.css';

/** Name and role of a metric, what it measures, how it is corrected, and how well it stands for another. */
export function MetricHead({ metric, columns }: { metric: MetricReport; columns: number }) {
  const { name, role, family, computedAt, surrogate } = metric;
  return (
    <tr className={styles.metric}>
      <th scope="rowgroup" colSpan={columns}>
        <span className={styles.metricName}>{name}</span> <span className={styles.role}>{role}</span>
        <span className={`${styles.definition} muted small`}>{definition(metric)}</span>
        {family && <span className={`${styles.line} muted small`}>{sentence(family)}</span>}
        {computedAt && (
          <span className={`${styles.line} muted small`}>Computed from the units’ totals at {clock(computedAt)}.</span>
        )}
        {surrogate && <SurrogateLine surrogate={surrogate} />}
      </th>
    </tr>
  );
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function SurrogateLine({ surrogate }: { surrogate: NonNullable<MetricReport['surrogate']> }) {
  const { sentence: words, experiments, correlation, interval, signAgreement, businessName, status } = surrogate;
  const numbers = [
    correlation !== null &&
      `correlation of effects ${plain(correlation, 2)}${interval ? ` (${plain(interval.lower, 2)} to ${plain(interval.upper, 2)})` : ''}`,
    signAgreement &&
      `same direction in ${wholePercent(signAgreement.share)} of them (${plain(signAgreement.interval.lower * 100, 0)} to ${plain(signAgreement.interval.upper * 100, 0)}${THIN}%)`,
  ].filter((part) => typeof part === 'string');
  return (
    <span className={`${styles.line} small`}>
      Stands for “{businessName}”. {sentence(words)}
      {status === 'ok' && numbers.length > 0 && (
        <span className="muted">
          {' '}
          {counted(experiments, 'past experiment')}: {numbers.join('; ')}.
        </span>
      )}
    </span>
  );
}
