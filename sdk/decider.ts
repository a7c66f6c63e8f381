import { assign } from './assign.ts';
import { compileRuleset } from './compile.ts';
import { type Decision, decisionOf } from './decision.ts';
import type { SplitEntry } from './ruleset.ts';

/** A decision by itself: nothing was recorded. */
export interface PureDecision {
  decision: Decision;
  /** What an exposure of it says besides the decision; null where there is nothing to record, as for a champion alone. */
  exposure: { band: NonNullable<SplitEntry['band']> | null; segments: readonly string[] } | null;
}

/** Null for a slot that the ruleset does not have. `id` becomes the decision's id; empty when absent. */
export type Decider = (
  slot: string,
  context: { unit: string; attributes?: Readonly<Record<string, unknown>> },
  id?: string,
) => PureDecision | null;

/**
 * Prepares a ruleset once for any number of pure decisions, as a server needs them that decides for others.
 *
 * @throws TypeError when the ruleset cannot be read; its message says where.
 */
export function decider(ruleset: unknown): Decider {
  const { ruleset: compiled, problem } = compileRuleset(ruleset);
  if (compiled === null) throw new TypeError(problem?.message);
  return (key, context, id = '') => {
    const slot = compiled.slots.get(key);
    if (slot === undefined) return null;
    const assignment = assign(slot, context.unit, context.attributes);
    const { arm } = assignment;
    return {
      decision: decisionOf(slot, assignment, compiled.version, id),
      exposure: arm === null ? null : { band: arm.band, segments: arm.segments },
    };
  };
}
