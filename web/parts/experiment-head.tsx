import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Report } from '../../server/contract/report-contract.ts';
import { dateTime } from '../format.ts';
import styles from './experiment-head.module.css';
import { Icon } from './icons.tsx';
import { LifecycleButtons } from './lifecycle-buttons.tsx';
import { modeNames } from './mode-names.ts';
import { StateBadge } from './state-badge.tsx';

export function ExperimentHead({ report }: { report: Report }) {
  const { experiment } = report;
  const phase = report.phase ?? experiment.phases[0];
  return (
    <header className={styles.head}>
      <Link to="/experiments" className={`${styles.back} muted small`}>
        <Icon name="back" size={14} />
        Experiments
      </Link>
      <div className={styles.top}>
        <div className={styles.words}>
          <div className={styles.name}>
            <h1>{experiment.name}</h1>
            <StateBadge state={experiment.state} />
          </div>
          {experiment.hypothesis && <p className={styles.hypothesis}>{experiment.hypothesis}</p>}
          <dl className={`${styles.facts} small`}>
            <Fact name="Slot">
              <code>{experiment.slot}</code>
            </Fact>
            {phase && <Fact name="Mode">{modeNames[phase.mode]}</Fact>}
            {experiment.phases.length > 1 && phase && (
              <Fact name="Phase">{`${phase.position + 1} of ${experiment.phases.length}`}</Fact>
            )}
            {phase && <Fact name="Assignment">{phase.assignment === 'external' ? 'made elsewhere' : 'by Assay'}</Fact>}
            {experiment.startedAt && <Fact name="Started">{dateTime(experiment.startedAt)}</Fact>}
            {experiment.concludedAt && <Fact name="Concluded">{dateTime(experiment.concludedAt)}</Fact>}
            <Fact name="Why this variant?">
              <Link to={`/explain?slot=${encodeURIComponent(experiment.slot)}`}>Explain a unit</Link>
            </Fact>
          </dl>
        </div>
        <LifecycleButtons report={report} />
      </div>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
