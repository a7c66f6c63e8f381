import { type ConnectOptions, connect } from '@assay-ml/sdk';
import { assayProvider } from '@assay-ml/sdk/openfeature';
import {
  type EventDetails,
  OpenFeature,
  type Provider,
  ProviderEvents,
  ProviderStatus,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recordingServer } from '../sdk/recording-server.ts';
import { experimentOf, rulesetOf, slotOf } from '../sdk/rulesets.ts';
import { streamServer } from '../sdk/stream-server.ts';
import { closeAll, freshDomain, quiet, ruleset, start } from './provider-fixture.ts';

beforeEach(() => void OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} }));
afterEach(closeAll);

const soon = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });

/** Registers the provider and writes its events down; `started` is what initialization came to. */
async function register(provider: Provider) {
  const domain = freshDomain();
  const client = OpenFeature.getClient(domain);
  const events: [string, EventDetails | undefined][] = [];
  for (const type of Object.values(ProviderEvents)) {
    client.addHandler(type, (details?: EventDetails) => void events.push([type, details]));
  }
  const started = await OpenFeature.setProviderAndWait(domain, provider).then(
    () => 'ready',
    (cause: Error) => cause.message,
  );
  // An event of the default provider may have come before this one was set.
  const names = () => events.map(([type]) => type);
  return { client, domain, events, names, started };
}

/** A network that can be taken away, or answer with a status. */
function network() {
  const { fetch, events } = recordingServer(ruleset);
  const state = { status: 200 };
  const changing: typeof fetch = async (url, init) => {
    if (state.status === 0) throw new Error('away');
    return state.status === 200 ? fetch(url, init) : Response.json({}, { status: state.status });
  };
  return { state, fetch: changing, events };
}

test('2.4.1 Initializing waits for the first ruleset', async () => {
  const { fetch } = recordingServer(ruleset);
  const slow: typeof fetch = async (url, init) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return fetch(url, init);
  };
  const { client, started } = await register(assayProvider({ ...quiet, fetch: slow }));
  expect(started).toBe('ready');
  expect(await client.getBooleanValue('flag', false)).toBe(true);
});

