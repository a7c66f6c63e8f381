import type { Report } from '../../server/contract/report-contract.ts';
import { dateTime } from '../format.ts';
import { Icon } from './icons.tsx';
import { verdictLooks } from './tones.ts';
import styles from './verdict-card.module.css';

/** The answer, before any number. */
export function VerdictCard({ report }: { report: Report }) {
  const { kind, sentence, reasons } = report.verdict;
  const { label, tone, icon } = verdictLooks[kind];
  const lookAt = report.progress?.lookAt;
  return (
    <section className={`${styles.verdict} ${tone}`} aria-labelledby="verdict">
      <h2 id="verdict" className={styles.kind}>
        <Icon name={icon} size={20} />
        <span>Verdict: {label.toLowerCase()}</span>
      </h2>
      <p className={styles.sentence}>{sentence}</p>
      {reasons.length > 0 && (
        <ul className={styles.reasons}>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {lookAt && <p className={`${styles.look} small`}>By the one final look, taken {dateTime(lookAt)}.</p>}
    </section>
  );
}
