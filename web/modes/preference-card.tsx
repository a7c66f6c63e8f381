import { lazy, useMemo } from 'react';
import type {
  InterleaveMetric,
  InterleaveReport,
  PreferenceComparison,
} from '../../server/contract/interleave-contract.ts';
import { anyNumber, duration } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { colourOf } from './bandit-words.ts';
import { FactList } from './fact-list.tsx';
import { preferenceRows, preferenceTitle, talliesOf, tallyText, testLines, unitsText } from './interleave-words.ts';
import styles from './mode-card.module.css';
import { ModeCard } from './mode-card.tsx';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));
const TallyPlot = lazy(() => import('../charts/tally-plot.tsx'));
const PositionsPlot = lazy(() => import('../charts/positions-plot.tsx'));

type Props = { metric: InterleaveMetric; verdict: string; interleave: InterleaveReport; colours: Map<string, string> };

/** Preferences by one metric, and how its outcomes fall on positions. */
export function PreferenceCard({ metric, interleave, verdict, colours }: Props) {
  const { key, name, comparisons, positions, role, windowSeconds } = metric;
  const corrected =
    interleave.metrics.length * comparisons.length > 1 &&
    comparisons.some(({ contested }) => testLines(contested).length > 0);
  return (
    <ModeCard
      id={`preference-${key}`}
      title={`Preference by “${name}” (${role})`}
      {...(comparisons.length === 0 ? { sentence: metric.sentence } : {})}
    >
      {comparisons.map((comparison) => (
        <ComparisonPart
          key={`${comparison.variant} ${comparison.against}`}
          comparison={comparison}
          colours={colours}
          several={comparisons.length > 1}
          said={comparison.sentence === verdict}
        />
      ))}
      <p className="muted small">
        {corrected &&
          'p-values over all comparisons are corrected by Holm; each interval is that of its own comparison. '}
        {unitsText(metric)} Outcomes count for {duration(windowSeconds)} after an impression.
      </p>
      {positions.length > 0 && (
        <ChartPlace height={310}>
          <PositionsPlot metric={metric} colours={colours} />
        </ChartPlace>
      )}
    </ModeCard>
  );
}

type PartProps = { comparison: PreferenceComparison; colours: Map<string, string>; said: boolean; several: boolean };

function ComparisonPart({ comparison, colours, said, several }: PartProps) {
  const { variant, against, contested, plain, outcomes, abTest, sentence } = comparison;
  const own = useMemo(
    () => ({ variant: colourOf(colours, variant), against: colourOf(colours, against) }),
    [colours, variant, against],
  );
  const rows = comparison.status === 'insufficient' ? [] : preferenceRows(comparison, own.variant);
  const tallies = useMemo(() => talliesOf(comparison), [comparison]);
  return (
    <div>
      {several && (
        <h3>
          {variant} against {against}
        </h3>
      )}
      {!said && <p style={{ marginTop: '0.25rem' }}>{sentence}</p>}
      {rows.length > 0 && (
        <ChartPlace height={46 + 36 * rows.length}>
          <EstimatePlot
            rows={rows}
            reference={0}
            title={preferenceTitle(comparison)}
            fileName="preference"
            label={`Impressions won by ${variant}, net, % of a unit’s`}
            caption={`Won less lost against ${against}: right of the line ${variant} is preferred. Contested items stand where the lists differed; they are the ones to read.`}
          />
        </ChartPlace>
      )}
      {tallies.length > 0 && (
        <ChartPlace height={230}>
          <TallyPlot tallies={tallies} variant={variant} against={against} colours={own} />
        </ChartPlace>
      )}
      <FactList
        facts={[
          [`Units for ${variant}`, tallyText(contested.units)],
          [`Impressions for ${variant}`, tallyText(contested.impressions)],
          ['The same on all items, units', tallyText(plain.units)],
          [
            'Outcomes, all items',
            `${variant} ${anyNumber(outcomes.variant)}, ${against} ${anyNumber(outcomes.against)}`,
          ],
        ]}
      />
      <div className={`${styles.lines} small numbers`}>
        {testLines(contested).map((line) => (
          <p key={line}>{line}</p>
        ))}
        {abTest && <p>{abTest.sentence}</p>}
      </div>
    </div>
  );
}
