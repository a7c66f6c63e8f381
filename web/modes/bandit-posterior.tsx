import { lazy, useMemo } from 'react';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import { count, NONE, plain, THIN, weightPercent } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { VariantName } from '../parts/variant-name.tsx';
import { beliefs, beliefTitle, bestWords } from './bandit-words.ts';
import { ModeCard } from './mode-card.tsx';

const DensitiesPlot = lazy(() => import('../charts/densities-plot.tsx'));

type Posterior = BanditReport['posterior'];
type Props = { bandit: BanditReport; colours: Map<string, string> };

/** What the weights follow: beliefs about the arms, from closed cells alone. */
export function BanditPosterior({ bandit, colours }: Props) {
  const { posterior, contexts, reward, warmUp } = bandit;
  const control = posterior.arms.find((arm) => arm.control)?.variant ?? 'the champion';
  const arms = useMemo(() => beliefs(posterior.arms, colours), [posterior.arms, colours]);
  return (
    <ModeCard id="posterior" title="What the weights follow" sentence={posterior.sentence}>
      {!warmUp.complete && posterior.status === 'ready' && <p className="small">{warmUp.sentence}</p>}
      {arms.length > 1 && posterior.status === 'ready' && (
        <ChartPlace height={60 + 56 * arms.length}>
          <DensitiesPlot
            beliefs={arms}
            title={beliefTitle(posterior.arms)}
            label={`${reward.name}, reward per cell against ${control}`}
            note={`The higher a curve, the more plausible the effect; beside it its middle with 95${THIN}% of it. It steers the weights and is no test: the estimates further down are.`}
          />
        </ChartPlace>
      )}
      <ArmTable label="Variants" posterior={posterior} colours={colours} />
      {contexts?.values.map((one) => (
        <div key={one.value}>
          <h3>
            {contexts.attribute}: {one.value}
          </h3>
          <p className="small">{one.sentence}</p>
          <ArmTable label={`Variants where ${contexts.attribute} is ${one.value}`} posterior={one} colours={colours} />
        </div>
      ))}
    </ModeCard>
  );
}

type TableProps = { label: string; posterior: Posterior; colours: Map<string, string> };

function ArmTable({ label, posterior, colours }: TableProps) {
  return (
    <DataTable
      label={label}
      head="Variant"
      columns={[
        { name: 'Weight now' },
        { name: 'Chance to be best' },
        { name: 'Closed cells' },
        { name: 'Mean reward as it came' },
      ]}
      rows={posterior.arms.map(({ variant, control, weight, probabilityBest, closedCells, meanAsCame }) => ({
        id: variant,
        head: <VariantName name={variant} colour={colours.get(variant)} control={control} />,
        cells: [
          weightPercent(weight),
          posterior.status === 'ready' ? bestWords(probabilityBest) : 'not known yet',
          count(closedCells),
          meanAsCame === null ? NONE : plain(meanAsCame, 4),
        ],
      }))}
    />
  );
}
