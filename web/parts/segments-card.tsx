import { NativeSelect } from '@mantine/core';
import { lazy } from 'react';
import type { MetricReport, Report } from '../../server/contract/report-contract.ts';
import type { SegmentReport } from '../../server/contract/segment-contract.ts';
import { counted, plain, THIN, wholePercent } from '../format.ts';
import { differenceText, eValueText, pText, z95 } from '../metric-numbers.ts';
import { useAddressValue } from './address-value.ts';
import head from './card-head.module.css';
import { ChartPlace } from './chart-place.tsx';
import styles from './segments-card.module.css';

const SegmentsPlot = lazy(() => import('../charts/segments-plot.tsx'));

type Props = { report: Report; control: string; colours: Map<string, string> };

/** Whether the effect differs between kinds of units: one metric and challenger at a time, all attributes. */
export function SegmentsCard({ report, control, colours }: Props) {
  const { segments, metrics } = report;
  const views = viewsOf(segments, metrics);
  const [first] = views;
  const [chosen, choose] = useAddressValue('segments', first?.id ?? '');
  const view = views.find(({ id }) => id === chosen) ?? first;
  if (!view) return null;
  return (
    <section className="card" aria-labelledby="segments">
      <div className={head.head}>
        <h2 id="segments">Effect by segment</h2>
        {views.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Metric and variant shown by segment"
            value={view.id}
            onChange={(event) => choose(event.currentTarget.value)}
            data={views.map(({ id, label }) => ({ value: id, label }))}
          />
        )}
      </div>
      {views.length === 1 && <p className="muted small">{view.label}</p>}
      {view.segments.map((segment) => (
        <Attribute
          key={segment.attribute}
          segment={segment}
          beside={view.segments}
          metric={view.metric}
          control={control}
          colour={colours.get(segment.variant) ?? 'var(--live)'}
        />
      ))}
      <p className={`${styles.note} muted small`}>
        Ring and bar: the estimate in the segment with its own 95{THIN}% interval. The thin line is corrected for the
        number of values: those of one attribute hold together. Diamond: the estimate drawn towards the common effect by
        as much as noise explains; it is the better guess.{' '}
        {correctionSentence(segments.filter(({ heterogeneity }) => heterogeneity).length)} Segments describe; they do
        not decide.{report.phase?.plan.covariates && ' They are not adjusted for covariates.'}
      </p>
    </section>
  );
}

/** What keeps many questions from finding something by chance. */
const correctionSentence = (questions: number): string =>
  questions === 1
    ? 'Whether the effect differs was asked once, so nothing needs a correction.'
    : `Whether the effect differs was asked ${questions} times (attributes, metrics and variants), and every answer is corrected for that number.`;

type View = { id: string; label: string; metric: MetricReport; segments: SegmentReport[] };

/** One view a metric and challenger, in the order of the report. */
function viewsOf(segments: SegmentReport[], metrics: MetricReport[]): View[] {
  const views = new Map<string, View>();
  for (const segment of segments) {
    const metric = metrics.find(({ key }) => key === segment.metric);
    if (!metric) continue;
    const id = `${segment.metric}~${segment.variant}`;
    const view = views.get(id) ?? { id, label: `${metric.name}, ${segment.variant}`, metric, segments: [] };
    view.segments.push(segment);
    views.set(id, view);
  }
  return [...views.values()];
}

type AttributeProps = {
  segment: SegmentReport;
  beside: SegmentReport[];
  metric: MetricReport;
  control: string;
  colour: string;
};

function Attribute({ segment, beside, metric, control, colour }: AttributeProps) {
  const { attribute, sentence, values, heterogeneity } = segment;
  return (
    <div className={styles.attribute}>
      {values.length === 0 ? (
        <>
          <h3>By {attribute}</h3>
          <p>{sentence}</p>
        </>
      ) : (
        <ChartPlace height={46 + 30 * values.length}>
          <SegmentsPlot kind={metric.kind} segment={segment} beside={beside} control={control} colour={colour} />
        </ChartPlace>
      )}
      {heterogeneity && <p className="muted small numbers">{heterogeneityText(metric.kind, heterogeneity)}</p>}
    </div>
  );
}

type Heterogeneity = NonNullable<SegmentReport['heterogeneity']>;

/** The common effect, what is more than noise, and the tests that may be shown: p only at the end. */
function heterogeneityText(kind: MetricReport['kind'], one: Heterogeneity): string {
  const { common, q, degreesOfFreedom, shareOfVariance, logEValue, pValue, adjustedPValue, oppositeSignsPValue } = one;
  const interval = {
    lower: common.estimate - z95 * common.standardError,
    upper: common.estimate + z95 * common.standardError,
  };
  return [
    `Common effect ${differenceText(kind, { estimate: common.estimate, interval })}`,
    `Q = ${plain(q, 1)} on ${counted(degreesOfFreedom, 'degree', 'degrees')} of freedom, ${wholePercent(shareOfVariance)} of the spread is more than noise`,
    `evidence that it differs: ${eValueText(logEValue)}`,
    pValue === null ? null : `${pText(pValue, null)} at the end`,
    adjustedPValue === null ? null : `adjusted for all segments ${pText(adjustedPValue, null)}`,
    oppositeSignsPValue === null ? null : `help for some and harm for others: ${pText(oppositeSignsPValue, null)}`,
  ]
    .filter((part) => part !== null)
    .join('; ');
}
