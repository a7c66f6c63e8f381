import type { Experiment } from '../server/contract/catalog.ts';
import type { Phase } from '../server/contract/phase-contract.ts';
import { path } from './admin-api.ts';
import type { Declared } from './declaration-files.ts';
import type { ExperimentDeclaration, PhaseDeclaration } from './declaration-schema.ts';
import type { Change } from './declared-change.ts';
import { type Difference, differencesOf } from './difference-list.ts';
import { controlOf, declaredPhase, experimentForm, type Form, phaseForm } from './normal-form.ts';

type At = Change['at'];

/** A new one is drafted, never started; of one that is there, what differs is edited as far as the server lets it. */
export function compareExperiment(
  { value: experiment, at }: Declared<ExperimentDeclaration>,
  stored: Experiment | undefined,
): Change[] {
  const { key, slot } = experiment;
  const common = { kind: 'experiment', key, reason: null, at } as const;
  if (!stored) {
    const modes = experiment.phases.map(({ mode }) => mode).join(', then ');
    const request = { method: 'POST', path: '/api/experiments', body: experiment } as const;
    return [{ ...common, action: 'create', summary: `a draft on ${slot}: ${modes}`, differences: [], request }];
  }
  if (stored.slot !== slot) {
    const differences = [{ path: ['slot'], from: stored.slot, to: slot }];
    const reason = 'an experiment stays on its slot: draft another one under another key.';
    return [{ ...common, action: 'impossible', summary: '', differences, reason, request: null }];
  }
  const changes = [...compareHead(experiment, stored, at), ...comparePhases(experiment, stored, at)];
  return stored.state === 'concluded' ? changes.map(afterConclusion) : changes;
}

const afterConclusion = (change: Change): Change => ({
  ...change,
  action: 'impossible',
  reason: 'it is concluded: take it out of the file, or declare what the server has.',
  request: null,
});

function compareHead(experiment: ExperimentDeclaration, stored: Experiment, at: At): Change[] {
  const form = experimentForm(experiment);
  const differences = differencesOf(experimentForm(stored), form);
  if (differences.length === 0) return [];
  const fields = new Set(differences.map(({ path: [field] }) => String(field)));
  const body = Object.fromEntries(Object.entries(form).filter(([field]) => fields.has(field)));
  const request = { method: 'PATCH', path: path`/api/experiments/${stored.key}`, body } as const;
  return [
    { action: 'update', kind: 'experiment', key: stored.key, summary: '', differences, reason: null, at, request },
  ];
}

function comparePhases({ phases }: ExperimentDeclaration, stored: Experiment, at: At): Change[] {
  const positions = stored.phases.map(({ position }) => position);
  const edits = phases.flatMap((phase, i) => {
    const known = stored.phases.find(({ position }) => position === i);
    const ofPhase: At = (field = []) => at(['phases', i, ...field]);
    return known ? comparePhase(stored.key, phase, known, ofPhase) : [addedPhase(stored.key, phase, i, ofPhase)];
  });
  // From the end, so that the others keep their positions.
  const removals = positions.filter((position) => position >= phases.length).sort((a, b) => b - a);
  return [...edits, ...removals.map((position) => removedPhase(stored, position, at))];
}

function comparePhase(key: string, phase: PhaseDeclaration, known: Phase, at: At): Change[] {
  const control = controlOf(known);
  const was = jsonOf(phaseForm(declaredPhase(known), control));
  const differences = differencesOf(was, jsonOf(phaseForm(phase, control))).filter(
    (each) => !isChosenAtStart(each, known),
  );
  if (differences.length === 0) return [];
  const common = { kind: 'phase', key: `${key}/${known.position}`, summary: known.mode, differences, at } as const;
  if (known.state === 'ended') {
    const reason = 'it has ended: declare what the server has, and new phases after those it has.';
    return [{ ...common, action: 'impossible', reason, request: null }];
  }
  const request = { method: 'PUT', path: path`/api/experiments/${key}/phases/${known.position}`, body: phase } as const;
  return [{ ...common, action: 'update', reason: null, request }];
}

/** Left open in the file, and fixed by the server when the phase started. */
function isChosenAtStart({ path: where, to }: Difference, { state }: Phase): boolean {
  if (state === 'planned' || to != null) return false;
  return ['thresholdMs', 'startedAt', 'endedAt'].includes(String(where.at(-1)));
}

function addedPhase(key: string, phase: PhaseDeclaration, position: number, at: At): Change {
  const request = { method: 'POST', path: path`/api/experiments/${key}/phases`, body: phase } as const;
  const common = { kind: 'phase', key: `${key}/${position}`, differences: [], reason: null, at } as const;
  return { ...common, action: 'create', summary: `${phase.mode}, at the end of the plan`, request };
}

function removedPhase({ key, phases }: Experiment, position: number, at: At): Change {
  const { mode, state } = phases.find((each) => each.position === position) ?? { mode: '', state: '' };
  const common = {
    kind: 'phase',
    key: `${key}/${position}`,
    summary: `${mode}, ${state}`,
    differences: [],
    at,
  } as const;
  if (state === 'ended') {
    return { ...common, action: 'impossible', reason: 'it has ended and stays: declare it as well.', request: null };
  }
  const request = { method: 'DELETE', path: path`/api/experiments/${key}/phases/${position}` } as const;
  return { ...common, action: 'remove', reason: null, request };
}

/** Without undefined members, as it travels. */
const jsonOf = (form: Form): unknown => JSON.parse(JSON.stringify(form));
