import { describe, expect, it } from 'vitest';
import type { Transition } from '../../server/contract/catalog.ts';
import { experimentToContract } from '../../server/experiments/experiment-contract.ts';
import type { ExperimentRow, PhaseRow } from '../../server/experiments/experiment-store.ts';
import { possibleTransitions, refuseSenseless, TRANSITIONS } from '../../server/experiments/possible-transitions.ts';
import { experimentOf, phaseOf, START } from './report-fixture.ts';

const settings = {
  canary: {
    steps: [0.1, 0.5].map((share) => ({ share, minimumSeconds: 0, minimumRequests: 0 })),
    alpha: 0.05,
    guardrails: [],
  },
};
const canary = (changes: Partial<PhaseRow> = {}) => phaseOf({}, { mode: 'canary', settings, ...changes });
const hold = { by: 'Ann', at: START.toISOString(), reason: 'a release' };
const planned = phaseOf({}, { id: 2, position: 1, state: 'planned' });

function situation(state: ExperimentRow['state'], ...phases: PhaseRow[]): ExperimentRow {
  return { ...experimentOf([], phases[0] ?? planned), state, phases };
}

/** Every situation an experiment can be in, and all that can be done then. */
const SITUATIONS: [string, ExperimentRow, Transition[]][] = [
  ['a draft', situation('draft', { ...planned, position: 0 }), ['start']],
  [
    'running, a phase to come',
    situation('running', phaseOf({}), planned),
    ['pause', 'advance', 'roll-back', 'conclude'],
  ],
  ['running its last phase', situation('running', phaseOf({})), ['pause', 'roll-back', 'conclude']],
  ['paused', situation('paused', phaseOf({}), planned), ['resume', 'roll-back', 'conclude']],
  [
    'rolled back, a phase to come',
    situation('paused', phaseOf({}, { state: 'ended' }), planned),
    ['advance', 'conclude'],
  ],
  ['rolled back from its last phase', situation('paused', phaseOf({}, { state: 'ended' })), ['conclude']],
  ['on a ramp', situation('running', canary()), ['pause', 'roll-back', 'hold', 'step', 'conclude']],
  [
    'at the last step of a ramp',
    situation('running', canary({ step: 2 }), planned),
    ['pause', 'advance', 'roll-back', 'hold', 'conclude'],
  ],
  ['on a ramp that is held', situation('running', canary({ hold })), ['pause', 'roll-back', 'release', 'conclude']],
  ['on a ramp that is paused', situation('paused', canary()), ['resume', 'roll-back', 'hold', 'conclude']],
  ['concluded', situation('concluded', phaseOf({}, { state: 'ended' }), planned), []],
];

describe.each(SITUATIONS)('%s', (_, row, possible) => {
  it.each(TRANSITIONS)('%s', (transition) => {
    const attempt = () => refuseSenseless(row, transition);
    if (possible.includes(transition)) return expect(attempt).not.toThrow();
    const offer = possible.length > 0 ? `Possible now: ${possible.join(', ')}.` : 'Nothing can change it any more.';
    expect(attempt).toThrow(offer);
    expect(attempt).toThrow(`Experiment "experiment" is ${row.state}: it cannot `);
  });
});

it('says why where the state does not', () => {
  const why = (row: ExperimentRow, transition: Transition) => {
    try {
      refuseSenseless(row, transition);
    } catch (error) {
      return String(error);
    }
    return 'possible';
  };
  const named = (name: string) => SITUATIONS.find(([each]) => each === name)?.[1] as ExperimentRow;
  expect(why(named('rolled back, a phase to come'), 'resume')).toContain('advance to the next phase or conclude');
  expect(why(named('rolled back from its last phase'), 'advance')).toContain(
    'add one with POST /api/experiments/experiment/phases or conclude',
  );
  expect(why(named('on a ramp that is held'), 'step')).toContain('Ann holds it (a release); release it first');
  expect(why(named('at the last step of a ramp'), 'step')).toContain('step 2 of 2 is the last');
  expect(possibleTransitions(named('a draft'))).toEqual(['start']);
  const told = experimentToContract(named('on a ramp that is held')).transitions;
  expect(told).toContainEqual({ transition: 'release', obstacle: null });
  expect(told).toContainEqual({ transition: 'hold', obstacle: 'Ann holds it already' });
  expect(told).toContainEqual({ transition: 'start', obstacle: 'the experiment is running' });
});
