import type { Comparison, MetricReport } from '../../server/contract/report-contract.ts';
import { NONE } from '../format.ts';
import { differenceText, liftText, pText, standardErrorText } from '../metric-numbers.ts';
import { lookText, marginAnswerText, significanceText, varianceText } from './metric-words.ts';
import styles from './metrics-table.module.css';

type Kind = MetricReport['kind'];
type Props = { kind: Kind; comparison: Comparison | undefined; level: number; plain: boolean };

/** Difference, lift and test of a challenger; nothing for the control, and a sentence on too little data. */
export function ComparisonCells({ kind, comparison, level, plain }: Props) {
  if (!comparison) return <td colSpan={3} className={styles.blank} />;
  const { status, missing, difference, relative } = comparison;
  if (status === 'insufficient') {
    return (
      <td colSpan={3} className={`${styles.missing} ${styles.faint}`}>
        {missing ?? 'Too little data to compare.'}
      </td>
    );
  }
  const bare = plain && comparison.adjustment !== null;
  const shade = status === 'live' || bare ? styles.faint : undefined;
  return (
    <>
      <td data-label={kind === 'rank' ? 'Chance to be larger' : 'Difference'} className={shade}>
        <Lines
          first={difference ? differenceText(kind, difference) : NONE}
          rest={[
            kind === 'rank' && difference ? 'chance to be larger; 50 if alike' : null,
            difference?.standardError != null ? `SE ${standardErrorText(kind, difference.standardError)}` : null,
            bare ? 'not adjusted' : varianceText(comparison),
          ]}
        />
      </td>
      <td data-label="Relative lift" className={shade}>
        {relative ? liftText(relative.estimate, relative.set) : NONE}
      </td>
      <td data-label="Test" className={shade}>
        {bare ? 'the adjusted numbers decide' : <TestResult kind={kind} comparison={comparison} level={level} />}
      </td>
    </>
  );
}

function Lines({ first, rest }: { first: string; rest: (string | null)[] }) {
  return (
    <span className={styles.lines}>
      <span>{first}</span>
      {rest
        .filter((line) => line !== null)
        .map((line) => (
          <span key={line} className="muted small">
            {line}
          </span>
        ))}
    </span>
  );
}

function TestResult({ kind, comparison, level }: { kind: Kind; comparison: Comparison; level: number }) {
  const { status, pValue, log10P, adjustedPValue } = comparison;
  const margin = marginAnswerText(kind, comparison.margin);
  if (status === 'live') {
    return (
      <span className={styles.lines}>
        <span className={styles.live}>live, no test yet</span>
        {margin && <span className="muted small">{margin}</span>}
      </span>
    );
  }
  const adjusted = adjustedPValue !== null && adjustedPValue !== pValue ? pText(adjustedPValue, null) : null;
  return (
    <Lines
      first={pValue === null && log10P === null ? 'no test' : pText(pValue, log10P)}
      rest={[
        adjusted === null ? null : `adjusted ${adjusted}`,
        significanceText(comparison, level),
        margin,
        lookText(comparison),
      ]}
    />
  );
}
