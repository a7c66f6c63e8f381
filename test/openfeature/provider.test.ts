import { type ConnectOptions, connect, type ExposureEvent, type Problem } from '@assay-ml/sdk';
import { assayProvider } from '@assay-ml/sdk/openfeature';
import { ErrorCode, InMemoryProvider, MultiProvider, OpenFeature } from '@openfeature/server-sdk';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordingServer } from '../sdk/recording-server.ts';
import { closeAll, freshDomain, quiet, ruleset, start } from './provider-fixture.ts';

beforeEach(() => void OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} }));
afterEach(closeAll);

const unit = { targetingKey: 'u1' };

test('2.1.1 The provider has a name', async () => {
  const { client } = await start();
  expect(client.metadata.providerMetadata).toEqual({ name: 'assay' });
});

describe('2.2.3 The value of a flag', () => {
  test('is the payload of the variant', async () => {
    const { client } = await start();
    expect(await client.getBooleanValue('flag', false)).toBe(true);
    expect(await client.getStringValue('text', '')).toBe('hello');
    expect(await client.getNumberValue('number', 0)).toBe(1);
    expect(await client.getObjectValue('list', [])).toEqual(['x', 'y']);
    expect(await client.getObjectValue('wrapped', {})).toMatchObject({ value: 0.5, model: 'small' });
  });

  test('is the member `value` of a payload with more to say, for flags that are no objects', async () => {
    const { client } = await start();
    expect(await client.getNumberValue('wrapped', 0)).toBe(0.5);
    expect(await client.getStringDetails('wrapped', '-')).toMatchObject({ value: '-', errorCode: 'TYPE_MISMATCH' });
  });

  test('is a copy, so that who changes it changes nothing for others', async () => {
    const { client } = await start();
    const first = (await client.getObjectValue('list', [])) as string[];
    first.push('mine');
    expect(await client.getObjectValue('list', [])).toEqual(['x', 'y']);
  });

  test('is the default of the code where the payload is null', async () => {
    const { client } = await start();
    expect(await client.getStringDetails('off', 'mine')).toMatchObject({
      value: 'mine',
      reason: 'DISABLED',
      variant: 'none',
    });
    expect(await client.getObjectDetails('control', { a: 1 }, unit)).toMatchObject({
      value: { a: 1 },
      reason: 'SPLIT',
    });
  });
});

test.each([
  ['STATIC', 'a champion without an experiment', 'number', {}],
  ['SPLIT', 'a draw of the unit', 'drawn', unit],
  ['TARGETING_MATCH', 'a rule whose variant has all the weight', 'targeted', { ...unit, country: 'NL' }],
  ['DEFAULT', 'a champion outside the targeting', 'targeted', { ...unit, country: 'BE' }],
  ['DISABLED', 'a champion without a value', 'off', unit],
])('2.2.5 The reason is %s for %s', async (reason, _, key, context) => {
  const { client } = await start();
  const details = await client.getNumberDetails(key, 0, context);
  expect(details.reason).toBe(reason);
  expect(details).not.toHaveProperty('errorCode');
  expect(details).not.toHaveProperty('errorMessage');
});

test('2.2.5 The reason is DEFAULT outside the range of the layer, TARGETING_MATCH inside', async () => {
  const { client } = await start();
  const reasons = ['lower', 'upper'].map(async (key) => (await client.getNumberDetails(key, 0, unit)).reason);
  expect((await Promise.all(reasons)).sort()).toEqual(['DEFAULT', 'TARGETING_MATCH']);
});

test('2.2.5 The reason of an override is TARGETING_MATCH', async () => {
  const assay = await connect({ offline: true, bootstrap: ruleset });
  const domain = freshDomain();
  await OpenFeature.setProviderAndWait(domain, assayProvider(assay));
  assay.override('number', 'u1', 'new');
  const details = await OpenFeature.getClient(domain).getNumberDetails('number', 0, unit);
  expect(details).toMatchObject({ value: 2, variant: 'new', reason: 'TARGETING_MATCH' });
});

