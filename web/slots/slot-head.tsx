import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { Slot } from '../../server/contract/catalog.ts';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import headStyles from '../parts/experiment-head.module.css';
import { Icon } from '../parts/icons.tsx';
import moveStyles from '../parts/move-buttons.module.css';
import { Badge } from '../parts/state-badge.tsx';
import type { SlotQuestion } from './slot-dialog.tsx';
import { resumeQuestion, stopQuestion } from './slot-questions.ts';
import { answersSentence, isOpen, limitText, outputText, switchLook } from './slot-words.ts';

type Props = {
  slot: Slot;
  experiments: ExperimentSummary[];
  resumable: string[];
  onAsk: (question: SlotQuestion) => void;
};

/** What the slot is, who answers now, and its kill switch. */
export function SlotHead({ slot, experiments, resumable, onAsk }: Props) {
  const open = experiments.filter(isOpen);
  return (
    <header className={headStyles.head}>
      <Link to="/slots" className={`${headStyles.back} muted small`}>
        <Icon name="back" size={14} />
        Slots
      </Link>
      <div className={headStyles.top}>
        <div className={headStyles.words}>
          <div className={headStyles.name}>
            <h1>{slot.key}</h1>
            <Badge look={switchLook(open)} />
          </div>
          <p className={headStyles.hypothesis}>{answersSentence(slot, open)}</p>
          <dl className={`${headStyles.facts} small`}>
            <Fact name="Answers">{outputText(slot)}</Fact>
            <Fact name="Champion">
              <code>{slot.champion}</code>
            </Fact>
            <Fact name="Time limit of a call">{limitText(slot)}</Fact>
            <Fact name="Why this variant?">
              <Link to={`/explain?slot=${encodeURIComponent(slot.key)}`}>Explain a unit</Link>
            </Fact>
          </dl>
        </div>
        <Switch slot={slot.key} open={open} resumable={resumable} onAsk={onAsk} />
      </div>
    </header>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type SwitchProps = { slot: string; open: ExperimentSummary[]; resumable: string[]; onAsk: Props['onAsk'] };

function Switch({ slot, open, resumable, onAsk }: SwitchProps) {
  const running = open.filter(({ state }) => state === 'running').map(({ name }) => name);
  const stopReason = running.length > 0 ? null : 'Nothing runs here that could be stopped.';
  const resumeReason = open.length > 0 ? 'What was rolled back goes on from its own page.' : null;
  return (
    <div className={`${moveStyles.buttons} ${moveStyles.end}`}>
      <div className={moveStyles.row}>
        {open.length > running.length && (
          <Button
            disabled={resumable.length === 0}
            aria-describedby={resumable.length === 0 ? 'resume-reason' : undefined}
            onClick={() => onAsk(resumeQuestion(slot, resumable))}
          >
            Resume
          </Button>
        )}
        <Button
          variant="default"
          {...(stopReason === null ? { className: moveStyles.grave } : {})}
          disabled={stopReason !== null}
          aria-describedby={stopReason === null ? undefined : 'stop-reason'}
          onClick={() => onAsk(stopQuestion(slot, running))}
        >
          Kill switch
        </Button>
      </div>
      {stopReason !== null && (
        <p id="stop-reason" className="muted small">
          Kill switch: {stopReason}
        </p>
      )}
      {open.length > running.length && resumable.length === 0 && (
        <p id="resume-reason" className="muted small">
          Resume: {resumeReason}
        </p>
      )}
    </div>
  );
}
