import type { Experiment } from '../../server/contract/catalog.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { advanceStep } from './lifecycle.ts';
import { MoveButtons } from './move-buttons.tsx';
import { PhaseStepper } from './phase-stepper.tsx';
import { gateTitles, handOverSentence } from './phase-words.ts';
import styles from './phases-card.module.css';
import { RampTrialButton } from './ramp-trial-button.tsx';
import { Badge } from './state-badge.tsx';
import { gateLooks } from './tones.ts';

/** Whether there is more to tell than the head of the page does. */
export const hasPlan = ({ phases }: Pick<Experiment, 'phases'>): boolean =>
  phases.length > 1 || phases.some(({ mode, pauses }) => mode !== 'ab' || pauses.length > 0);

/** The plan of the experiment: its phases, where it stands, and whether it may go on. */
export function PhasesCard({ report }: { report: Report }) {
  const { experiment, phase, gate, computedAt } = report;
  const open = experiment.state === 'running' || experiment.state === 'paused';
  const current = phase?.state === 'running' ? gate : null;
  return (
    <section className="card" aria-labelledby="phases">
      <h2 id="phases">Phases</h2>
      <PhaseStepper experiment={experiment} gate={current} now={computedAt} shown={phase?.position ?? null} />
      <PlannedRamps experiment={experiment} />
      {open && <HandOver report={report} />}
    </section>
  );
}

/** Ramps that are to come can be checked, and changed, before they start. */
function PlannedRamps({ experiment }: { experiment: Experiment }) {
  const planned = experiment.phases.filter(({ mode, state }) => mode === 'canary' && state === 'planned');
  if (planned.length === 0 || experiment.state === 'concluded') return null;
  return (
    <div className={styles.ramps}>
      {planned.map((phase) => (
        <RampTrialButton
          key={phase.id}
          experiment={experiment}
          phase={phase}
          label={`Check the ramp of phase ${phase.position + 1}`}
        />
      ))}
    </div>
  );
}

/** The gate of the running phase beside the button that it guards. */
function HandOver({ report }: { report: Report }) {
  const { experiment, phase, gate } = report;
  const current = phase?.state === 'running' ? gate : null;
  return (
    <div className={styles.gate}>
      <div>
        {current && (
          <>
            <div className={styles.name}>
              <h3>{gateTitles[current.state]}</h3>
              <Badge look={gateLooks[current.state]} />
            </div>
            {current.sentence !== report.verdict.sentence && <p>{current.sentence}</p>}
          </>
        )}
        <p className="muted small">{handOverSentence(experiment)}</p>
      </div>
      <MoveButtons report={report} steps={[advanceStep(experiment)]} align="end" />
    </div>
  );
}
