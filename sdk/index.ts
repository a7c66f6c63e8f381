/** Assay's client: which model answers, for whom, and what came of it. */

export type { CallInfo, ModelCall } from './call.ts';
export { type Assay, connect, type ExternalExposure } from './client.ts';
export type { Counters } from './counters.ts';
export type { DecideOptions } from './decide.ts';
export { type Decider, decider, type PureDecision } from './decider.ts';
export { type Attribute, type Context, type Decision, decideFrom, type Reason, type Variant } from './decision.ts';
export type { Definitions, PayloadOf, RankingKey, SlotDefinition, SlotKey, VariantKey } from './definitions.ts';
export type { Disk, DiskClient, KeptBatch, OpenDisk } from './disk.ts';
export { LIMITS } from './event-limits.ts';
export type {
  AssayEvent,
  Batch,
  BatchAnswer,
  ComparedCall,
  ComparisonEvent,
  EnvelopeStats,
  ExposureEvent,
  ImpressionEvent,
  Measures,
  OutcomeEvent,
  Scalar,
  SlotMinute,
} from './events.ts';
export { type ExplainedExperiment, type ExplainedRule, type Explanation, explainDecision } from './explain.ts';
export { bucketOf, draw, hash } from './hash.ts';
export type { CallReport, Hook } from './hooks.ts';
export type { ConnectOptions, Defaults, Logger } from './options.ts';
export type { Problem } from './problems.ts';
export type { RankOptions, RankResult } from './rank.ts';
export type { OutcomeInput } from './recorder.ts';
export {
  type ExperimentRules,
  HASH_RANGE,
  type PhaseRules,
  RULES_VERSION,
  type Ruleset,
  type SlotRules,
  type SplitEntry,
  type TargetingOperator,
  type TargetingRule,
} from './ruleset.ts';
export type { RulesetEvent } from './ruleset-event.ts';
export type { RunOptions, RunResult } from './run.ts';
export type { ComparisonOptions } from './shadow-comparison.ts';
export { isUsableRule } from './targeting.ts';
export { telemetryAttributes } from './telemetry.ts';
export type { Fetch } from './transport.ts';
export { uuid7 } from './uuid7.ts';
