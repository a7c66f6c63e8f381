import { type Decider, decider, type Ruleset } from '../../sdk/index.ts';
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

/** Null: there is no such slot. `id` becomes that of the decision. */
export function evaluateFlag(
  ruleset: Ruleset,
  key: string,
  context: FlagContext,
  id: string,
): EvaluationSuccess | null {
  const pure = deciderOf(ruleset)(key, context, id);
  const rules = Object.hasOwn(ruleset.slots, key) ? ruleset.slots[key] : undefined;
  return pure === null || rules === undefined ? null : flagOf(key, rules, context, pure);
}

/** Decision ids are `id` and a number: thousands of random ones would take longer than the decisions. */
export function evaluateFlags(ruleset: Ruleset, context: FlagContext, id: string): EvaluationSuccess[] {
  return Object.keys(ruleset.slots).flatMap((key, i) => evaluateFlag(ruleset, key, context, `${id}.${i}`) ?? []);
}
