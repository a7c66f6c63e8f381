import { lazy } from 'react';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import { counted, dateTime, weightPercent } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { valueRow } from './bandit-words.ts';
import { differences, drawn, plainly } from './estimate-words.ts';
import { ModeCard } from './mode-card.tsx';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Props = { bandit: BanditReport; colours: Map<string, string> };

/** What may be concluded although the weights moved, or why nothing may. */
export function BanditInference({ bandit: { inference, reward, posterior, scale }, colours }: Props) {
  const control = posterior.arms.find((arm) => arm.control)?.variant ?? 'the champion';
  const gaps = drawn(inference.differences.map(({ variant, value }) => valueRow(variant, value, differences, colours)));
  const means = drawn(inference.means.map(({ variant, value }) => valueRow(variant, value, plainly, colours)));
  return (
    <ModeCard
      id="inference"
      title={inference.decisive ? 'Which earns more' : 'Which earns more, so far'}
      sentence={inference.sentence}
    >
      {gaps.length > 0 && (
        <ChartPlace height={46 + 36 * gaps.length}>
          <EstimatePlot
            rows={gaps}
            reference={0}
            title={`${gaps.map(({ name, text }) => `“${name}” ${text}`).join(', ')} per decision against “${control}”${inference.decisive ? '' : ', so far'}`}
            fileName="differences"
            label={`${reward.name}, reward per decision against ${control}`}
            caption={`Intervals hold together at ${weightPercent(inference.level)}; units, not decisions, are independent.`}
          />
        </ChartPlace>
      )}
      {means.length > 0 && (
        <ChartPlace height={46 + 36 * means.length}>
          <EstimatePlot rows={means} label={`${reward.name}, mean reward per decision`} />
        </ChartPlace>
      )}
      <p className="muted small">
        {inference.status !== 'waiting' &&
          `From ${counted(inference.decisions, 'closed decision')} of ${counted(inference.units, 'unit')}${inference.at ? ` until ${dateTime(inference.at)}` : ''}. `}
        {scale}
      </p>
    </ModeCard>
  );
}
