import { lazy, useMemo } from 'react';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { pauseGaps } from '../charts/pause-marks.ts';
import { heldUntil } from '../charts/time-series.ts';
import { dateTime, percentOf, plain, THIN, weightPercent } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { allocationTitle, regretPoints, weightPoints } from './bandit-words.ts';
import { ModeCard } from './mode-card.tsx';

const TimeLinesPlot = lazy(() => import('../charts/time-lines-plot.tsx'));

type Props = { bandit: BanditReport; report: Report; colours: Map<string, string> };

const percentAxis: [number, number] = [0, 100];
const percent = (value: number): string => `${plain(value, 0)}${THIN}%`;
const regretColours = new Map([['regret', 'var(--live)']]);

/** How the weights moved, and what learning has cost. */
export function BanditOverTime({ bandit, report, colours }: Props) {
  const { posterior, contexts, weights, regret, overTime } = bandit;
  const { phase, computedAt } = report;
  const now = phase?.endedAt ?? computedAt;
  const lines = useMemo(() => heldUntil(weightPoints(bandit), new Date(now)), [bandit, now]);
  const gaps = useMemo(
    () => pauseGaps(phase?.pauses ?? [], lines[0]?.at ?? new Date(now), new Date(now)),
    [phase?.pauses, lines, now],
  );
  const losses = useMemo(() => regretPoints(bandit), [bandit]);
  const arms = posterior.arms.map(({ variant }) => variant);
  const present = posterior.arms.map(({ variant, weight }) => `${variant} ${weightPercent(weight)}`).join(', ');
  return (
    <ModeCard
      id="weights"
      title="Weights"
      sentence={
        contexts
          ? `Now, where no weights of its own hold for the ${contexts.attribute}: ${present}.`
          : `Now: ${present} of units.`
      }
    >
      {weights.length > 1 && (
        <ChartPlace height={230}>
          <TimeLinesPlot
            points={lines}
            colours={colours}
            label="Share of units, %"
            domain={percentAxis}
            stepped
            format={percent}
            gaps={gaps}
            title={allocationTitle(bandit)}
            fileName="allocation"
            caption="A step is one epoch: between two steps the weights stand still."
          />
        </ChartPlace>
      )}
      <h3>What learning has cost</h3>
      <p>{regret.sentence}</p>
      {losses.length > 1 && (
        <ChartPlace height={230}>
          <TimeLinesPlot
            points={losses}
            colours={regretColours}
            gaps={gaps}
            label="Rewards given up so far, estimated"
            fileName="regret"
          />
        </ChartPlace>
      )}
      {overTime.length > 0 && (
        <details className="small" style={{ marginTop: '0.75rem' }}>
          <summary>Closed cells by period</summary>
          <DataTable
            label="Closed cells by period"
            head="From"
            columns={arms.map((name) => ({ name }))}
            rows={overTime.map(({ at, arms: cells }) => ({
              id: at,
              head: dateTime(at),
              cells: cells.map(({ cells: n, share, mean }) =>
                n === 0 ? 'none' : `${n} (${percentOf(share)}), mean reward ${plain(mean ?? 0, 3)}`,
              ),
            }))}
          />
        </details>
      )}
    </ModeCard>
  );
}
