import type { Mode, PhaseSettings, PhaseState } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';

/** What continuing asks of two neighbours; a phase that is checked and one that is stored both have it. */
export interface Neighbour {
  mode: Mode;
  assignment: 'hash' | 'external';
  sticky: boolean;
  settings: PhaseSettings;
  split: { variantId: number; weight: number; control: boolean }[];
  state?: PhaseState;
}

/** Rounding of weights; far below what moves a unit. */
const SAME = 1e-9;

/**
 * A phase that continues has the salt of the one before. No unit leaves a challenger by that: the same challengers in
 * the same order, whose bounds stay but for the last one, which may only grow (R5). Of two sticky phases all of that may
 * change: units keep what they remember (R8), and those whose variant is gone draw anew.
 */
export function checkContinues(phase: Neighbour, before: Neighbour | null, where: string): void {
  const refuse = (message: string) => new AssayError('invalid_request', `${where}.continues: ${message}`);
  if (!before) throw refuse('the first phase has none before it to continue.');
  for (const each of [before, phase]) {
    if ((each.mode !== 'canary' && each.mode !== 'ab') || each.assignment === 'external') {
      throw refuse(
        `only a canary or ab phase continues one of these; ${each === phase ? 'this one' : 'the one before'} is ${kindOf(each)}. Leave it out: the phase gets a salt of its own.`,
      );
    }
  }
  if (phase.sticky && before.sticky) return;
  const [now, then] = [challengers(phase), challengers(before)];
  if (now.length !== then.length || now.some((id, i) => id !== then[i])) {
    throw refuse('the challengers must be those of the phase before, in the same order, so that units keep theirs.');
  }
  const [first, reached] = [firstBounds(phase), reachedBounds(before)];
  const last = first.length - 1;
  const moved = first.findIndex((bound, i) => (i < last ? Math.abs(bound - at(reached, i)) > SAME : false));
  if (moved >= 0) throw refuse('with several challengers only the share of the last one may grow.');
  if (at(first, last) < at(reached, last) - SAME) {
    throw refuse(
      `it starts with ${percent(at(first, last))} of challengers after ${percent(at(reached, last))} in the phase before, ` +
        'which would take units off them: start with at least as much, or leave out "continues".',
    );
  }
}

const kindOf = ({ mode, assignment }: Neighbour) => (assignment === 'external' ? 'external' : `of mode ${mode}`);

const challengers = ({ split }: Neighbour) => split.filter((each) => !each.control).map((each) => each.variantId);

/** Cumulative shares of the challengers when the phase starts. */
function firstBounds({ mode, settings, split }: Neighbour): number[] {
  return mode === 'canary' ? [settings.canary?.steps[0]?.share ?? 0] : cumulative(split);
}

/** Where they end: as far as an ended canary came, else its largest share. */
function reachedBounds({ mode, settings, split, state }: Neighbour): number[] {
  return mode === 'canary' && state !== 'ended' ? [settings.canary?.steps.at(-1)?.share ?? 0] : cumulative(split);
}

function cumulative(split: Neighbour['split']): number[] {
  let sum = 0;
  return split
    .filter((each) => !each.control)
    .map(({ weight }) => {
      sum += weight;
      return sum;
    });
}

const at = (bounds: number[], i: number) => bounds[i] ?? 0;
const percent = (share: number) => `${Number((share * 100).toPrecision(4))} %`;
