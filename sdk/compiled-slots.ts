import type { CompiledSlots, SlotEntry } from './compiled-ruleset.ts';

export function compiledSlots(entries: Map<string, SlotEntry>): CompiledSlots {
  return {
    get(key) {
      const entry = entries.get(key);
      if (typeof entry !== 'function') return entry;
      const slot = entry();
      entries.set(key, slot);
      return slot;
    },
    has: (key) => entries.has(key),
    keys: () => entries.keys(),
    entries,
  };
}
