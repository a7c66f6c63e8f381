import { Modal, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import type { NumberQuery } from '../../server/contract/query-contract.ts';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import { numberSqlQuery } from '../api/number-queries.ts';
import { count, dateTime, NONE } from '../format.ts';
import { metricValue, standardErrorText } from '../metric-numbers.ts';
import { CopyButton } from './copy-button.tsx';
import { DataTable } from './data-table.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import styles from './query-dialog.module.css';

type Props = { metric: MetricReport; report: Report; opened: boolean; onClose: () => void };

/** The SQL that answers the numbers of a metric, to check or to go on from. */
export function QueryDialog({ metric, report, opened, onClose }: Props) {
  return (
    <Modal.Root opened={opened} onClose={onClose} size="xl" centered>
      <Modal.Overlay />
      {/* The library's own head is a <header>, which would be a second banner of the page. */}
      <Modal.Content aria-label={`The query behind “${metric.name}”`}>
        <div className={styles.head}>
          <h2>The query behind “{metric.name}”</h2>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{opened && <Asked metric={metric} report={report} />}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Asked({ metric, report }: Pick<Props, 'metric' | 'report'>) {
  const { experiment, phase } = report;
  const query = useQuery(
    numberSqlQuery({ experiment: experiment.key, phase: phase?.position ?? 0, metric: metric.key }),
  );
  if (query.isError) return <ProblemNotice error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data) return <Skeleton height={280} radius={8} />;
  return <Answer metric={metric} answer={query.data} />;
}

function Answer({ metric, answer }: { metric: MetricReport; answer: NumberQuery }) {
  const { sql, note, source, asOf, variants } = answer;
  const counted = source === 'look' ? 'the units of the last look' : 'the units that are mature now';
  return (
    <div className="stack">
      <p>
        It counts {counted}
        {asOf && `, as of ${dateTime(asOf)}`}. {note}
      </p>
      {sql !== null && <Code sql={sql} />}
      <DataTable
        label="What the report shows"
        head="The report shows"
        columns={[{ name: 'Units' }, { name: 'Value' }, { name: 'Standard error' }]}
        rows={variants.map(({ variant, units, value, standardError }) => ({
          id: variant,
          head: variant,
          cells: [
            count(units),
            metricValue(metric.kind, value, standardError),
            standardError === null ? NONE : standardErrorText(metric.kind, standardError),
          ],
        }))}
      />
    </div>
  );
}

function Code({ sql }: { sql: string }) {
  const code = useRef<HTMLElement>(null);
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled must be reached by the keyboard */}
      <section className={styles.code} tabIndex={0} aria-label="SQL">
        <pre>
          <code ref={code}>{sql}</code>
        </pre>
      </section>
      <CopyButton from={code} what="the SQL" />
    </div>
  );
}
