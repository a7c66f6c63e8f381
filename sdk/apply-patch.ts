import { prepareSlot, type ReportSlot } from './compile.ts';
import type { CompiledRuleset } from './compiled-ruleset.ts';
import { compiledSlots } from './compiled-slots.ts';
import { RULES_VERSION } from './ruleset.ts';
import { integer, record } from './ruleset-shape.ts';

/**
 * The ruleset after a change, and which slots changed: these prepared anew, all others kept as they are. Null when the patch does
 * not fit this version or cannot be read: the whole ruleset must be fetched.
 */
export function applyPatch(
  current: CompiledRuleset,
  input: unknown,
  report: ReportSlot = () => {},
): { ruleset: CompiledRuleset; slots: string[] } | null {
  try {
    const patch = record(input, 'patch');
    if (patch.rules !== RULES_VERSION || patch.from !== current.version) return null;
    const version = integer(patch.to, 'to');
    const slots = new Map(current.slots.entries);
    const changed = Object.entries(record(patch.slots, 'slots'));
    for (const [key, slot] of changed) {
      if (slot === null) slots.delete(key);
      else slots.set(key, prepareSlot(key, slot, report));
    }
    return { ruleset: { version, slots: compiledSlots(slots) }, slots: changed.map(([key]) => key) };
  } catch {
    // What is wrong shows in the whole ruleset, where it is reported.
    return null;
  }
}