test.each([
  [ErrorCode.FLAG_NOT_FOUND, 'an unknown slot', 'nothing', unit, /no slot "nothing"/],
  [ErrorCode.TYPE_MISMATCH, 'a payload of another type', 'model', unit, /Variant "ch\w+" of "model" carries no number/],
  [ErrorCode.TARGETING_KEY_MISSING, 'an experiment without a unit', 'model', {}, /pass a targetingKey/],
  [ErrorCode.TARGETING_KEY_MISSING, 'an empty targeting key', 'model', { targetingKey: '' }, /pass a targetingKey/],
  [ErrorCode.INVALID_CONTEXT, 'a targeting key of another type', 'number', { targetingKey: 5 }, /targetingKey must be/],
])('2.2.7 The error code is %s for %s', async (errorCode, _, key, context, message) => {
  const { client, provider, server } = await start();
  const details = await client.getNumberDetails(key, 13, context as never);
  expect(details).toMatchObject({
    value: 13,
    reason: 'ERROR',
    errorCode,
    errorMessage: expect.stringMatching(message),
  });
  expect(details.variant).toBeUndefined();
  await provider.onClose?.();
  expect(server.events()).toEqual([]);
});

test('2.2.7 Without a unit everything is answered that does not depend on it', async () => {
  const problems: Problem[] = [];
  const { client, provider, server } = await start({ onError: (problem) => problems.push(problem) });
  expect(await client.getNumberDetails('number', 0)).toMatchObject({ value: 1, reason: 'STATIC' });
  expect(await client.getNumberDetails('targeted', 0, { country: 'BE' })).toMatchObject({
    value: 1,
    reason: 'DEFAULT',
  });
  const sure = await client.getNumberDetails('targeted', 0, { country: 'NL' });
  expect(sure).toMatchObject({ value: 2, reason: 'TARGETING_MATCH' });
  await provider.onClose?.();
  // An exposure is of a unit; there is none, and so none is dropped.
  expect(server.events()).toEqual([]);
  expect(problems).toEqual([]);
});

test('2.2.9 Flag metadata names what assigned the variant, and an evaluation records the exposure as decide does', async () => {
  const { client, provider, server } = await start();
  const { variant, flagMetadata } = await client.getObjectDetails('model', null, unit);
  await client.getObjectDetails('model', null, unit);
  await provider.onClose?.();
  expect(flagMetadata).toEqual({
    ...{ experiment: 'exp', phase: 11, step: 1, propensity: 0.5, ruleset: 7 },
    decision: expect.any(String),
  });
  const { decision, propensity } = flagMetadata;
  const exposures = server.events() as ExposureEvent[];
  // Once: the second is of the same unit and variant.
  expect(exposures).toMatchObject([
    { type: 'exposure', slot: 'model', unit: 'u1', phase: 11, variant, propensity, decision },
  ]);
});

test('2.2.10 Flag metadata of a payload are its scalars, and only what assigned goes before them', async () => {
  const { client } = await start();
  expect((await client.getNumberDetails('wrapped', 0, unit)).flagMetadata).toEqual({
    owner: 'ranking',
    stars: 5,
    phase: 'x',
  });
  expect((await client.getNumberDetails('annotated', 0, unit)).flagMetadata).toMatchObject({ owner: 'a', phase: 11 });
});

test('3.1.2 Fields of the context are attributes: scalars, lists, dates in ISO 8601; of objects nothing', async () => {
  const problems: Problem[] = [];
  const { client, server, provider } = await startWithSegments({ onError: (problem) => problems.push(problem) });
  const since = new Date('2026-01-02T03:04:05Z');
  const context = {
    ...unit,
    country: 'NL',
    age: 30,
    pro: true,
    since,
    never: new Date(Number.NaN),
    address: { city: 'x' },
  };
  await client.getObjectValue('model', null, context);
  await provider.onClose?.();
  const [exposure] = server.events() as ExposureEvent[];
  expect(exposure?.attributes).toEqual({ country: 'NL', age: 30, pro: true, since: '2026-01-02T03:04:05.000Z' });
  expect(problems).toEqual([]);
});

