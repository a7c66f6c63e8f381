import type { FingerprintSeed } from './dedupe.ts';
import type { HashPrefix } from './hash.ts';

/** A checked ruleset, prepared so that a decision only hashes, compares and looks up. */
export interface CompiledRuleset {
  version: number;
  slots: ReadonlyMap<string, CompiledSlot>;
}

export interface CompiledSlot {
  key: string;
  ruleset: number;
  champion: string;
  variants: ReadonlyMap<string, unknown>;
  timeoutMs: number;
  fallback: 'champion' | null;
  experiments: readonly CompiledExperiment[];
}

export interface CompiledExperiment {
  key: string;
  targeting: readonly CompiledRule[];
  layer: HashPrefix;
  from: number;
  to: number;
  /** The range is the whole layer: nothing to hash. */
  wholeLayer: boolean;
  /** False: units taken by it get the champion, unrecorded (other modes, external assignment). */
  assigns: boolean;
  salt: HashPrefix;
  arms: readonly Arm[];
  /** Assigned elsewhere: arms serve `exposure` only. */
  external: boolean;
}

export interface CompiledRule {
  attribute: string;
  operator: string;
  values: ReadonlySet<unknown>;
  /** The first value, for `gte` and `lt`. */
  bound: unknown;
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
  segments: readonly string[];
  /** Exposures are sent once per phase, step, unit and variant; false in a bandit. */
  deduplicated: boolean;
  seed: FingerprintSeed;
  /** The constant part of its exposures as JSON members. */
  members: string;
}
