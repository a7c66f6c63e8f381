import { Link } from 'react-router';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { GateReport } from '../../server/contract/gate-contract.ts';
import { Icon } from './icons.tsx';
import styles from './phase-stepper.module.css';
import { type PhaseStep, phaseSteps, type StepReason } from './phase-steps.ts';
import { Badge } from './state-badge.tsx';
import { gateLooks } from './tones.ts';

type Props = {
  experiment: Experiment;
  /** Of the running phase; null: not known here, or nothing runs. */
  gate: GateReport | null;
  /** The time for which it is told, as an ISO time. */
  now: string;
  /** Position of the phase that the page is about. */
  shown?: number | null;
};

/** More of them have no room beside each other. */
const MOST_BESIDE = 5;

/** The plan as steps from the first phase to the decision, with the reasons on each gate. */
export function PhaseStepper({ experiment, gate, now, shown = null }: Props) {
  const steps = phaseSteps(experiment, gate, now);
  return (
    <ol
      className={`${styles.steps} ${steps.length <= MOST_BESIDE ? styles.beside : ''}`}
      aria-label="Steps of the plan"
    >
      {steps.map((step) => (
        <StepItem
          key={step.id}
          step={step}
          experiment={experiment}
          shown={step.report !== null && step.report === shown}
        />
      ))}
    </ol>
  );
}

type ItemProps = { step: PhaseStep; experiment: Experiment; shown: boolean };

function StepItem({ step, experiment, shown }: ItemProps) {
  const { title, look, current, plan, times, gate, pauses } = step;
  return (
    <li
      className={`${styles.step} ${look.tone}`}
      data-done={step.look.tone !== 'tone-quiet'}
      aria-current={current ? 'step' : undefined}
    >
      <span className={styles.dot}>
        <Icon name={look.icon} size={18} />
      </span>
      <div className={styles.words}>
        <div className={styles.name}>
          <h3>{title}</h3>
          <Badge look={look} />
        </div>
        {plan && <p className="small">{plan}</p>}
        {times && <p className="muted small">{times}</p>}
        {pauses.map((sentence) => (
          <p key={sentence} className="small">
            {sentence}
          </p>
        ))}
        {gate && <GateReasons {...gate} />}
        {step.report !== null && experiment.phases.length > 1 && (
          <ReportLink experiment={experiment} position={step.report} shown={shown} />
        )}
      </div>
    </li>
  );
}

function GateReasons({ title, reasons }: { title: string; reasons: StepReason[] }) {
  return (
    <div className={`${styles.gate} small`}>
      <p className={styles.gateName}>{title}</p>
      <ul>
        {reasons.map(({ text, state }) => (
          <li key={text} className={state ? gateLooks[state].tone : undefined}>
            {state && (
              <span className={styles.mark} role="img" aria-label={gateLooks[state].label}>
                <Icon name={gateLooks[state].icon} size={14} />
              </span>
            )}
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function ReportLink({ experiment, position, shown }: { experiment: Experiment; position: number; shown: boolean }) {
  if (shown) return <p className="muted small">Shown on this page</p>;
  const last = experiment.phases.findLast(({ state }) => state !== 'planned');
  const query = position === last?.position ? '' : `?phase=${position}`;
  return (
    <Link className="small" to={`/experiments/${encodeURIComponent(experiment.key)}${query}`}>
      Report of phase {position + 1}
    </Link>
  );
}
