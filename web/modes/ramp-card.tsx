import { Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, useMemo } from 'react';
import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { historyQuery, reportMoves } from '../api/queries.ts';
import { rampSeries } from '../charts/ramp-series.ts';
import { dateTime } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { rampSteps as rampMoves } from '../parts/lifecycle.ts';
import { MoveButtons } from '../parts/move-buttons.tsx';
import styles from './canary-part.module.css';
import { nextCheckWords, rampFacts, rampSentence, rampSteps, rampTitle, waitsOf } from './canary-words.ts';
import { FactList } from './fact-list.tsx';

const RampPlot = lazy(() => import('../charts/ramp-plot.tsx'));

type Props = { canary: CanaryReport; report: Report; colours: Map<string, string> };

/** Where the ramp stands, how it came there, and what it waits for. */
export function RampCard({ canary, report, colours }: Props) {
  const running = report.phase?.state === 'running';
  const steps = rampSteps(canary, report.phase?.canary?.steps.map(({ share }) => share) ?? []);
  return (
    <section className="card" aria-labelledby="ramp">
      <div className={styles.head}>
        <h2 id="ramp">{rampTitle(canary)}</h2>
        {running && <MoveButtons report={report} steps={rampMoves(report.experiment)} align="end" />}
      </div>
      {canary.rolledBack && (
        <p>
          <span className={styles.back}>Rolled back on {dateTime(canary.rolledBack.at)}.</span> The numbers below
          include calls that were still under way.
        </p>
      )}
      <ol className={styles.ramp} aria-label="Steps of the ramp">
        {steps.map(({ step, state, label }) => (
          <li key={step} className={styles[state]} aria-current={state === 'present' ? 'step' : undefined}>
            {label}
          </li>
        ))}
      </ol>
      {running && <NextCheck canary={canary} report={report} />}
      <Timeline canary={canary} report={report} colour={colours.get(canary.candidate) ?? 'var(--variant-1)'} />
      <FactList facts={rampFacts(canary)} />
    </section>
  );
}

function Timeline({ canary, report, colour }: Omit<Props, 'colours'> & { colour: string }) {
  const { experiment, phase, computedAt } = report;
  const { data: moves } = useQuery(historyQuery(experiment.key, reportMoves(report)));
  const series = useMemo(
    () => phase && rampSeries({ canary, phase, moves: moves ?? [], now: computedAt }),
    [canary, phase, moves, computedAt],
  );
  if (!series) return null;
  return (
    <ChartPlace height={290}>
      <RampPlot series={series} title={rampSentence(canary)} colour={colour} />
    </ChartPlace>
  );
}

/** When it goes on, and how far each thing is that it waits for. */
function NextCheck({ canary, report }: Omit<Props, 'colours'>) {
  return (
    <div className={styles.next}>
      <p>{nextCheckWords(canary, report.phase?.hold ?? null, report.computedAt)}</p>
      <ul className={styles.waits}>
        {waitsOf(canary).map(({ name, text, reached }) => (
          <li key={name}>
            <span className="muted small">{name}</span>
            <span className="numbers">{text}</span>
            <Progress.Root size={6} radius="xl">
              <Progress.Section
                value={reached * 100}
                color={reached >= 1 ? 'var(--good)' : 'var(--live)'}
                aria-label={`${name}, share reached`}
              />
            </Progress.Root>
          </li>
        ))}
      </ul>
    </div>
  );
}
