import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { BanditInference } from './bandit-inference.tsx';
import { BanditOverTime } from './bandit-over-time.tsx';
import { BanditPosterior } from './bandit-posterior.tsx';
import { OffPolicyCard } from './off-policy-card.tsx';
import { RewardsCard } from './rewards-card.tsx';

type Props = { bandit: BanditReport; report: Report; colours: Map<string, string> };

/** Where the weights stand, what they learnt from, and what may be inferred. */
export default function BanditPart({ bandit, report, colours }: Props) {
  return (
    <>
      <BanditOverTime bandit={bandit} report={report} colours={colours} />
      <RewardsCard bandit={bandit} />
      <BanditPosterior bandit={bandit} colours={colours} />
      <BanditInference bandit={bandit} colours={colours} />
      <OffPolicyCard bandit={bandit} report={report} colours={colours} />
    </>
  );
}
