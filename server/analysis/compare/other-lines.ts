import type { Comparison } from '../../contract/report-contract.ts';
import type { CompareInput } from './compare-input.ts';

type Lines = Comparison['others'];

/** Levels nearer than this are the same but for rounding on the way through a z. */
const SAME = 1e-9;

/** Whether the plan's own level is asked for, as on a page and at the one look of a fixed design. */
export function isPlanLevel({ level, phase }: Pick<CompareInput, 'level' | 'phase'>): boolean {
  return level !== null && Math.abs(level - phase.plan.level) < SAME;
}

/**
 * Lines beside the deciding one where they hold: their p-values know nothing of other looks, so that they are shown only
 * at the one look of a fixed design, never before it nor at one of several.
 */
export function otherLines(input: CompareInput, lines: Lines): Lines {
  if (input.occasion === 'look' && isPlanLevel(input)) return lines;
  return lines.flatMap((each) => (each.interval === null ? [] : [{ ...each, pValue: null }]));
}
