import type { Experiment } from '../../server/contract/catalog.ts';
import type { ExperimentEdit } from '../../server/contract/life-cycle-contract.ts';
import type { Phase, PhaseInput } from '../../server/contract/phase-contract.ts';
import { splitOf } from './experiment-draft.ts';
import type { PlanInput } from './plan-fields.ts';
import { marginJson, planJson } from './plan-json.ts';

/** The tests of a draft that a plan can be saved into. */
export const plannablePhases = ({ state, phases }: Pick<Experiment, 'state' | 'phases'>): Phase[] =>
  state === 'draft' ? phases.filter(({ mode, assignment }) => mode === 'ab' && assignment === 'hash') : [];

export const challengersOf = ({ split }: Pick<Phase, 'split'>): string[] =>
  split.filter(({ control }) => !control).map(({ variant }) => variant);

/** The phase with the plan in it: what the planner does not ask stays as it was. */
export function phaseWithPlan(phase: Phase, input: PlanInput, units: number): PhaseInput {
  const { assignment, continues, sticky, gate, plan } = phase;
  const control = phase.split.find((each) => each.control)?.variant ?? '';
  const { covariates, ...wanted } = planJson(input, units);
  return {
    mode: 'ab',
    assignment,
    continues,
    sticky,
    gate,
    split: splitOf(control, challengersOf(phase), input),
    plan: {
      ...plan,
      looks: null,
      durationSeconds: null,
      minimumEffect: null,
      ...(input.design === 'fixed' ? {} : { correction: 'holm' as const }),
      ...wanted,
      level: input.level,
      covariates: plan.covariates ?? covariates ?? null,
    },
  };
}

/** The metrics with the margin that is planned for; null: they are as the plan needs them. */
export function metricsWithMargin(
  { metrics }: Pick<Experiment, 'metrics'>,
  metric: string,
  input: PlanInput,
): NonNullable<ExperimentEdit['metrics']> | null {
  if (input.question !== 'not_worse' || metric === '') return null;
  const { role, margin } = marginJson(input);
  const kept = metrics.map((each) => ({ metric: each.metric, role: each.role, margin: each.margin }));
  if (!kept.some((each) => each.metric === metric)) return [...kept, { metric, role, margin }];
  return kept.map((each) => (each.metric === metric ? { ...each, margin } : each));
}
