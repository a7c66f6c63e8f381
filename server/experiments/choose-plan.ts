import type { z } from 'zod';
import type { phaseInput } from '../contract/phase-contract.ts';
import { chosenDesign } from '../contract/plan-contract.ts';
import type { Design, Plan } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';

type Roles = { role: 'primary' | 'secondary' | 'guardrail' }[];
type PhaseInput = z.output<typeof phaseInput>;

/** What a plan left open is chosen, and what does not fit together is refused: both before the start. */
export function choosePlan(phase: PhaseInput, variants: number, metrics: Roles, where: string): Plan {
  const { plan, assignment } = phase;
  const { design, looks } = chosenDesign(plan, phase);
  if (phase.mode !== 'ab') return { ...plan, design, looks };
  const refuse = (message: string) => new AssayError('invalid_request', `${where}.plan: ${message}`);
  const external = assignment === 'external';
  const ends = external || plan.units !== null || plan.durationSeconds !== null;
  if (external && design !== 'fixed')
    throw refuse('an external phase has one look, when it is concluded: leave out "looks".');
  if (!external && plan.cluster !== null) {
    throw refuse(
      '"cluster" is for external phases; a phase of ours randomises by the unit, so send the cluster as the unit.',
    );
  }
  if (!ends && plan.minimumEffect === null && plan.design !== 'always_valid') {
    throw refuse(
      'declare "units" or "durationSeconds", so that the last look has its time, or "minimumEffect" for an always-valid design.',
    );
  }
  if (design !== 'always_valid' && !ends) {
    throw refuse('declare "units" or "durationSeconds", so that the last look has its time.');
  }
  if (design === 'always_valid' && plan.minimumEffect === null) {
    throw refuse('an always-valid design needs "minimumEffect", to which its bounds are tuned (0.02 = 2 %).');
  }
  if (design === 'fixed' && (plan.looks ?? 1) !== 1) throw refuse('a fixed design has one look.');
  if (design === 'always_valid' && plan.looks !== null) throw refuse('an always-valid design has no planned looks.');
  if (plan.correction === 'dunnett') refuseDunnett(design, variants, metrics, refuse);
  return { ...plan, design, looks };
}

function refuseDunnett(
  design: Design,
  variants: number,
  metrics: Roles,
  refuse: (message: string) => AssayError,
): void {
  if (design !== 'fixed') throw refuse('"dunnett" needs a fixed design.');
  if (variants < 3) throw refuse('"dunnett" compares several challengers with one control: there is one.');
  if (metrics.filter((each) => each.role === 'primary').length !== 1) {
    throw refuse('"dunnett" needs exactly one primary metric; use "holm".');
  }
}
