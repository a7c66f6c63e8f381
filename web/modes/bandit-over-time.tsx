import { lazy, useMemo } from 'react';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import { heldUntil } from '../charts/time-series.ts';
import { dateTime, percentOf, plain, THIN, weightPercent } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { regretPoints, weightPoints } from './bandit-words.ts';
import { ModeCard } from './mode-card.tsx';

const TimeLinesPlot = lazy(() => import('../charts/time-lines-plot.tsx'));

type Props = { bandit: BanditReport; colours: Map<string, string> };

const percentAxis: [number, number] = [0, 100];
const percent = (value: number): string => `${plain(value, 0)}${THIN}%`;
const regretColours = new Map([['regret', 'var(--live)']]);

/** How the weights moved, and what learning has cost. */
export function BanditOverTime({ bandit, colours }: Props) {
  const { posterior, contexts, weights, epoch, regret, overTime } = bandit;
  const lines = useMemo(() => {
    const points = weightPoints(bandit);
    const last = Math.max(...points.map(({ at }) => at.getTime()), Date.parse(epoch.startedAt));
    return heldUntil(points, new Date(last));
  }, [bandit, epoch.startedAt]);
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
            caption="A step is one epoch."
          />
        </ChartPlace>
      )}
      <h3>What learning has cost</h3>
      <p>{regret.sentence}</p>
      {losses.length > 1 && (
        <ChartPlace height={230}>
          <TimeLinesPlot points={losses} colours={regretColours} label="Rewards given up so far, estimated" />
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
