import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import { count, NONE, percentOf, weightPercent } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';

type Step = CanaryReport['plan']['steps'][number];

/** What the ramp asks of each step, beside what its guardrails on calls need to say anything. */
export function RampPlanCard({ canary }: { canary: CanaryReport }) {
  const { plan, guardrails } = canary;
  const rates = guardrails.flatMap(({ kind, name }, place) => (kind === 'metric' ? [] : [{ name, place }]));
  return (
    <section className="card" aria-labelledby="ramp-plan">
      <h2 id="ramp-plan">What each step needs</h2>
      <p>{plan.sentence}</p>
      <p className="muted small">
        Requests of the candidate with which a guardrail speaks with probability 80 %, as if every request were another
        unit:{' '}
        {plan.errorRate === null
          ? 'the error rate of the champion is not known before 1,000 of its calls, 10 of them failed, are known.'
          : `${percentOf(plan.errorRate)} of the champion's calls fail.`}{' '}
        “Passes” is of an identical candidate, “finds harm” of one worse by twice the margin; – where nobody knows how
        frequent the events are.
      </p>
      <DataTable
        label="What each step needs"
        head="Step"
        columns={[
          { name: 'Takes about' },
          { name: 'Its minimum' },
          ...rates.flatMap(({ name }) => [{ name: `${name}: passes` }, { name: `${name}: finds harm` }]),
        ]}
        rows={plan.steps.map((each) => ({
          id: String(each.step),
          head: `${each.step}: ${weightPercent(each.share)}`,
          cells: [
            each.seconds === null ? NONE : timeWords(each.seconds),
            count(each.minimumRequests),
            ...rates.flatMap(({ place }) => neededCells(each, place)),
          ],
          current: each.step === canary.step && canary.rolledBack === null,
        }))}
      />
    </section>
  );
}

function neededCells({ guardrails }: Step, place: number): string[] {
  const found = guardrails.find(({ guardrail }) => guardrail === place);
  return [found?.neededForPass, found?.neededForHarm].map((needed) =>
    needed === null || needed === undefined ? NONE : count(needed),
  );
}

/** "45 s", "12 min", "3.5 h", "2.1 days". */
function timeWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} days`;
}
