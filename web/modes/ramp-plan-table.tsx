import type { CanaryPlan } from '../../server/contract/canary-plan-contract.ts';
import { count, NONE, percentOf, weightPercent } from '../format.ts';
import { DataTable } from '../parts/data-table.tsx';

type Step = CanaryPlan['steps'][number];
type Props = { plan: CanaryPlan; names: string[]; label: string; current?: number | null };

/** What a ramp asks of each step, beside what its guardrails on calls need to say anything. */
export function RampPlanTable({ plan, names, label, current = null }: Props) {
  const rates = (plan.steps[0]?.guardrails ?? []).flatMap(({ kind, guardrail }) =>
    kind === 'metric' ? [] : [{ name: names[guardrail] ?? kind, place: guardrail }],
  );
  return (
    <>
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
        label={label}
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
          current: each.step === current,
        }))}
      />
    </>
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
