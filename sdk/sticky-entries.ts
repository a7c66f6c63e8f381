import type { Arm, CompiledSlot } from './compiled-ruleset.ts';

/** One remembered draw. */
export interface StickyEntry {
  /** Of another version it is of an earlier or later draw, and does not count. */
  version: number;
  variant: string;
  /** Probability of the draw, above 0, at most 1. */
  propensity: number;
}

/** What is remembered of one unit, by key of the experiment. */
export type StickyEntries = Readonly<Record<string, StickyEntry>>;

/** An entry that a request knows of. */
export interface Known extends StickyEntry {
  /** It was drawn in this request. */
  isDrawn?: boolean;
}

/** Whether phases of the slot remember variants. */
export const isSticky = (slot: CompiledSlot | undefined): boolean =>
  slot?.experiments.some(({ arms }) => arms.some((arm) => arm.sticky !== null)) === true;

/** One entry of a store's answer, which may be anything; null if it has none that can be used. */
export function readEntry(entries: unknown, key: string): Known | null {
  try {
    if (typeof entries !== 'object' || entries === null || !Object.hasOwn(entries, key)) return null;
    const { version, variant, propensity } = (entries as StickyEntries)[key] as StickyEntry;
    const isRead = Number.isSafeInteger(version) && typeof variant === 'string' && propensity > 0 && propensity <= 1;
    return isRead && typeof propensity === 'number' ? { version, variant, propensity } : null;
  } catch {
    return null;
  }
}

/** The arm as it was drawn then: with the propensity of that draw, in its exposures too. */
export function rememberedArm(arm: Arm, propensity: number): Arm {
  const members = arm.members.slice(0, arm.members.lastIndexOf('"propensity":'));
  return { ...arm, weight: propensity, members: `${members}"propensity":${propensity},"source":"sticky"` };
}
