import { type Decider, decider, type Ruleset, uuid7 } from '../../sdk/index.ts';
import type { FlagContext } from './exposure-of.ts';
import { flagOf } from './flag-of.ts';
import type { EvaluationSuccess } from './ofrep-contract.ts';

/** Prepared at the first evaluation of a version, gone with its ruleset. */
const prepared = new WeakMap<Ruleset, Decider>();

function deciderOf(ruleset: Ruleset): Decider {
  const known = prepared.get(ruleset);
  if (known) return known;
  const made = decider(ruleset);
  prepared.set(ruleset, made);
  return made;
}

/** Null: there is no such slot. `now` (ms since 1970) goes into the decision id. */
export function evaluateFlag(
  ruleset: Ruleset,
  key: string,
  context: FlagContext,
  now: number,
): EvaluationSuccess | null {
  const pure = deciderOf(ruleset)(key, context, uuid7(now));
  const rules = Object.hasOwn(ruleset.slots, key) ? ruleset.slots[key] : undefined;
  return pure === null || rules === undefined ? null : flagOf(key, rules, context, pure);
}

export function evaluateFlags(ruleset: Ruleset, context: FlagContext, now: number): EvaluationSuccess[] {
  return Object.keys(ruleset.slots).flatMap((key) => evaluateFlag(ruleset, key, context, now) ?? []);
}
