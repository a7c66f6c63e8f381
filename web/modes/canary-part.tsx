import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { GuardrailsCard } from './guardrails-card.tsx';
import { RampCard } from './ramp-card.tsx';
import { RampHistoryCard } from './ramp-history-card.tsx';
import { RampPlanCard } from './ramp-plan-card.tsx';

type Props = { canary: CanaryReport; report: Report; colours: Map<string, string> };

/** A ramp: where it stands, what guards it, and what it has done. */
export default function CanaryPart({ canary, report, colours }: Props) {
  return (
    <>
      <RampCard canary={canary} report={report} colours={colours} />
      <GuardrailsCard canary={canary} colours={colours} />
      <RampPlanCard canary={canary} report={report} />
      <RampHistoryCard canary={canary} />
    </>
  );
}