async function startWithSegments(more: ConnectOptions) {
  const segments = ['country', 'age', 'pro', 'since', 'never', 'address', 'targetingKey'];
  const model = {
    ...ruleset.slots.model!,
    experiments: ruleset.slots.model!.experiments.map((each) => ({ ...each, segments })),
  };
  const server = recordingServer({ ...ruleset, slots: { model } });
  return { ...(await start({ fetch: server.fetch, ...more })), server };
}

test('2.7.1 Tracking events are outcomes', async () => {
  const { client, provider, server } = await start();
  const at = new Date(Date.now() - 60_000);
  client.track('purchase', unit, {
    value: 12.5,
    decision: 'd1',
    item: 'i1',
    at,
    plan: 'pro',
    since: at,
    cart: { a: 1 },
  });
  client.track('click', unit);
  await provider.onClose?.();
  expect(server.events()).toMatchObject([
    {
      ...{ type: 'outcome', name: 'purchase', unit: 'u1', value: 12.5, decision: 'd1', item: 'i1', at: at.getTime() },
      properties: { plan: 'pro', since: at.toISOString() },
    },
    { type: 'outcome', name: 'click', unit: 'u1' },
  ]);
});

test('2.7.1 A tracking event that is no outcome is dropped, counted and told', async () => {
  const problems: Problem[] = [];
  const { client, provider, server } = await start({ onError: (problem) => problems.push(problem) });
  client.track('click', {});
  client.track('click', unit, { value: 'much' } as never);
  provider.track?.('click', new Proxy({}, { ownKeys: boom, get: boom }), {});
  await provider.onClose?.();
  expect(server.events()).toEqual([]);
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/unit is not a string/),
    expect.stringMatching(/value is not a finite number/),
    expect.stringMatching(/dropped/),
  ]);
});

const boom = () => {
  throw new Error('hostile');
};

test('1.4.10 Nothing in key, default or context makes an evaluation reject', async () => {
  const { provider } = await start();
  const hostile = new Proxy({}, { get: boom, has: boom, ownKeys: boom, getOwnPropertyDescriptor: boom });
  const context = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    fc.record({ targetingKey: fc.anything(), country: fc.anything() }, { requiredKeys: [] }),
    fc.constantFrom({ targetingKey: { toString: boom } }, { targetingKey: Symbol('x'), country: Symbol('y') }),
  );
  const key = fc.oneof(fc.constantFrom(...Object.keys(ruleset.slots), '__proto__', 'constructor'), fc.anything());
  const logger = { error() {}, warn() {}, info() {}, debug() {} };
  const check = async (flagKey: unknown, given: unknown) => {
    const of = [flagKey, 'mine', given, logger] as never as [string, never, never, never];
    for (const details of [
      await provider.resolveBooleanEvaluation(...of),
      await provider.resolveStringEvaluation(...of),
      await provider.resolveNumberEvaluation(...of),
      await provider.resolveObjectEvaluation(...of),
    ]) {
      expect(Object.values(ErrorCode).includes(details.errorCode!)).toBe(details.reason === 'ERROR');
      if (details.reason === 'ERROR') expect(details.value).toBe('mine');
    }
    provider.track?.(flagKey as never, given as never, given as never);
  };
  await fc.assert(fc.asyncProperty(key, context, check), { seed: 20_261_123, numRuns: 1000 });
  for (const bad of [hostile, null, undefined]) await check('model', bad);
  await check(hostile, hostile);
});

test('A multi-provider asks the next for slots that Assay does not have', async () => {
  const server = recordingServer(ruleset);
  const ours = assayProvider({ ...quiet, fetch: server.fetch });
  const flags = new InMemoryProvider({ elsewhere: { variants: { on: true }, defaultVariant: 'on', disabled: false } });
  const domain = freshDomain();
  await OpenFeature.setProviderAndWait(domain, new MultiProvider([{ provider: ours }, { provider: flags }]));
  const client = OpenFeature.getClient(domain);
  expect(await client.getBooleanValue('elsewhere', false)).toBe(true);
  expect(await client.getStringValue('text', '')).toBe('hello');
});
