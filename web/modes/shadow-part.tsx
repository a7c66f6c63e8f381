import { lazy } from 'react';
import type { Report } from '../../server/contract/report-contract.ts';
import type { ShadowReport } from '../../server/contract/shadow-contract.ts';
import { ChartPlace } from '../parts/chart-place.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { DriftCard } from './drift-card.tsx';
import { drawn, estimateRow, estimateWords, points, shares } from './estimate-words.ts';
import { FactList } from './fact-list.tsx';
import { ModeCard } from './mode-card.tsx';
import { ScoresCard } from './scores-card.tsx';
import { ShadowCalls } from './shadow-calls.tsx';
import { ShadowExamples } from './shadow-examples.tsx';
import { ShadowLabels } from './shadow-labels.tsx';
import { besideTitle, measureName, measureScale, modelColours, segmentName, shadowCounts } from './shadow-words.ts';

const EstimatePlot = lazy(() => import('../charts/estimate-plot.tsx'));

type Props = { shadow: ShadowReport };

const wholeShare = { lower: 0, upper: 100 };

/** What the candidate would have answered: how alike, how fast, how sound, and, with labels, which is better. */
export default function ShadowPart({ shadow, report }: Props & { report: Report }) {
  const compared = shadow.comparisons > 0;
  return (
    <>
      <AgreementCard shadow={shadow} />
      {shadow.labels.status !== 'not_declared' && <ShadowLabels labels={shadow.labels} />}
      {compared && shadow.scores && <ScoresCard scores={shadow.scores} />}
      {compared && <ShadowCalls shadow={shadow} />}
      {compared && shadow.drift && <DriftCard drift={shadow.drift} report={report} />}
      {shadow.measures.length > 0 && <MeasuresCard shadow={shadow} />}
      {shadow.segments.length > 0 && <SegmentsOfShadow shadow={shadow} />}
      {shadow.examples.length > 0 && <ShadowExamples examples={shadow.examples} running={isRunning(report)} />}
    </>
  );
}

const isRunning = ({ phase }: Report): boolean => phase?.state === 'running';

function AgreementCard({ shadow }: Props) {
  const { agreement, level } = shadow;
  const rows = drawn([
    estimateRow('Candidate', agreement.candidate, shares, modelColours.candidate),
    estimateRow('Champion’s second call', agreement.noiseFloor, shares, modelColours.champion),
  ]);
  return (
    <ModeCard id="agreement" title="Agreement with the champion" sentence={agreement.sentence}>
      {rows.length > 0 && (
        <ChartPlace height={120}>
          <EstimatePlot
            rows={rows}
            limits={wholeShare}
            title={besideTitle('Same answer as the champion', agreement.candidate, agreement.noiseFloor, shares)}
            fileName="agreement"
            label="Decisions with the champion’s answer, %"
            caption={`Intervals at ${levelText(level)}, valid at all times; they count units, not decisions. The champion’s own second call is the noise floor: nobody can agree more.`}
          />
        </ChartPlace>
      )}
      <FactList
        facts={[
          ...shadowCounts(shadow),
          ['Candidate minus noise floor', estimateWords(agreement.difference, points)] as [string, string],
        ]}
      />
    </ModeCard>
  );
}

const levelText = (level: number): string => `${Number((level * 100).toFixed(2))}\u202f%`;

function MeasuresCard({ shadow }: Props) {
  return (
    <ModeCard
      id="measures"
      title="What differs"
      sentence="Means over decisions, beside the same of the champion’s second call."
    >
      <DataTable
        label="Measures of the comparison"
        head="Measure"
        columns={[{ name: 'Candidate' }, { name: 'Champion’s second call' }]}
        rows={shadow.measures.map(({ name, candidate, reference }) => ({
          id: name,
          head: measureName(name),
          cells: [candidate, reference].map((one) =>
            one ? estimateWords(one, measureScale(name)) : 'not called twice',
          ),
        }))}
      />
    </ModeCard>
  );
}

function SegmentsOfShadow({ shadow }: Props) {
  const attributes = [...new Set(shadow.segments.map(({ attribute }) => attribute))];
  return (
    <ModeCard
      id="disagreement"
      title="Disagreement by segment"
      sentence="Each interval stands by itself: of many segments some differ by chance."
    >
      {attributes.map((attribute) => {
        const own = shadow.segments.filter((each) => each.attribute === attribute);
        const rows = drawn(
          own.map(({ value, disagreement }) =>
            estimateRow(segmentName(value), disagreement, shares, modelColours.candidate),
          ),
        );
        return (
          <div key={attribute}>
            <h3>{attribute}</h3>
            {rows.length > 0 && (
              <ChartPlace height={46 + 36 * rows.length}>
                <EstimatePlot rows={rows} limits={wholeShare} label="Decisions in which both answers differ, %" />
              </ChartPlace>
            )}
          </div>
        );
      })}
    </ModeCard>
  );
}