test('2.4.2.1 Initializing fails without a ruleset; evaluations answer defaults until it comes, then PROVIDER_READY', async () => {
  const { state, fetch } = network();
  state.status = 0;
  const provider = assayProvider({ ...quiet, fetch, timeoutMs: 20, pollEveryMs: 100 });
  const { client, names, started } = await register(provider);
  expect(started).toMatch(/No ruleset has arrived yet/);
  expect(client.providerStatus).toBe(ProviderStatus.ERROR);
  const early = await client.getBooleanDetails('flag', false);
  expect(early).toMatchObject({ value: false, errorCode: 'PROVIDER_NOT_READY' });
  state.status = 200;
  await soon(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
  expect(names()).toEqual([ProviderEvents.Error, ProviderEvents.Ready]);
  expect(await client.getBooleanValue('flag', false)).toBe(true);
});

test.each<[string, ConnectOptions, RegExp]>([
  ['a refused key', { ...quiet, fetch: async () => Response.json({}, { status: 401 }) }, /refused the key \(401\)/],
  ['wrong options', { url: 'ftp://x', key: '' }, /url is "ftp:\/\/x".*\n.*key is not/],
  ['a callback that is none', { ...quiet, onError: 5 as never }, /onError is not a function/],
])('2.4.2.1 %s is fatal', async (_, options, message) => {
  const { client, started } = await register(assayProvider(options));
  expect(started).toMatch(message);
  expect(client.providerStatus).toBe(ProviderStatus.FATAL);
  expect(await client.getBooleanDetails('flag', false)).toMatchObject({ value: false, errorCode: 'PROVIDER_FATAL' });
});

test('The logger of the options is warned while there is no onError', async () => {
  const warn = vi.fn();
  const { onError: _, ...options } = quiet;
  const refusing = async () => Response.json({}, { status: 401 });
  await register(assayProvider({ ...options, fetch: refusing, logger: { warn } }));
  expect(warn).toHaveBeenCalledWith(expect.stringMatching(/^assay: unauthorized: /), expect.anything());
});

test('5.1.1 A key that is refused after a start without a ruleset is PROVIDER_ERROR, fatal', async () => {
  const { state, fetch } = network();
  state.status = 0;
  const { client, events } = await register(assayProvider({ ...quiet, fetch, timeoutMs: 20, pollEveryMs: 100 }));
  state.status = 403;
  await soon(() => expect(client.providerStatus).toBe(ProviderStatus.FATAL));
  expect(events.at(-1)).toEqual([
    ProviderEvents.Error,
    expect.objectContaining({ message: expect.stringMatching(/refused the key \(403\)/), providerName: 'assay' }),
  ]);
});

test('5.1.1 A ruleset that nobody confirms is PROVIDER_STALE, evaluations go on; then PROVIDER_READY', async () => {
  const { state, fetch } = network();
  const calls: string[] = [];
  const options = { ...quiet, fetch, pollEveryMs: 100, staleAfterMs: 1000 };
  const provider = assayProvider({
    ...options,
    onReady: () => calls.push('ready'),
    onStale: () => calls.push('stale'),
  });
  const { client, names, events } = await register(provider);
  state.status = 0;
  await soon(() => expect(client.providerStatus).toBe(ProviderStatus.STALE));
  expect(events.at(-1)?.[1]?.message).toMatch(/not confirmed the ruleset for 1\d\d\d ms/);
  expect(await client.getBooleanDetails('flag', false)).toMatchObject({
    value: true,
    reason: StandardResolutionReasons.STATIC,
  });
  state.status = 200;
  await soon(() => expect(client.providerStatus).toBe(ProviderStatus.READY));
  expect(names()).toEqual([ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Ready]);
  // The callbacks of the options are the service's own, and called as ever.
  expect(calls).toEqual(['ready', 'stale']);
});

test('5.1.1 A change is PROVIDER_CONFIGURATION_CHANGED and names the flags that changed', async () => {
  const server = await streamServer(rulesetOf({ model: slotOf(), other: slotOf() }, 1));
  const { events } = await register(assayProvider({ url: server.url, key: 'key' }));
  await soon(() => expect(server.open.size).toBe(1));
  server.change(rulesetOf({ model: slotOf({ experiments: [experimentOf({ paused: true })] }), other: slotOf() }, 2));
  await soon(() =>
    expect(events.at(-1)).toEqual([
      ProviderEvents.ConfigurationChanged,
      expect.objectContaining({ flagsChanged: ['model'], metadata: { ruleset: 2 } }),
    ]),
  );
  await closeAll();
  await server.close();
});

test('2.5.1 Closing sends what was recorded; 2.5.2 then the provider is as before, and may be initialized again', async () => {
  const { client, provider, server } = await start();
  await client.getObjectValue('model', null, { targetingKey: 'u1' });
  client.track('click', { targetingKey: 'u1' });
  await provider.onClose?.();
  expect(server.events().map(({ type }) => type)).toEqual(['exposure', 'outcome']);
  const of = ['flag', false, {}, console] as const;
  expect(await provider.resolveBooleanEvaluation(...of)).toMatchObject({
    value: false,
    errorCode: 'PROVIDER_NOT_READY',
  });
  expect(provider.track?.('click', { targetingKey: 'u1' }, {})).toBeUndefined();
  await provider.onClose?.();
  await provider.initialize?.();
  expect(await provider.resolveBooleanEvaluation(...of)).toMatchObject({ value: true });
});

test('2.5.1 A provider that is closed while it starts leaves nothing running', async () => {
  const { state, fetch } = network();
  state.status = 0;
  let requests = 0;
  const counting: typeof fetch = (url, init) => {
    requests++;
    return fetch(url, init);
  };
  const provider = assayProvider({ ...quiet, fetch: counting, timeoutMs: 200, pollEveryMs: 100 });
  const starting = provider.initialize?.();
  const closing = provider.onClose?.();
  await expect(starting).rejects.toThrow(/closed while it started/);
  await closing;
  const before = requests;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(requests).toBe(before);
});

test('A client of the service’s own is used, told of, flushed, and left open', async () => {
  const { state, fetch, events: sent } = network();
  state.status = 0;
  const options = { ...quiet, fetch, timeoutMs: 0, pollEveryMs: 100, flushEveryMs: 600_000 };
  const assay = await connect(options);
  const { client, names, domain } = await register(assayProvider(assay));
  expect(client.providerStatus).toBe(ProviderStatus.ERROR);
  state.status = 200;
  await soon(() => expect(names()).toEqual([ProviderEvents.Error, ProviderEvents.Ready]));
  await client.getObjectValue('model', null, { targetingKey: 'u1' });
  await OpenFeature.setProviderAndWait(domain, assayProvider(assay));
  await soon(() => expect(sent()).toHaveLength(1));
  assay.outcome('click', { unit: 'u1' });
  expect(await assay.close()).toEqual({ delivered: true });
  expect(sent().map(({ type }) => type)).toEqual(['exposure', 'outcome']);
});
