import { CodeCard } from '../parts/code-card.tsx';
import type { PlanInput } from './plan-fields.ts';
import { marginJson, planJson } from './plan-json.ts';
import type { UnitPlan } from './plan-units.ts';

/** What to paste into the request that creates the experiment. */
export function PlanJsonCard({ input, plan }: { input: PlanInput; plan: UnitPlan }) {
  const whole = {
    plan: planJson(input, plan.total),
    ...(input.question === 'not_worse' ? { metrics: [marginJson(input)] } : {}),
  };
  return (
    <CodeCard id="plan-json" title="Plan as JSON" code={JSON.stringify(whole, null, 2)}>
      The plan of a phase for <a href="/docs">POST /api/experiments</a>
      {input.question === 'not_worse' && ', and what stands beside the key of this metric'}.
    </CodeCard>
  );
}
