import type { Experiment } from '../../server/contract/catalog.ts';
import type { GateReport, GateState } from '../../server/contract/gate-contract.ts';
import type { Phase } from '../../server/contract/phase-contract.ts';
import { dateTime, words } from '../format.ts';
import { modeNames } from './mode-names.ts';
import { gateTitles, pauseSentences, phaseLook, phasePlan, phaseTimes } from './phase-words.ts';
import type { Look } from './tones.ts';

export type StepReason = { text: string; state: GateState | null };

/** One step of the plan: a phase, or the decision at the end. */
export type PhaseStep = {
  id: string;
  title: string;
  look: Look;
  current: boolean;
  /** What is declared. */
  plan: string | null;
  times: string | null;
  /** What the gate behind this step says, or why it was passed. */
  gate: { title: string; reasons: StepReason[] } | null;
  pauses: string[];
  /** Position of a phase that has a report of its own. */
  report: number | null;
};

type Subject = Pick<Experiment, 'state' | 'phases' | 'concludedAt'>;

/** The plan from its first phase to the decision; `gate` is that of the running phase. */
export function phaseSteps(experiment: Subject, gate: GateReport | null, now: string): PhaseStep[] {
  const paused = experiment.state === 'paused';
  const steps = experiment.phases.map((phase) => ({
    id: String(phase.id),
    title: `${phase.position + 1}. ${modeNames[phase.mode]}`,
    look: phaseLook(phase, paused),
    current: phase.state === 'running',
    plan: phasePlan(phase),
    times: phaseTimes(phase),
    gate: gateOf(phase, gate, experiment),
    pauses: pauseSentences(phase.pauses, now),
    report: phase.state === 'planned' ? null : phase.position,
  }));
  return [...steps, decidedStep(experiment)];
}

function gateOf(phase: Phase, gate: GateReport | null, { phases, state }: Subject): PhaseStep['gate'] {
  if (phase.state === 'ended') {
    return phase.endReason
      ? { title: endTitles[phase.endedAs ?? 'concluded'], reasons: [plain(phase.endReason)] }
      : null;
  }
  if (phase.state === 'planned') return { title: 'What starts it', reasons: [plain(startWords(phase, phases, state))] };
  if (!gate) return null;
  const limits = gate.limits.map((limit) => ({ text: limitText(limit), state: limit.state }));
  return {
    title: gateTitles[gate.state],
    reasons: limits.length > 0 ? limits : [{ text: gate.sentence, state: gate.state }],
  };
}

const endTitles: Record<NonNullable<Phase['endedAs']>, string> = {
  advanced: 'Why it handed over',
  rolled_back: 'Why it was rolled back',
  concluded: 'Why it ended',
};

const plain = (text: string): StepReason => ({ text, state: null });

/** The sentence of a limit names it, except where it is short. */
const limitText = ({ name, sentence }: GateReport['limits'][number]): string =>
  sentence.toLowerCase().includes(words(name).toLowerCase()) ? sentence : `${capital(words(name))}: ${sentence}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Who starts a phase that is to come. */
function startWords({ position }: Phase, phases: readonly Phase[], state: Subject['state']): string {
  if (state === 'concluded') return 'It was not reached.';
  const before = phases.find((phase) => phase.position === position - 1);
  if (!before) return 'A person starts the experiment.';
  return before.gate === 'automatic'
    ? `Starts by itself when phase ${position} passes.`
    : `A person starts it once phase ${position} is fit to hand over.`;
}

function decidedStep({ state, phases, concludedAt }: Subject): PhaseStep {
  const done = state === 'concluded';
  const rolledBack = !done && phases.findLast((phase) => phase.state !== 'planned')?.endedAs === 'rolled_back';
  const reason = rolledBack
    ? 'After the rollback a person decides how it goes on.'
    : 'A person concludes it, and says who answers from then on.';
  return {
    id: 'decided',
    title: 'Decided',
    look: done
      ? { label: 'Concluded', tone: 'tone-good', icon: 'flag' }
      : { label: 'To come', tone: 'tone-quiet', icon: 'dashed' },
    current: false,
    plan: null,
    times: done && concludedAt ? dateTime(concludedAt) : null,
    gate: done ? null : { title: 'What leads here', reasons: [plain(reason)] },
    pauses: [],
    report: null,
  };
}
