/** Assay as a provider of OpenFeature's server SDK: slots are flags, variants' payloads their values. */

import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderFatalError,
  ProviderNotReadyError,
  type TrackingEventDetails,
} from '@openfeature/server-sdk';
import { type Assay, connect } from './client.ts';
import { outcomeOf } from './openfeature-context.ts';
import { evaluate } from './openfeature-evaluation.ts';
import { type ConnectOptions, warnOf } from './options.ts';
import { describe, type Problem } from './problems.ts';
import type { RulesetEvent } from './ruleset-event.ts';

/**
 * A provider for `OpenFeature.setProviderAndWait`. Given options, it connects when it is initialized and closes its client
 * when it is replaced or closed; given a client, it leaves closing to whoever made it, and only flushes. Initializing fails when
 * no ruleset came in time (status ERROR, READY as soon as one comes), or when the options or the key are wrong (FATAL).
 */
export function assayProvider(source: ConnectOptions | Assay): Provider {
  const events = new OpenFeatureEventEmitter();
  const link = 'decide' in source ? lentClient(source, events) : ownClient(source, events);
  return {
    metadata: { name: 'assay' },
    runsOn: 'server',
    events,
    initialize: link.open,
    onClose: link.close,
    resolveBooleanEvaluation: async (key, fallback, context) =>
      evaluate(link.client(), 'boolean', key, fallback, context),
    resolveStringEvaluation: async (key, fallback, context) =>
      evaluate(link.client(), 'string', key, fallback, context),
    resolveNumberEvaluation: async (key, fallback, context) =>
      evaluate(link.client(), 'number', key, fallback, context),
    resolveObjectEvaluation: async <T extends JsonValue>(key: string, fallback: T, context: EvaluationContext) =>
      evaluate(link.client(), 'object', key, fallback, context),
    track: (name, context, details) => track(link.client(), name, context, details),
  };
}

/** Between OpenFeature's life cycle and a client. */
interface Link {
  /** Null while none is open. */
  client(): Assay | null;
  /** @throws OpenFeatureError when flags cannot be evaluated yet. */
  open(): Promise<void>;
  close(): Promise<void>;
}

function lentClient(assay: Assay, events: OpenFeatureEventEmitter): Link {
  let unwatch: (() => void) | null = null;
  return {
    client: () => (unwatch === null ? null : assay),
    async open() {
      unwatch ??= assay.watch((event) => emit(events, event));
      requireRuleset(assay);
    },
    async close() {
      unwatch?.();
      unwatch = null;
      await assay.flush();
    },
  };
}

function ownClient(options: ConnectOptions, events: OpenFeatureEventEmitter): Link {
  let assay: Assay | null = null;
  let opening: Promise<Assay> | null = null;
  let refusal: string | null = null;
  const onError = (problem: Problem): unknown => {
    if (problem.code === 'unauthorized') {
      refusal = problem.message;
      // Past a start without a ruleset; with one, decisions go on until they are stale, and beyond.
      if (assay !== null && !hasRuleset(assay)) emitFatal(events, problem.message);
    }
    return (options.onError ?? warnOf(options.logger))(problem);
  };
  return {
    client: () => assay,
    async open() {
      if (opening !== null) return;
      refusal = null;
      // What is no function is left to `connect`, which says so.
      const isCallable = options.onError === undefined || typeof options.onError === 'function';
      const started = connect(isCallable ? { ...options, onError } : options);
      opening = started;
      const client = await started.catch((cause: unknown) => {
        opening = null;
        throw new ProviderFatalError(describe(cause));
      });
      // Closed meanwhile: `close` has the client.
      if (opening !== started) throw new ProviderNotReadyError('The provider was closed while it started.');
      assay = client;
      client.watch((event) => emit(events, event));
      if (refusal !== null && !hasRuleset(client)) throw new ProviderFatalError(refusal);
      requireRuleset(client);
    },
    async close() {
      const started = opening;
      assay = null;
      opening = null;
      const client = await started?.catch(() => null);
      await client?.close();
    },
  };
}

const hasRuleset = (assay: Assay): boolean => assay.counters().configAgeMs !== null;

function requireRuleset(assay: Assay): void {
  if (hasRuleset(assay)) return;
  throw new ProviderNotReadyError(
    'No ruleset has arrived yet; defaults are served until it comes, then PROVIDER_READY.',
  );
}

/** After these OpenFeature's status is READY, STALE, or as before. */
function emit(events: OpenFeatureEventEmitter, event: RulesetEvent): void {
  if (event.type === 'ready' || event.type === 'confirmed') events.emit(ProviderEvents.Ready);
  else if (event.type === 'stale') {
    const message = `The server has not confirmed the ruleset for ${Math.round(event.ageMs)} ms; evaluations go on with it.`;
    events.emit(ProviderEvents.Stale, { message });
  } else {
    const flagsChanged = event.slots === null ? {} : { flagsChanged: event.slots };
    events.emit(ProviderEvents.ConfigurationChanged, { ...flagsChanged, metadata: { ruleset: event.to } });
  }
}

function emitFatal(events: OpenFeatureEventEmitter, message: string): void {
  events.emit(ProviderEvents.Error, { message, errorCode: ErrorCode.PROVIDER_FATAL });
}

/** As an outcome, which is checked, queued and sent in the background. */
function track(
  assay: Assay | null,
  name: string,
  context: EvaluationContext | undefined,
  details: TrackingEventDetails | undefined,
): void {
  if (assay === null) return;
  try {
    assay.outcome(name, outcomeOf(context, details));
  } catch {
    // A getter or proxy of the caller's that cannot be read: `outcome` counts what is no outcome.
    assay.outcome(name, undefined as never);
  }
}
