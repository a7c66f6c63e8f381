/**
 * The ruleset: the compiled, versioned snapshot of everything an SDK needs to decide without a network call.
 * The server makes it (`GET /v1/ruleset`); every SDK, in any language, reads this one shape.
 */

/** Version of the assignment rules R1-R7 that this SDK speaks. A ruleset of another version is refused (R7). */
export const RULES_VERSION = 1;

/** Weights and ranges are compared as unsigned 32-bit hashes; this is the exclusive top, 2^32. */
export const HASH_RANGE = 4_294_967_296;

export interface Ruleset {
  /** Version of the assignment rules, see RULES_VERSION. */
  rules: number;
  /** Grows with every change; each decision logs it. */
  version: number;
  /** Name of the environment the key belongs to. */
  environment: string;
  slots: Record<string, SlotRules>;
}

export interface SlotRules {
  output: 'value' | 'ranking';
  /** Key of the variant that answers whenever nothing else applies. */
  champion: string;
  /** Payload by variant key. */
  variants: Record<string, unknown>;
  /** Time limit of one model call, ms. */
  timeoutMs: number;
  /** What follows a failing challenger: one call of the champion, or nothing (its error is rethrown). */
  fallback: 'champion' | null;
  /** Running experiments of this slot, each with its own part of the slot's layer. */
  experiments: ExperimentRules[];
}

export interface ExperimentRules {
  key: string;
  /** R3: in the experiment iff `from <= hash(layer salt, unit) < to`; integers in 0 … 2^32. */
  layer: { salt: string; from: number; to: number };
  /** R6: all must hold. */
  targeting: TargetingRule[];
  /** Rules of the audiences that `targeting` names, by key; absent when it names none. */
  audiences?: Record<string, TargetingRule[]>;
  /** Attributes whose values are sent with an exposure or comparison. */
  segments: string[];
  /** Everyone it would take gets the champion, with reason `champion`, unrecorded. */
  paused: boolean;
  phase: PhaseRules;
}

export interface PhaseRules {
  id: number;
  mode: 'shadow' | 'canary' | 'ab' | 'bandit' | 'interleave' | 'holdout';
  /** Step of a canary, epoch of a bandit, 1 otherwise. */
  step: number;
  salt: string;
  /** external: assignments are made elsewhere; `decide` answers the champion, unrecorded. */
  assignment: 'hash' | 'external';
  /** R8: an SDK with a sticky store keeps units on the variant that they remember under this key and version. ab only. */
  sticky?: { key: string; version: number };
  /**
   * R4: the first whose `upTo` exceeds hash(phase salt, unit); challengers in stored order, the champion last at 2^32. A
   * canary's champion stands twice, for its waiting and its control band. In a shadow phase the first entry says whose
   * calls are shadowed, and by which candidate; in an interleave phase every entry is a team.
   */
  split: SplitEntry[];
  /** Bandits with a context: splits by value of an attribute (as a string), which go before `split`. */
  contexts?: { attribute: string; splits: Record<string, SplitEntry[]> };
  shadow?: ShadowRules;
  /** How many items of a ranking are drafted. */
  interleave?: { depth: number };
}

/** How a shadow phase calls the candidate. */
export interface ShadowRules {
  /** Share of shadowed decisions, by the draw of the decision id, in which the champion is called a second time. */
  referenceShare: number;
  /** Time limit of a shadow call, ms; null: the slot's. */
  budgetMs: number | null;
  /** Shadow calls under way in this process; beyond it decisions are not shadowed. */
  maxInFlight: number;
  compare: {
    kind: 'auto' | 'number' | 'label' | 'object' | 'ranking';
    /** Fields that may differ, by dotted path. */
    ignore: string[];
    /** Numbers that differ by at most this agree. */
    tolerance: number;
    /** First items of rankings that are compared. */
    depth: number;
  };
}

export interface SplitEntry {
  variant: string;
  /** Integer, round(cumulative weight × 2^32). */
  upTo: number;
  /** The variant's own weight, 0-1: the propensity of its decisions. */
  weight: number;
  /** Canary only. */
  band?: 'candidate' | 'control' | 'waiting';
}

/** What a rule asks of an attribute. Each is specified, with its edges, in docs/sdk/targeting.md. */
export type TargetingOperator =
  /** Equality with any of the values. */
  | 'in'
  | 'not_in'
  /** Strings: with any of the values in it, at its start, at its end. */
  | 'contains'
  | 'not_contains'
  | 'starts_with'
  | 'not_starts_with'
  | 'ends_with'
  | 'not_ends_with'
  /** Strings: a regular expression of the values is found in it. */
  | 'matches'
  | 'not_matches'
  /** Numbers, against the first value. */
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  /** Instants, against the first value. */
  | 'before'
  | 'after'
  /** Semantic versions, against the first value. */
  | 'semver_eq'
  | 'semver_gt'
  | 'semver_gte'
  | 'semver_lt'
  | 'semver_lte'
  /** Lists: with any, all, none of the values in it. */
  | 'contains_any'
  | 'contains_all'
  | 'contains_none'
  | 'exists'
  | 'not_exists'
  /** The unit meets all rules of any of the audiences that the values name. */
  | 'in_audience'
  | 'not_in_audience';

export interface TargetingRule {
  /** Empty in `in_audience` and `not_in_audience`. */
  attribute: string;
  operator: TargetingOperator;
  /** Empty in `exists` and `not_exists`. */
  values: (string | number | boolean)[];
}
