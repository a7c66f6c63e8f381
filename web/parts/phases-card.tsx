import { Link } from 'react-router';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { words } from '../format.ts';
import { DataTable } from './data-table.tsx';
import { advanceStep } from './lifecycle.ts';
import { modeNames } from './mode-names.ts';
import { MoveButtons } from './move-buttons.tsx';
import { gateTitles, handOverSentence, pauseSentences, phaseLook, phasePlan, phaseTimes } from './phase-words.ts';
import styles from './phases-card.module.css';
import { Badge } from './state-badge.tsx';
import { gateLooks } from './tones.ts';

/** Whether there is more to tell than the head of the page does. */
export const hasPlan = ({ phases }: Pick<Experiment, 'phases'>): boolean =>
  phases.length > 1 || phases.some(({ mode, pauses }) => mode !== 'ab' || pauses.length > 0);

/** The plan of the experiment: its phases, where it stands, and whether it may go on. */
export function PhasesCard({ report }: { report: Report }) {
  const { experiment, phase } = report;
  const open = experiment.state === 'running' || experiment.state === 'paused';
  return (
    <section className="card" aria-labelledby="phases">
      <h2 id="phases">Phases</h2>
      <ol className={styles.list}>
        {experiment.phases.map((each) => (
          <PhaseItem key={each.id} phase={each} report={report} shown={each.position === phase?.position} />
        ))}
      </ol>
      {open && <HandOver report={report} />}
    </section>
  );
}

function PhaseItem({ phase, report, shown }: { phase: Phase; report: Report; shown: boolean }) {
  const { key, state, phases } = report.experiment;
  const times = phaseTimes(phase);
  const last = phases.findLast((each) => each.state !== 'planned');
  const query = phase.position === last?.position ? '' : `?phase=${phase.position}`;
  return (
    <li className={styles.phase} aria-current={phase.state === 'running' ? 'step' : undefined}>
      <div className={styles.name}>
        <h3>
          {phase.position + 1}. {modeNames[phase.mode]}
        </h3>
        <Badge look={phaseLook(phase, state === 'paused')} />
        {shown && phases.length > 1 && <span className="muted small">shown on this page</span>}
        {!shown && phase.state !== 'planned' && (
          <Link className="small" to={`/experiments/${encodeURIComponent(key)}${query}`}>
            Report of phase {phase.position + 1}
          </Link>
        )}
      </div>
      <p className="small">{phasePlan(phase)}</p>
      {times && <p className="muted small">{times}</p>}
      {phase.endReason && <p className={`${styles.reason} small`}>{phase.endReason}</p>}
      {pauseSentences(phase.pauses, report.computedAt).map((sentence) => (
        <p key={sentence} className="small">
          {sentence}
        </p>
      ))}
    </li>
  );
}

/** The gate of the running phase beside the button that it guards. */
function HandOver({ report }: { report: Report }) {
  const { experiment, phase, gate } = report;
  const current = phase?.state === 'running' ? gate : null;
  const advance = advanceStep(experiment);
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
      <MoveButtons report={report} steps={[advance]} align="end" />
      {current && phase?.mode !== 'canary' && current.limits.some(({ sentence }) => sentence !== current.sentence) && (
        <div className={styles.limits}>
          <DataTable
            label="Limits of the gate"
            head="Limit"
            columns={[
              { name: 'State', wide: true },
              { name: 'What it says', wide: true },
            ]}
            rows={current.limits.map(({ name, state, sentence }) => ({
              id: name,
              head: words(name),
              cells: [<Badge key="state" look={gateLooks[state]} />, sentence],
            }))}
          />
        </div>
      )}
    </div>
  );
}
