import {
  ErrorCode,
  type EvaluationContext,
  type FlagMetadata,
  FlagNotFoundError,
  type FlagValueType,
  GeneralError,
  InvalidContextError,
  OpenFeatureError,
  ProviderNotReadyError,
  type ResolutionDetails,
  type ResolutionReason,
  StandardResolutionReasons,
  TargetingKeyMissingError,
  TypeMismatchError,
} from '@openfeature/server-sdk';
import type { Assay } from './client.ts';
import type { Context, Decision, Reason } from './decision.ts';
import { isScalar } from './event-limits.ts';
import { type Subject, subjectOf } from './openfeature-context.ts';
import { describe } from './problems.ts';
import { isRecord } from './ruleset-shape.ts';

const { STATIC, DEFAULT, TARGETING_MATCH, SPLIT, DISABLED, ERROR } = StandardResolutionReasons;

const REASONS: Record<Reason, ResolutionReason> = {
  assigned: SPLIT,
  champion: STATIC,
  not_targeted: DEFAULT,
  outside_range: DEFAULT,
  holdout: DEFAULT,
  override: TARGETING_MATCH,
  unknown_slot: ERROR,
  no_ruleset: ERROR,
  error: ERROR,
};

/** One evaluation: never an exception; on errors the code's default with an error code. Null: no client is open. */
export async function evaluate<T>(
  assay: Assay | null,
  type: FlagValueType,
  flagKey: string,
  fallback: T,
  context: EvaluationContext | undefined,
): Promise<ResolutionDetails<T>> {
  try {
    if (assay === null) throw new ProviderNotReadyError('The provider is not initialized, or closed.');
    const { unit, ...rest } = readSubject(context);
    const recalled = await assay.recall(flagKey, { unit: unit ?? '', ...rest });
    const decision = decideFor(assay, type, flagKey, unit, recalled);
    const value = flagValue(decision.payload, type);
    return {
      value: value === null ? fallback : ((type === 'object' ? structuredClone(value) : value) as T),
      variant: decision.variant,
      reason: reasonOf(decision, value),
      flagMetadata: metadataOf(decision),
    };
  } catch (cause) {
    const errorCode = cause instanceof OpenFeatureError ? cause.code : ErrorCode.GENERAL;
    return { value: fallback, reason: ERROR, errorCode, errorMessage: describe(cause) };
  }
}

function readSubject(context: EvaluationContext | undefined): Subject {
  try {
    return subjectOf(context);
  } catch (cause) {
    throw new InvalidContextError(`The evaluation context cannot be used: ${describe(cause)}.`);
  }
}

/** The decision, recorded as by `decide`; what ends in the code's default by its type or for want of a unit is not recorded. */
function decideFor(
  assay: Assay,
  type: FlagValueType,
  flagKey: string,
  unit: string | null,
  context: Context,
): Decision {
  const seen = assay.peek(flagKey, context);
  if (REASONS[seen.reason] !== ERROR) {
    if (unit === null && dependsOnUnit(seen)) {
      const message = `An experiment runs on "${flagKey}": pass a targetingKey, the id of the unit that it randomises.`;
      throw new TargetingKeyMissingError(message);
    }
    if (flagValue(seen.payload, type) === undefined) {
      const message = `Variant "${seen.variant}" of "${flagKey}" carries no ${type}: evaluate it by the type of its payload.`;
      throw new TypeMismatchError(message);
    }
    // There is no unit whose exposure could be recorded.
    if (unit === null && seen.reason === 'assigned') return seen;
  }
  const decision = assay.decide(flagKey, context);
  if (decision.reason === 'unknown_slot') {
    throw new FlagNotFoundError(`There is no slot "${flagKey}": create it, or correct the name.`);
  }
  if (decision.reason === 'no_ruleset') throw new ProviderNotReadyError('No ruleset has arrived yet.');
  if (decision.reason === 'error') {
    throw new GeneralError(`The decision on "${flagKey}" failed; onError of the client was told why.`);
  }
  return decision;
}

const dependsOnUnit = ({ reason, propensity }: Decision): boolean =>
  reason === 'outside_range' || reason === 'holdout' || propensity < 1;

/**
 * What a payload is as a flag of this type: for objects the payload; for all others the payload itself, or its member
 * `value`. Null: the code's default is to be used; undefined: it is no such value.
 */
function flagValue(payload: unknown, type: FlagValueType): unknown {
  if (payload === null || payload === undefined) return null;
  if (type === 'object') return typeof payload === 'object' ? payload : undefined;
  const value = isRecord(payload) && Object.hasOwn(payload, 'value') ? payload.value : payload;
  return value === null || typeof value === type ? value : undefined;
}

/** A split that leaves no choice is a rule; a champion without a value is a flag that is switched off. */
function reasonOf({ reason, propensity }: Decision, value: unknown): ResolutionReason {
  if (reason === 'assigned' && propensity === 1) return TARGETING_MATCH;
  if (reason === 'champion' && value === null) return DISABLED;
  return REASONS[reason];
}

/** Scalars of the payload's member `metadata`, and what assigned the variant, if an experiment did. */
function metadataOf({ payload, experiment, phase, step, propensity, ruleset, id }: Decision): FlagMetadata {
  const own = isRecord(payload) && Object.hasOwn(payload, 'metadata') ? payload.metadata : null;
  const scalars = isRecord(own) ? Object.entries(own).filter(([, value]) => isScalar(value)) : [];
  const known = Object.fromEntries(scalars) as FlagMetadata;
  if (experiment === null || phase === null) return known;
  return { ...known, experiment, phase, step, propensity, ruleset, decision: id };
}
