import type { CanaryReport } from '../../server/contract/canary-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { RampTrialButton } from '../parts/ramp-trial-button.tsx';
import styles from './canary-part.module.css';
import { RampPlanTable } from './ramp-plan-table.tsx';

/** What the ramp asks of each step, and what another one would ask, or would have done. */
export function RampPlanCard({ canary, report }: { canary: CanaryReport; report: Report }) {
  const { plan, guardrails } = canary;
  return (
    <section className="card" aria-labelledby="ramp-plan">
      <div className={styles.head}>
        <h2 id="ramp-plan">What each step needs</h2>
        {report.phase && (
          <RampTrialButton experiment={report.experiment} phase={report.phase} label="Try another ramp" />
        )}
      </div>
      <p>{plan.sentence}</p>
      <RampPlanTable
        plan={plan}
        names={guardrails.map(({ name }) => name)}
        label="What each step needs"
        current={canary.rolledBack === null ? canary.step : null}
      />
    </section>
  );
}
