import type { FingerprintSeed } from './dedupe.ts';
import type { HashPrefix } from './hash.ts';
import type { PhaseRules, ShadowRules, SplitEntry } from './ruleset.ts';
import type { Condition } from './targeting.ts';

/** A checked ruleset, prepared so that a decision only hashes, compares and looks up. */
export interface CompiledRuleset {
  version: number;
  slots: CompiledSlots;
}

/** A slot, or how to prepare it. */
export type SlotEntry = CompiledSlot | (() => CompiledSlot);

/** Slots by key. Each is prepared when it is first asked for: a start with thousands of them waits for none. */
export interface CompiledSlots {
  get(key: string): CompiledSlot | undefined;
  has(key: string): boolean;
  keys(): Iterable<string>;
  /** As they are kept, for a ruleset that changes some of them. */
  readonly entries: ReadonlyMap<string, SlotEntry>;
}

export interface CompiledSlot {
  key: string;
  champion: string;
  variants: ReadonlyMap<string, unknown>;
  timeoutMs: number;
  fallback: 'champion' | null;
  experiments: readonly CompiledExperiment[];
}

export interface CompiledExperiment {
  key: string;
  targeting: readonly Condition[];
  layer: HashPrefix;
  from: number;
  to: number;
  /** The range is the whole layer: nothing to hash. */
  wholeLayer: boolean;
  mode: PhaseRules['mode'];
  /** Id of the phase. */
  phase: number;
  step: number;
  segments: readonly string[];
  /**
   * What units taken by it get. arm: a variant by the split, recorded; beside: the champion, while `run` and `rank` call
   * more (shadow, interleave); champion: nothing else (paused, external assignment, modes unknown to this release).
   */
  serves: 'arm' | 'beside' | 'champion';
  salt: HashPrefix;
  /** In a shadow phase the first is the candidate's, of the units shadowed; in an interleave phase each is a team. */
  arms: readonly Arm[];
  /** Splits by value of an attribute, as a string; units of other values draw from `arms`. */
  contexts: { attribute: string; splits: ReadonlyMap<string, readonly Arm[]> } | null;
  /** Assigned elsewhere: arms serve `exposure` only. */
  external: boolean;
  /** Shadow phases only. */
  shadow: ShadowRules | null;
  /** Interleave phases: items drafted of a ranking; 0 in all others. */
  depth: number;
}

/** One entry of a split, with everything its decisions and exposures have in common. */
export interface Arm {
  variant: string;
  payload: unknown;
  upTo: number;
  weight: number;
  experiment: string;
  phase: number;
  step: number;
  /** Canary only. */
  band: NonNullable<SplitEntry['band']> | null;
  segments: readonly string[];
  /** Exposures are sent once per phase, step, unit and variant; false in a bandit. */
  deduplicated: boolean;
  seed: FingerprintSeed;
  /** The constant part of its exposures as JSON members. */
  members: string;
  /** Phases that remember variants; null: nothing is remembered. */
  sticky: StickyRules | null;
  /** What every unit is told that draws it in a phase which serves `arm`: made once, so that a decision makes nothing. */
  assignment: Assignment;
}

/** R8, as one phase has it. */
export interface StickyRules {
  /** Under which variants are remembered. */
  key: string;
  /** Memories of another version are of another draw. */
  version: number;
  /** By variant; a remembered variant that is not here is drawn anew. */
  arms: ReadonlyMap<string, Arm>;
}

export type AssignmentReason = 'assigned' | 'champion' | 'not_targeted' | 'outside_range';

export interface Assignment {
  reason: AssignmentReason;
  /** The split entry that took the unit; null: the champion, alone and unrecorded. */
  arm: Arm | null;
  /** A shadow or interleave phase that takes the unit: `decide` answers the champion, `run` and `rank` call more. */
  beside: Beside | null;
}

/** What a shadow or interleave phase has for one unit. */
export interface Beside {
  experiment: CompiledExperiment;
  /** R4's entry of the unit. Shadow: its calls are shadowed iff that is the first, the candidate's; interleave: no matter. */
  arm: Arm;
}
