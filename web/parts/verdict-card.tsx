import type { Report } from '../../server/contract/report-contract.ts';
import { dateTime } from '../format.ts';
import { Icon } from './icons.tsx';
import { saidBelow } from './said-below.ts';
import { verdictLooks } from './tones.ts';
import styles from './verdict-card.module.css';

/** The answer, before any number. */
export function VerdictCard({ report }: { report: Report }) {
  const { kind, sentence } = report.verdict;
  const below = saidBelow(report);
  const reasons = report.verdict.reasons.filter((reason) => !below.has(reason));
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
      {lookAt && report.progress && (
        <p className={`${styles.look} small`}>
          By {lookName(report.progress.looks)}, taken {dateTime(lookAt)}.
        </p>
      )}
    </section>
  );
}

type Looks = NonNullable<Report['progress']>['looks'];

/** "the one final look", "look 3 of 5", "look 7". */
function lookName({ taken, planned }: Looks): string {
  if (planned === 1) return 'the one final look';
  if (planned === null) return `look ${taken}`;
  return taken > planned ? `look ${taken}, after the planned ${planned}` : `look ${taken} of ${planned}`;
}
