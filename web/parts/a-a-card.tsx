import { Button, Loader, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import type { ReSplitReport } from '../../server/contract/distribution-contract.ts';
import type { Metric } from '../../server/contract/metric-contract.ts';
import { metricUsesQuery, type ReSplitSubject, reSplitQuery } from '../api/planner-queries.ts';
import { THIN } from '../format.ts';
import styles from './a-a-card.module.css';
import { reSplitChoices, reSplitObstacle } from './a-a-words.ts';
import { ChartPlace } from './chart-place.tsx';
import { Icon } from './icons.tsx';
import { ProblemNotice } from './problem-notice.tsx';

const FalsePositivesPlot = lazy(() => import('../charts/false-positives-plot.tsx'));

/** How often the test of this metric finds a difference where there is none, on its own history. */
export function ReSplitCard({ metric }: { metric: Metric }) {
  const uses = useQuery(metricUsesQuery(metric.key));
  const choices = reSplitChoices(uses.data ?? []);
  const [wanted, setWanted] = useState('');
  const [asked, setAsked] = useState<ReSplitSubject | null>(null);
  const chosen = choices.find(({ value }) => value === wanted) ?? choices[0];
  const nobody: ReSplitSubject = { metric: metric.key, experiment: '', phase: 0, seed: 1 };
  // To ask no more is to hang up: the request ends, and with it the work.
  const run = useQuery({ ...reSplitQuery(asked ?? nobody), enabled: asked !== null });
  const start = () => {
    if (!chosen) return;
    const { experiment, phase } = chosen;
    const again = asked?.experiment === experiment && asked.phase === phase;
    setAsked({ metric: metric.key, experiment, phase, seed: again ? asked.seed + 1 : 1 });
  };
  const obstacle = reSplitObstacle(metric) ?? (uses.data && !chosen ? NEVER : null);
  const busy = run.isFetching;
  return (
    <section className={`${styles.card} card`} aria-labelledby="a-a" aria-busy={busy}>
      <div>
        <h2 id="a-a">Simulated A/A</h2>
        <p className="muted small">
          The control’s units are put into two halves by chance, 1{THIN}000 times. A test that keeps its level finds the
          halves different as often as its error probability says, and no more.
        </p>
      </div>
      {uses.isError && <ProblemNotice error={uses.error} onRetry={() => uses.refetch()} />}
      <div className={styles.controls}>
        {choices.length > 0 && (
          <NativeSelect
            label="History of"
            value={chosen?.value ?? ''}
            onChange={(event) => {
              setWanted(event.currentTarget.value);
              setAsked(null);
            }}
            data={choices.map(({ value, label }) => ({ value, label }))}
          />
        )}
        <Button onClick={start} disabled={obstacle !== null || busy || !chosen}>
          {run.data ? 'Again, with other halves' : 'Simulate A/A'}
        </Button>
        {busy && (
          <>
            <Button variant="default" onClick={() => setAsked(null)}>
              Cancel
            </Button>
            <span className="small muted">
              <Loader size={14} /> Splitting…
            </span>
          </>
        )}
      </div>
      {obstacle && <p className="muted small">{obstacle}</p>}
      {asked && run.isError && <ProblemNotice error={run.error} onRetry={() => run.refetch()} />}
      {asked && run.data && <Answer answer={run.data} />}
    </section>
  );
}

const NEVER = 'No A/B or canary phase has measured it yet, so there is nothing to split.';

function Answer({ answer }: { answer: ReSplitReport }) {
  const { sentence, rate, range, level, splits, rejected } = answer;
  if (rate === null || range === null || rejected === null) {
    return (
      <p className={`${styles.insufficient} tone-quiet`} role="status">
        <Icon name="dashed" size={18} />
        <span>Too little data. {sentence}</span>
      </p>
    );
  }
  const percent = (share: number) => Number((share * 100).toPrecision(6));
  return (
    <div role="status">
      <ChartPlace height={170}>
        <FalsePositivesPlot
          title={sentence}
          rate={percent(rate)}
          expected={percent(1 - level)}
          lower={percent(range.lower)}
          upper={percent(range.upper)}
          splits={splits}
          rejected={rejected}
        />
      </ChartPlace>
    </div>
  );
}
