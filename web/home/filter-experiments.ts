import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import { count, counted } from '../format.ts';

type State = ExperimentSummary['state'];

export const stateChoices = ['all', 'running', 'paused', 'draft', 'concluded'] as const;
export type StateChoice = (typeof stateChoices)[number];

export const isStateChoice = (text: string | null): text is StateChoice =>
  stateChoices.some((choice) => choice === text);

const order: Record<State, number> = { running: 0, paused: 1, draft: 2, concluded: 3 };

/** Those in a state whose words all occur, what needs eyes first; within a state the newest. */
export function filterExperiments(all: ExperimentSummary[], state: StateChoice, text: string): ExperimentSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all
    .filter((one) => state === 'all' || one.state === state)
    .filter(({ name, key, slot }) => words.every((word) => `${name} ${key} ${slot}`.toLowerCase().includes(word)))
    .toSorted(byUrgency);
}

const byUrgency = (a: ExperimentSummary, b: ExperimentSummary) =>
  order[a.state] - order[b.state] ||
  (b.startedAt ?? '').localeCompare(a.startedAt ?? '') ||
  a.name.localeCompare(b.name);

/** "5 experiments, 2 running", "2 of 5 experiments". */
export function listText(all: ExperimentSummary[], shown: number): string {
  if (shown < all.length) return `${count(shown)} of ${counted(all.length, 'experiment')}`;
  const running = all.filter(({ state }) => state === 'running').length;
  return `${counted(all.length, 'experiment')}, ${running === 0 ? 'none' : count(running)} running`;
}
