import { compileSlot } from './compile.ts';
import type { CompiledRuleset } from './compiled-ruleset.ts';
import { RULES_VERSION } from './ruleset.ts';
import { integer, record } from './ruleset-shape.ts';

/**
 * The ruleset after a change: slots of the patch prepared anew, all others kept as they are. Null when the patch does
 * not fit this version or cannot be read: the whole ruleset must be fetched.
 */
export function applyPatch(current: CompiledRuleset, input: unknown): CompiledRuleset | null {
  try {
    const patch = record(input, 'patch');
    if (patch.rules !== RULES_VERSION || patch.from !== current.version) return null;
    const version = integer(patch.to, 'to');
    const slots = new Map(current.slots);
    for (const [key, slot] of Object.entries(record(patch.slots, 'slots'))) {
      if (slot === null) slots.delete(key);
      else slots.set(key, compileSlot(key, record(slot, `slots.${key}`)));
    }
    return { version, slots };
  } catch {
    // What is wrong shows in the whole ruleset, where it is reported.
    return null;
  }
}
