import { AssayError } from '../http/errors.ts';
import type { Neighbour } from './check-continues.ts';
import type { NewPhase } from './phase-store.ts';

/** Why memory has no place in a phase of this mode; none: it has. */
const OBSTACLES: Record<NewPhase['mode'], string | null> = {
  ab: null,
  bandit: 'each epoch of a bandit draws anew by the weights that it has just computed, and remembered units would not',
  canary:
    'a ramp never takes a unit off its candidate anyway, its guardrails count units drawn at the share of the step, and after a rollback nobody should stay on the candidate',
  shadow: 'in a shadow phase everyone gets the champion',
  interleave: 'in an interleave phase every unit gets both rankings',
};

/** Where units may be remembered: in ab phases assigned by hash, and in all that continue one of these. */
export function checkSticky(
  { mode, assignment, sticky, continues }: NewPhase,
  before: Neighbour | null,
  where: string,
): void {
  const refuse = (message: string) => new AssayError('invalid_request', `${where}.sticky: ${message}`);
  if (!sticky) {
    if (!continues || !before?.sticky) return;
    throw refuse(
      'the phase before is sticky and this one continues it, so it must be sticky too, or units would lose the variants that ' +
        'they remember: set it, or leave out "continues".',
    );
  }
  const obstacle = assignment === 'external' ? 'an external phase is assigned elsewhere' : OBSTACLES[mode];
  if (obstacle !== null) throw refuse(`only an ab phase can be sticky: ${obstacle}. Leave it out.`);
}
