import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { BanditInference } from './bandit-inference.tsx';
import { BanditOverTime } from './bandit-over-time.tsx';
import { BanditPosterior } from './bandit-posterior.tsx';
import { epochFacts } from './bandit-words.ts';
import { FactList } from './fact-list.tsx';
import { ModeCard } from './mode-card.tsx';
import { OffPolicyCard } from './off-policy-card.tsx';

type Props = { bandit: BanditReport; report: Report; colours: Map<string, string> };

/** Where the weights stand, what they learnt from, and what may be inferred. */
export default function BanditPart({ bandit, report, colours }: Props) {
  return (
    <>
      <BanditOverTime bandit={bandit} colours={colours} />
      <ModeCard id="rewards" title="Rewards" sentence={bandit.open.sentence}>
        <p className="small">
          {bandit.reward.name}: {bandit.reward.sentence}
        </p>
        <FactList facts={epochFacts(bandit)} />
      </ModeCard>
      <BanditPosterior bandit={bandit} colours={colours} />
      <BanditInference bandit={bandit} colours={colours} />
      <OffPolicyCard bandit={bandit} report={report} colours={colours} />
    </>
  );
}
