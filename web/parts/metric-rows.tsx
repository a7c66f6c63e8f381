import { useState } from 'react';
import type { Comparison, MetricReport, Report } from '../../server/contract/report-contract.ts';
import { count } from '../format.ts';
import { metricValue } from '../metric-numbers.ts';
import { ComparisonCells } from './comparison-cells.tsx';
import { ComparisonDetail } from './comparison-detail.tsx';
import { comparisonFacts } from './comparison-facts.ts';
import { DistributionPanel } from './distribution-panel.tsx';
import { Icon } from './icons.tsx';
import { MetricHead } from './metric-head.tsx';
import { MetricTools } from './metric-tools.tsx';
import { soFarText } from './metric-words.ts';
import styles from './metrics-table.module.css';
import { VariantName } from './variant-name.tsx';

type Props = {
  metric: MetricReport;
  report: Report;
  colours: Map<string, string>;
  open: boolean;
  level: number;
  plain: boolean;
};
type VariantValue = MetricReport['variants'][number];

export function MetricRows({ metric, report, colours, open, level, plain }: Props) {
  const controls = new Set(report.variants.filter(({ control }) => control).map(({ variant }) => variant));
  const [spread, setSpread] = useState(false);
  const columns = open ? 8 : 7;
  // One for all variants, so that their values have the same digits.
  const standardError = Math.max(0, ...metric.variants.map((each) => each.standardError ?? 0)) || null;
  return (
    <tbody>
      <MetricHead
        metric={metric}
        columns={columns}
        tools={<MetricTools metric={metric} report={report} spread={spread} onSpread={() => setSpread(!spread)} />}
      />
      {spread && (
        <tr className={styles.under}>
          <td colSpan={columns}>
            <section id={`spread-${metric.key}`} aria-label={`Spread of ${metric.name}`} className={styles.spread}>
              <DistributionPanel metric={metric} report={report} colours={colours} />
            </section>
          </td>
        </tr>
      )}
      {metric.variants.map((value) => (
        <VariantRows
          key={value.variant}
          metric={metric}
          value={value}
          standardError={standardError}
          comparison={metric.comparisons.find(({ variant }) => variant === value.variant)}
          colour={colours.get(value.variant)}
          control={controls.has(value.variant)}
          columns={columns}
          level={level}
          plain={plain}
        />
      ))}
    </tbody>
  );
}

type RowProps = {
  metric: MetricReport;
  value: VariantValue;
  standardError: number | null;
  comparison: Comparison | undefined;
  colour: string | undefined;
  control: boolean;
  columns: number;
  level: number;
  plain: boolean;
};

function VariantRows({ metric, value, standardError, comparison, colour, control, columns, level, plain }: RowProps) {
  const [unfolded, setUnfolded] = useState(false);
  const blocks = comparison ? comparisonFacts(metric, comparison, level) : [];
  const detail = `detail-${metric.key}-${value.variant}`;
  const label = `${metric.name}, ${value.variant}`;
  return (
    <>
      <tr className={styles.variant}>
        <th scope="row">
          <VariantName name={value.variant} colour={colour} control={control} />
        </th>
        <td data-label="Mature units">{count(value.matureUnits)}</td>
        {columns === 8 && (
          <td data-label="Still open, so far" className={styles.faint}>
            {soFarText(metric, value)}
          </td>
        )}
        <td data-label={metric.kind === 'rank' ? 'Mean' : 'Value'}>
          {metricValue(metric.kind, value.value, standardError)}
        </td>
        <ComparisonCells kind={metric.kind} comparison={comparison} level={level} plain={plain} />
        <td className={blocks.length === 0 ? styles.blank : styles.unfold}>
          {blocks.length > 0 && (
            <button
              type="button"
              aria-expanded={unfolded}
              aria-controls={detail}
              aria-label={`Details of ${label}`}
              onClick={() => setUnfolded(!unfolded)}
            >
              <Icon name="unfold" size={14} />
              <span>Details</span>
            </button>
          )}
        </td>
      </tr>
      {comparison && comparison.warnings.length > 0 && <Warnings warnings={comparison.warnings} columns={columns} />}
      {unfolded && blocks.length > 0 && (
        <tr className={styles.under}>
          <td colSpan={columns}>
            <ComparisonDetail id={detail} label={`Details of ${label}`} blocks={blocks} />
          </td>
        </tr>
      )}
    </>
  );
}

function Warnings({ warnings, columns }: { warnings: string[]; columns: number }) {
  return (
    <tr className={`${styles.under} tone-caution`}>
      <td colSpan={columns}>
        {warnings.map((warning) => (
          <p key={warning} className={`${styles.warning} small`}>
            <Icon name="warning" size={15} />
            <span>{warning}</span>
          </p>
        ))}
      </td>
    </tr>
  );
}
