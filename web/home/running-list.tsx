import { Progress } from '@mantine/core';
import { Link } from 'react-router';
import type { RunningExperiment } from '../../server/contract/home-contract.ts';
import { counted } from '../format.ts';
import { Icon } from '../parts/icons.tsx';
import { isMode, modeNames } from '../parts/mode-names.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { verdictLooks } from '../parts/tones.ts';
import { progressText } from './home-words.ts';
import styles from './running-list.module.css';
import { SparklineBars } from './sparkline-bars.tsx';

/** What runs or is paused: how far it is and what it says so far. */
export function RunningList({ running }: { running: RunningExperiment[] }) {
  return (
    <section className="card" aria-labelledby="running">
      <h2 id="running">Running</h2>
      {running.length === 0 ? (
        <p className="muted">No experiment runs. Start a draft, or plan the next one.</p>
      ) : (
        <ul className={styles.list}>
          {running.map((experiment) => (
            <RunningItem key={experiment.key} experiment={experiment} />
          ))}
        </ul>
      )}
    </section>
  );
}

function RunningItem({ experiment }: { experiment: RunningExperiment }) {
  const { key, name, slot, state, mode, phase, units, verdict, progress, sparkline } = experiment;
  const { tone, icon } = verdictLooks[verdict.kind];
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <div className={styles.head}>
          <Link to={`/experiments/${encodeURIComponent(key)}`} className={styles.name}>
            {name}
          </Link>
          {state !== 'running' && <StateBadge state={state} />}
        </div>
        <p className="muted small">
          {isMode(mode) ? modeNames[mode] : 'Not started'}
          {phase && phase.of > 1 && `, phase ${phase.position + 1} of ${phase.of}`} on{' '}
          <Link to={`/slots/${encodeURIComponent(slot)}`} className={styles.slot}>
            <code>{slot}</code>
          </Link>
        </p>
        <p className={`${styles.verdict} ${tone}`}>
          <Icon name={icon} size={17} />
          <span>{verdict.sentence}</span>
        </p>
      </div>
      <div className={styles.progress}>
        {progress && (
          <>
            <p className="small numbers">{progressText(progress)}</p>
            {progress.share !== null && (
              <Progress.Root size={6} radius="xl">
                <Progress.Section
                  value={progress.share * 100}
                  color="var(--live)"
                  aria-label={`Share of the plan of ${name} reached`}
                />
              </Progress.Root>
            )}
          </>
        )}
      </div>
      {sparkline ? (
        <SparklineBars sparkline={sparkline} />
      ) : (
        <p className={`${styles.none} muted small`}>{units === 0 ? 'No unit has come yet.' : counted(units, 'unit')}</p>
      )}
    </li>
  );
}
