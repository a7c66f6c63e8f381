import { lazy } from 'react';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { anyNumber, count, NONE, percentOf, THIN } from '../format.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { drawn, estimateRow, estimateWords, milliseconds, moreMilliseconds, points, shares } from './estimate-words.ts';
import { FactList } from './fact-list.tsx';
import { ModeCard } from './mode-card.tsx';
import { besideTitle, callText, modelColours } from './shadow-words.ts';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Quantile = ShadowReport['latency']['quantiles'][number];
const notNegative = { lower: 0 };
const share = { lower: 0, upper: 100 };

/** How fast and how sound: always against the champion's second call, made under the same conditions. */
export function ShadowCalls({ shadow: { latency, errors } }: { shadow: ShadowReport }) {
  const times = drawn([
    estimateRow('Candidate', latency.candidateMs, milliseconds, modelColours.candidate),
    estimateRow('Champion’s second call', latency.referenceMs, milliseconds, modelColours.champion),
  ]);
  const failures = drawn([
    estimateRow('Candidate', errors.candidate, shares, modelColours.candidate),
    estimateRow('Champion’s second call', errors.reference, shares, modelColours.champion),
  ]);
  return (
    <>
      <ModeCard id="latency" title="Latency" sentence={latency.sentence}>
        {times.length > 0 && (
          <ChartPlace height={120}>
            <EstimatePlot
              rows={times}
              limits={notNegative}
              title={besideTitle('Mean time of a call', latency.candidateMs, latency.referenceMs, milliseconds)}
              fileName="latency"
              label="Mean time of a call, ms"
            />
          </ChartPlace>
        )}
        <FactList facts={[['Candidate minus second call', estimateWords(latency.differenceMs, moreMilliseconds)]]} />
        {latency.quantiles.length > 0 && (
          <DataTable
            label="Quantiles of latency"
            head="Calls as fast as"
            columns={[{ name: 'Candidate, ms' }, { name: 'Champion’s second call, ms' }]}
            rows={latency.quantiles.map(({ probability, candidate, reference }) => ({
              id: String(probability),
              head: percentOf(probability),
              cells: [quantileText(candidate), quantileText(reference)],
            }))}
          />
        )}
      </ModeCard>
      <ModeCard id="errors" title="Errors" sentence={errors.sentence}>
        {failures.length > 0 && (
          <ChartPlace height={120}>
            <EstimatePlot
              rows={failures}
              limits={share}
              title={besideTitle('Calls that failed', errors.candidate, errors.reference, shares)}
              fileName="errors"
              label="Calls that failed or ran out of time, %"
            />
          </ChartPlace>
        )}
        <FactList
          facts={[
            ['Candidate minus second call', estimateWords(errors.difference, points)],
            ...errors.statuses.map(
              ({ call, status, decisions }) => [callText(call, status), count(decisions)] as [string, string],
            ),
          ]}
        />
      </ModeCard>
    </>
  );
}

/** "12.3 ms (11.9 to 13.1)"; limits that few calls cannot give are said. */
function quantileText(found: Quantile['candidate']): string {
  if (!found) return NONE;
  const text = (value: number) => anyNumber(Number(value.toPrecision(3)));
  const { ms, lowerMs, upperMs } = found;
  if (lowerMs === null && upperMs === null) return `${text(ms)}${THIN}ms (too few calls for limits)`;
  const range = [
    lowerMs === null ? 'no lower limit' : text(lowerMs),
    upperMs === null ? 'no upper limit' : text(upperMs),
  ];
  return `${text(ms)}${THIN}ms (${range.join(' to ')})`;
}
