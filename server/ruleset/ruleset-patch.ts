import type { Ruleset, SlotRules } from '../../sdk/index.ts';

/** What turns one version of a ruleset into another: changed slots whole, removed ones null. */
export interface RulesetPatch {
  /** Version of the assignment rules (R7). */
  rules: number;
  from: number;
  to: number;
  slots: Record<string, SlotRules | null>;
}

/** Slots are compared as they are sent: what reads the same is the same. */
export function diffRulesets(before: Ruleset, after: Ruleset): RulesetPatch {
  const changed: [string, SlotRules | null][] = [];
  for (const key of Object.keys(before.slots)) {
    if (!Object.hasOwn(after.slots, key)) changed.push([key, null]);
  }
  for (const [key, slot] of Object.entries(after.slots)) {
    const old = Object.hasOwn(before.slots, key) ? before.slots[key] : undefined;
    if (JSON.stringify(old) !== JSON.stringify(slot)) changed.push([key, slot]);
  }
  // Not by assignment, in which a slot named __proto__ would be lost.
  const slots = Object.fromEntries(changed);
  return { rules: after.rules, from: before.version, to: after.version, slots };
}
