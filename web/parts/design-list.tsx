import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import type { MetricReport } from '../../server/contract/report-contract.ts';
import { reportAddress } from '../api/queries.ts';
import { weightPercent } from '../format.ts';
import styles from './design-list.module.css';
import { metricText, planFacts } from './design-words.ts';
import { targetingText } from './targeting-words.ts';

interface DesignListProps {
  experiment: Experiment;
  phase: Phase | undefined;
  /** Empty while nothing has started. */
  metrics: MetricReport[];
}

/** What was declared before the start, and where the raw report is. */
export function DesignList({ experiment, phase, metrics }: DesignListProps) {
  const kinds = new Map(metrics.map(({ key, kind }) => [key, kind]));
  const facts: [string, string][] = [
    ...(phase ? planFacts(phase, experiment.metrics) : []),
    ['Metrics', experiment.metrics.map((each) => metricText(each, kinds.get(each.metric))).join('; ') || 'none'],
    ['Who takes part', targetingText(experiment)],
    ['Part of the slot’s traffic', `${weightPercent(experiment.range.to - experiment.range.from)} of units`],
    ...(experiment.segments.length > 0 ? [['Segments', experiment.segments.join(', ')] as [string, string]] : []),
    ['Key', experiment.key],
  ];
  return (
    <section className="card" aria-labelledby="design">
      <h2 id="design">Design</h2>
      <dl className={styles.list}>
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt className="muted small">{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p className={`${styles.raw} small`}>
        <a href={reportAddress(experiment.key, phase ? String(phase.position) : null)}>This report as JSON</a>
      </p>
    </section>
  );
}
