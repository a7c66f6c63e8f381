import { VisuallyHidden } from '@mantine/core';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { weightPercent } from '../format.ts';
import { MetricRows } from './metric-rows.tsx';
import styles from './metrics-table.module.css';
import type { LiftView } from './use-lift-view.ts';

type Props = { report: Report; view: LiftView; colours: Map<string, string> };

const roles = ['primary', 'secondary', 'guardrail'] as const;

/** Every metric of every variant, the primary ones first: the numbers behind the picture. */
export function MetricsTable({ report, view, colours }: Props) {
  const metrics = roles.flatMap((role) => view.metrics.filter((metric) => metric.role === role));
  const level = report.phase?.plan.level ?? 0.95;
  const open = metrics.some((metric) => metric.variants.some(({ openUnits }) => openUnits > 0));
  return (
    <section className="card" aria-labelledby="metrics">
      <h2 id="metrics">Metrics</h2>
      <div className={styles.scroll}>
        <table className={styles.table} aria-labelledby="metrics">
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col">Mature units</th>
              {open && <th scope="col">Still open, so far</th>}
              <th scope="col">Value</th>
              <th scope="col">Difference</th>
              <th scope="col">Relative lift</th>
              <th scope="col">Test</th>
              <th scope="col">
                <VisuallyHidden>Details</VisuallyHidden>
              </th>
            </tr>
          </thead>
          {metrics.map((metric) => (
            <MetricRows
              key={metric.key}
              metric={metric}
              report={report}
              colours={colours}
              open={open}
              level={level}
              plain={view.plain}
            />
          ))}
        </table>
      </div>
      <Notes metrics={metrics} level={level} open={open} />
    </section>
  );
}

/** How the numbers were made; only what applies to those on the page. */
function Notes({ metrics, level, open }: { metrics: MetricReport[]; level: number; open: boolean }) {
  const comparisons = metrics.flatMap((metric) => metric.comparisons);
  const methods = (of: (comparison: (typeof comparisons)[number]) => string | undefined) =>
    [...new Set(comparisons.map(of).filter((method) => method !== undefined))].join('; ');
  const difference = methods((comparison) => comparison.difference?.method);
  const lift = methods((comparison) => comparison.relative?.method);
  const adjusted = comparisons.some(
    ({ adjustedPValue, pValue }) => adjustedPValue !== null && adjustedPValue !== pValue,
  );
  const looks = comparisons.some(({ look, status }) => status !== 'live' && look !== null && look.rule !== 'fixed');
  const rank = metrics.some(({ kind }) => kind === 'rank');
  return (
    <ul className={`${styles.notes} muted small`}>
      <li>
        Brackets hold {weightPercent(level)} intervals. Differences are variant minus control; pp are percentage points.
        SE is the standard error of the difference.
      </li>
      {open && <li>Open units still wait for outcomes. Their value so far grows, and no test uses it.</li>}
      {looks && <li>Intervals and p-values hold over all looks together, so that looking often does no harm.</li>}
      {adjusted && <li>The p-value adjusted for its family decides; the intervals stay unadjusted.</li>}
      {rank && (
        <li>
          A rank metric compares one unit of the variant with one of the control: the chance that the first has the
          larger value, ties counted half.
        </li>
      )}
      {difference && <li>Difference: {difference}.</li>}
      {lift && <li>Relative lift: {lift}.</li>}
    </ul>
  );
}
