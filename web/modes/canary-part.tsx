import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { dateTime } from '../format.ts';
import { rampSteps as rampMoves } from '../parts/lifecycle.ts';
import { MoveButtons } from '../parts/move-buttons.tsx';
import styles from './canary-part.module.css';
import { rampSteps, rampTitle, stepFacts } from './canary-words.ts';
import { FactList } from './fact-list.tsx';
import { GuardrailsCard } from './guardrails-card.tsx';
import { RampHistoryCard } from './ramp-history-card.tsx';
import { RampPlanCard } from './ramp-plan-card.tsx';

type Props = { canary: CanaryReport; report: Report; colours: Map<string, string> };

/** A ramp: where it stands, what guards it, and what it has done. */
export default function CanaryPart({ canary, report, colours }: Props) {
  return (
    <>
      <RampCard canary={canary} report={report} />
      <GuardrailsCard canary={canary} colours={colours} />
      <RampPlanCard canary={canary} />
      <RampHistoryCard canary={canary} />
    </>
  );
}

function RampCard({ canary, report }: Omit<Props, 'colours'>) {
  const { rolledBack, decision } = canary;
  const running = report.phase?.state === 'running';
  const steps = rampSteps(canary, report.phase?.canary?.steps.map(({ share }) => share) ?? []);
  return (
    <section className="card" aria-labelledby="ramp">
      <div className={styles.head}>
        <h2 id="ramp">{rampTitle(canary)}</h2>
        {running && <MoveButtons report={report} steps={rampMoves(report.experiment)} align="end" />}
      </div>
      {rolledBack && (
        <p>
          <span className={styles.back}>Rolled back on {dateTime(rolledBack.at)}.</span> The numbers below include calls
          that were still under way.
        </p>
      )}
      <ol className={styles.ramp} aria-label="Steps of the ramp">
        {steps.map(({ step, share, state, label }) => (
          <li key={step} className={styles[state]} aria-current={state === 'present' ? 'step' : undefined}>
            <span aria-hidden="true" className={styles.bar} style={{ height: `${Math.max(2, share * 100)}%` }} />
            <span className={styles.label}>{label}</span>
          </li>
        ))}
      </ol>
      <FactList
        facts={[
          ...stepFacts(canary),
          ...(running ? [['In this step since', dateTime(canary.enteredAt)] as [string, string]] : []),
          ...(running && decision.nextCheckAt
            ? [['Expected to be complete', dateTime(decision.nextCheckAt)] as [string, string]]
            : []),
        ]}
      />
    </section>
  );
}
