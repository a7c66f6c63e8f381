import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { count, dateTime, NONE, plain, weightPercent } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { differenceWords } from './canary-words.ts';
import { useMetricKinds } from './use-metric-kinds.ts';

type Step = CanaryReport['history'][number];

/** What each step was entered for, what it served, and whom. */
export function RampHistoryCard({ canary }: { canary: CanaryReport }) {
  const { candidate, control, history, sampleRatio, metrics, step } = canary;
  const kindOf = useMetricKinds();
  const measured = metrics.filter(({ steps }) => steps.length > 0);
  return (
    <section className="card" aria-labelledby="ramp-steps">
      <h2 id="ramp-steps">Steps taken</h2>
      <DataTable
        label="Steps taken"
        head="Step"
        columns={[
          { name: 'Since' },
          { name: `Requests of ${candidate}` },
          { name: 'Failed' },
          { name: `Requests of ${control}` },
          { name: 'Failed, control' },
          { name: 'Mean time, ms' },
          { name: 'Why it was entered', wide: true },
        ]}
        rows={history.map((each) => ({
          id: String(each.step),
          head: `${each.step}: ${weightPercent(each.share)}`,
          cells: stepCells(each),
          current: each.step === step && each.endedAt === null,
        }))}
      />
      <h3 style={{ marginTop: '1.25rem' }}>Units by step</h3>
      <p>{sampleRatio.sentence}</p>
      {sampleRatio.steps.length > 0 && (
        <DataTable
          label="Units by step"
          head="Step"
          columns={[{ name: candidate }, { name: 'Expected' }, { name: control }]}
          rows={sampleRatio.steps.map((each) => ({
            id: String(each.step),
            head: String(each.step),
            cells: [count(each.candidate), plain(each.expectedCandidate, 1), count(each.control)],
          }))}
        />
      )}
      {measured.length > 0 && (
        <>
          <h3 style={{ marginTop: '1.25rem' }}>Metrics so far, not for decisions</h3>
          <DataTable
            label="Metrics over steps"
            head="Metric"
            columns={[{ name: `${candidate} minus ${control}` }, { name: 'Mature units' }]}
            rows={measured.map(({ metric, name, difference, steps }) => ({
              id: metric,
              head: name,
              cells: [
                differenceWords(difference, kindOf(metric)),
                count(steps.reduce((sum, each) => sum + each.candidate.units + each.control.units, 0)),
              ],
            }))}
          />
        </>
      )}
    </section>
  );
}

function stepCells(each: Step): string[] {
  const ms = (value: number | null) => (value === null ? NONE : plain(value, value < 100 ? 1 : 0));
  return [
    dateTime(each.startedAt),
    count(each.candidateRequests),
    count(each.candidateErrors),
    count(each.championRequests),
    count(each.championErrors),
    `${ms(each.candidateMeanMs)} against ${ms(each.championMeanMs)}`,
    each.reason ?? 'The first step.',
  ];
}
