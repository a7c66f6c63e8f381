import type { Comparison, MetricReport, Report } from '../../server/contract/report-contract.ts';
import {
  count,
  differenceText,
  duration,
  liftText,
  metricValue,
  NONE,
  pText,
  standardErrorText,
  weightPercent,
} from '../format.ts';
import styles from './metrics-table.module.css';
import { VariantName } from './variant-name.tsx';

type Props = { metric: MetricReport; report: Report; colours: Map<string, string>; open: boolean; level: number };
type VariantValue = MetricReport['variants'][number];

export function MetricRows({ metric, report, colours, open, level }: Props) {
  const controls = new Set(report.variants.filter(({ control }) => control).map(({ variant }) => variant));
  return (
    <tbody>
      <tr className={styles.metric}>
        <th scope="rowgroup" colSpan={open ? 7 : 6}>
          <span className={styles.metricName}>{metric.name}</span> <span className={styles.role}>{metric.role}</span>
          <span className={`${styles.definition} muted small`}>{definition(metric)}</span>
        </th>
      </tr>
      {metric.variants.map((value) => (
        <tr key={value.variant} className={styles.variant}>
          <th scope="row">
            <VariantName
              name={value.variant}
              colour={colours.get(value.variant)}
              control={controls.has(value.variant)}
            />
          </th>
          <td data-label="Mature units">{count(value.matureUnits)}</td>
          {open && (
            <td data-label="Still open, so far" className={styles.faint}>
              {soFar(metric, value)}
            </td>
          )}
          <td data-label="Value">{metricValue(metric.kind, value.value, value.standardError)}</td>
          <ComparisonCells
            kind={metric.kind}
            comparison={metric.comparisons.find(({ variant }) => variant === value.variant)}
            level={level}
          />
        </tr>
      ))}
    </tbody>
  );
}

/** "Share of units with “voted” within 7 days; higher is better." */
function definition({ kind, aggregate, outcome, windowSeconds, latenessSeconds, direction }: MetricReport): string {
  const what =
    kind === 'proportion'
      ? 'Share of units with'
      : aggregate === 'sum'
        ? 'Mean per unit of'
        : 'Mean number per unit of';
  const late = latenessSeconds > 0 ? `, ${duration(latenessSeconds)} more for late arrivals` : '';
  const better = direction === 'increase' ? 'higher is better' : 'lower is better';
  return `${what} “${outcome}” within ${duration(windowSeconds)} of first exposure${late}; ${better}.`;
}

function soFar(metric: MetricReport, { openUnits, soFar: value }: VariantValue): string {
  if (openUnits === 0) return '0';
  return value === null ? count(openUnits) : `${count(openUnits)}, at ${metricValue(metric.kind, value, null)}`;
}

function ComparisonCells({
  kind,
  comparison,
  level,
}: {
  kind: MetricReport['kind'];
  comparison: Comparison | undefined;
  level: number;
}) {
  if (!comparison) return <td colSpan={3} className={styles.blank} />;
  const { status, missing, difference, relative } = comparison;
  if (status === 'insufficient') {
    return (
      <td colSpan={3} className={`${styles.missing} ${styles.faint}`}>
        {missing ?? 'Too little data to compare.'}
      </td>
    );
  }
  const shade = status === 'live' ? styles.faint : undefined;
  return (
    <>
      <td data-label="Difference" className={shade}>
        <span className={styles.lines}>
          <span>{difference ? differenceText(kind, difference) : NONE}</span>
          {difference?.standardError != null && (
            <span className="muted small">SE {standardErrorText(kind, difference.standardError)}</span>
          )}
        </span>
      </td>
      <td data-label="Relative lift" className={shade}>
        {relative ? liftText(relative.estimate, relative.set) : NONE}
      </td>
      <td data-label="Test" className={shade}>
        <TestResult comparison={comparison} level={level} />
      </td>
    </>
  );
}

function TestResult({ comparison, level }: { comparison: Comparison; level: number }) {
  const { status, pValue, log10P, adjustedPValue, significant } = comparison;
  if (status === 'live') return <span className={styles.live}>live, no test yet</span>;
  return (
    <span className={styles.lines}>
      <span>{pText(pValue, log10P)}</span>
      {adjustedPValue !== null && adjustedPValue !== pValue && (
        <span className="muted small">Holm: {pText(adjustedPValue, null)}</span>
      )}
      {significant !== null && (
        <span className="muted small">
          {significant ? 'significant' : 'not significant'} at {weightPercent(level)}
        </span>
      )}
    </span>
  );
}
