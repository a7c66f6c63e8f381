import type { ConnectOptions } from '@assay-ml/sdk';
import { assayProvider } from '@assay-ml/sdk/openfeature';
import {
  AsyncLocalStorageTransactionContextPropagator,
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagEvaluationOptions,
  type FlagValue,
  type Hook,
  type JsonValue,
  OpenFeature,
  ProviderEvents,
} from '@openfeature/server-sdk';
import { recordingServer } from '../sdk/recording-server.ts';
import { experimentOf, slotOf } from '../sdk/rulesets.ts';
import { specRuleset } from './spec-flags.ts';

/** `some flag` of contextMerging.feature: its exposures carry the merged context, as far as it reached Assay. */
export const CONTEXT_FLAG = 'context-flag';
const CONTEXT_NAMES = ['key', 'API', 'Transaction', 'Client', 'Invocation', 'Before Hooks'];

const ruleset = specRuleset();
ruleset.slots[CONTEXT_FLAG] = slotOf({ experiments: [experimentOf({ segments: CONTEXT_NAMES })] });

export type FlagType = 'boolean' | 'string' | 'integer' | 'float' | 'object';
export interface FlagUnderTest {
  type: FlagType;
  key: string;
  fallback: FlagValue;
}

/** One scenario: a real provider with a real client, whose network is in this process. */
export interface World {
  client: Client;
  flag: FlagUnderTest;
  context: EvaluationContext;
  /** Kept to see whether an evaluation changes the context. */
  contextBefore: EvaluationContext;
  options: FlagEvaluationOptions;
  details: EvaluationDetails<FlagValue>;
  /** What else had happened by the time an evaluation was done. */
  log: string[];
  hookCalls: { stage: string; hook: string; details?: EvaluationDetails<FlagValue> }[];
  contextByLevel: Record<string, EvaluationContext>;
  levels: string[];
  provide(state: string): Promise<void>;
  evaluate(flag?: FlagUnderTest, context?: EvaluationContext): Promise<EvaluationDetails<FlagValue>>;
  /** Attributes of the exposures that Assay recorded. */
  recordedContext(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

let scenarios = 0;

export function createWorld(): World {
  const domain = `scenario-${scenarios++}`;
  const network = inProcessNetwork();
  const client = OpenFeature.getClient(domain);
  const world: World = {
    client,
    flag: { type: 'boolean', key: '', fallback: false },
    context: {},
    contextBefore: {},
    options: {},
    details: { flagKey: '', flagMetadata: {}, value: null },
    log: [],
    hookCalls: [],
    contextByLevel: {},
    levels: [],
    provide: (state) => provide(domain, client, state, network),
    evaluate: (flag = world.flag, context = world.context) => details(client, flag, context, world.options),
    async recordedContext() {
      // Closes the provider, which sends what it recorded.
      await OpenFeature.clearProviders();
      const exposure = network.server.events().find(({ type }) => type === 'exposure');
      return { ...(exposure as { attributes?: Record<string, unknown> }).attributes };
    },
    async close() {
      network.release();
      await OpenFeature.clearProviders();
      OpenFeature.clearHooks();
      OpenFeature.setContext({});
      client.clearHooks();
    },
  };
  // Closing a provider that is starting is said in the log.
  OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} });
  OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator());
  return world;
}

/** Serves the flags; `release` ends requests that wait for ever. */
function inProcessNetwork() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const away = () => Promise.reject(new Error('no such host'));
  const refused = () => Response.json({}, { status: 401 });
  return {
    server: recordingServer(ruleset),
    away,
    refused,
    never: () => released.then(refused),
    release: () => release(),
  };
}

/** What makes a provider be in this state, in the world around it. */
async function provide(
  domain: string,
  client: Client,
  state: string,
  { server, away, refused, never }: ReturnType<typeof inProcessNetwork>,
): Promise<void> {
  const quiet = { url: 'http://assay.test', key: 'key', stream: false, onError: () => {} };
  const worlds: Record<string, ConnectOptions> = {
    stable: { fetch: server.fetch },
    'not ready': { fetch: never, timeoutMs: 60_000 },
    error: { fetch: away, timeoutMs: 10 },
    fatal: { fetch: async () => refused() },
    stale: { fetch: away, bootstrap: ruleset, staleAfterMs: 1000 },
  };
  const provider = assayProvider({ ...quiet, ...worlds[state] });
  if (state === 'not ready') OpenFeature.setProvider(domain, provider);
  else if (state === 'error' || state === 'fatal')
    await OpenFeature.setProviderAndWait(domain, provider).catch(() => {});
  else await OpenFeature.setProviderAndWait(domain, provider);
  if (state === 'stale') await new Promise<void>((resolve) => client.addHandler(ProviderEvents.Stale, () => resolve()));
}

function details(
  client: Client,
  { type, key, fallback }: FlagUnderTest,
  context: EvaluationContext,
  options: FlagEvaluationOptions,
): Promise<EvaluationDetails<FlagValue>> {
  if (type === 'boolean') return client.getBooleanDetails(key, fallback as boolean, context, options);
  if (type === 'string') return client.getStringDetails(key, fallback as string, context, options);
  if (type === 'object') return client.getObjectDetails(key, fallback as JsonValue, context, options);
  return client.getNumberDetails(key, fallback as number, context, options);
}

/** A hook that writes down when it was called, and with what. */
export function writingHook(hook: string, calls: World['hookCalls']): Hook {
  return {
    before: () => void calls.push({ stage: 'before', hook }),
    after: (_, evaluation) => void calls.push({ stage: 'after', hook, details: evaluation }),
    error: () => void calls.push({ stage: 'error', hook }),
    finally: (_, evaluation) => void calls.push({ stage: 'finally', hook, details: evaluation }),
  };
}
