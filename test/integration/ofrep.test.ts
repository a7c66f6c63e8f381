import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Decision } from '../../sdk/index.ts';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { evaluate, fillWithFlags, PAYLOADS } from './ofrep-fixture.ts';
import { startTestServer, TEST_ADMIN_KEY, type TestServer } from './test-server.ts';

let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await fillWithFlags(test);
});
afterAll(() => test?.stop());

interface Flag {
  key: string;
  value?: unknown;
  reason: string;
  variant: string;
  metadata: Record<string, string | number | boolean>;
}

async function flagOf(key: string, unit: string, attributes: Record<string, unknown> = {}): Promise<Flag> {
  const { status, text } = await evaluate(test, `/${key}`, { targetingKey: unit, ...attributes });
  expect(status).toBe(200);
  return JSON.parse(text) as Flag;
}

describe('what is evaluated', () => {
  it('is what the SDK decides for the same unit and attributes', async () => {
    const assay = await connect({ url: test.url, key: test.sdkKey, onError: () => undefined });
    const bare = ({ id: _, ...decision }: Decision) => decision;
    try {
      for (let i = 0; i < 25; i++) {
        const unit = `unit ${i} 👋`;
        const attributes = { country: i % 3 === 0 ? 'at' : 'de' };
        for (const slot of ['split', 'ramp', 'german', 'paused', 'shadowed', 'flag', 'nothing']) {
          const expected = bare(assay.peek(slot, { unit, attributes }));
          const { variant, value = null, metadata } = await flagOf(slot, unit, attributes);
          const { experiment = null, phase = null, step = 0, reason, propensity, ruleset } = metadata;
          expect({ variant, payload: value, experiment, phase, step, reason, propensity, ruleset }).toEqual(expected);
        }
      }
    } finally {
      await assay.close();
    }
  });

  it('has the reason of the protocol that says how it came about', async () => {
    const reasons = async (key: string, attributes = {}) => {
      const flags = await Promise.all(Array.from({ length: 20 }, (_, i) => flagOf(key, `u${i}`, attributes)));
      return [...new Set(flags.map(({ reason, metadata }) => `${reason} ${metadata.reason}`))].sort();
    };
    expect(await reasons('flag')).toEqual(['STATIC champion']);
    expect(await reasons('shadowed')).toEqual(['STATIC champion']);
    expect(await reasons('paused')).toEqual(['DISABLED champion']);
    expect(await reasons('split')).toEqual(['SPLIT assigned']);
    expect(await reasons('ramp')).toEqual(['SPLIT assigned']);
    expect(await reasons('german')).toEqual(['TARGETING_MATCH not_targeted']);
    expect(await reasons('german', { country: 'de' })).toEqual(['SPLIT assigned', 'SPLIT outside_range']);
  });

  it('names its exposure where there is one, with band and declared segments, and records nothing by itself', async () => {
    const bands = new Set<unknown>();
    for (let i = 0; i < 40; i++) {
      const { metadata, variant } = await flagOf('ramp', `u${i}`);
      const exposure = JSON.parse(String(metadata.exposure));
      const { phase, step, band, propensity, ruleset, decision } = metadata;
      expect(exposure).toEqual({
        ...{ type: 'exposure', unit: `u${i}`, slot: 'ramp', variant, source: 'hash' },
        ...{ phase, step, band, propensity, ruleset, decision },
      });
      bands.add(band);
    }
    expect([...bands].sort()).toEqual(['candidate', 'control', 'waiting']);
    const german = async (country: unknown) => {
      const flags = await Promise.all(
        Array.from({ length: 10 }, (_, i) => flagOf('german', `u${i}`, { country, age: 40 })),
      );
      return flags.flatMap(({ metadata }) => (metadata.exposure ? [JSON.parse(String(metadata.exposure))] : []));
    };
    const [told] = await german('de');
    expect(told.attributes).toEqual({ country: 'de' });
    const long = await flagOf('split', 'u'.repeat(300));
    expect(long.metadata).not.toHaveProperty('exposure');
    for (const key of ['flag', 'paused', 'shadowed']) {
      expect((await flagOf(key, 'u')).metadata).not.toHaveProperty('exposure');
    }
    const { rows } = await test.server.services.pool.query('select count(*)::int as n from exposure');
    expect(rows[0].n).toBe(0);
  });
});

describe('the server provider of OpenFeature', () => {
  const client = async (headers: [string, string][]) => {
    await OpenFeature.setProviderAndWait('ofrep', new OFREPProvider({ baseUrl: test.url, headers }));
    return OpenFeature.getClient('ofrep');
  };
  const user = { targetingKey: 'anna', country: 'de' };

  it('reads values of every type, with variant, reason and metadata', async () => {
    await test.api('POST', '/api/slots', {
      key: 'steps',
      variants: [{ key: 'only', payload: ['a', 1] }],
      champion: 'only',
    });
    const flags = await client([['Authorization', `Bearer ${test.sdkKey}`]]);
    expect(await flags.getBooleanValue('flag', false, user)).toBe(true);
    expect(await flags.getStringValue('greeting', '', user)).toBe(PAYLOADS.greeting);
    expect(await flags.getNumberValue('limit', 0, user)).toBe(42);
    expect(await flags.getNumberValue('threshold', 0, user)).toBe(0.25);
    expect(await flags.getObjectValue('model', {}, user)).toEqual(PAYLOADS.model);
    expect(await flags.getObjectValue('steps', [], user)).toEqual(['a', 1]);
    const split = await flags.getObjectDetails('split', {}, user);
    expect(split).toMatchObject({ reason: 'SPLIT', value: { model: split.variant } });
    expect(split.flagMetadata).toMatchObject({ experiment: 'split', propensity: 0.5, step: 1 });
    expect(JSON.parse(String(split.flagMetadata.exposure))).toMatchObject({ unit: 'anna', variant: split.variant });
  });

  it('serves the code default where there is no value, no slot, another type or no targeting key', async () => {
    const flags = await client([['X-API-Key', test.sdkKey]]);
    expect(await flags.getStringValue('nothing', 'from code', user)).toBe('from code');
    expect(await flags.getStringDetails('unheard-of', 'd', user)).toMatchObject({
      value: 'd',
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(await flags.getStringDetails('flag', 'd', user)).toMatchObject({ value: 'd', errorCode: 'TYPE_MISMATCH' });
    expect(await flags.getBooleanDetails('flag', false, {})).toMatchObject({
      value: false,
      errorCode: 'TARGETING_KEY_MISSING',
      errorMessage: expect.stringContaining('targetingKey'),
    });
    const wrong = await client([['Authorization', 'Bearer wrong']]);
    expect(await wrong.getBooleanDetails('flag', false, user)).toMatchObject({ value: false, errorCode: 'GENERAL' });
  });
});

describe('limits', () => {
  let limited: RunningServer;
  beforeAll(async () => {
    const config = readConfig({
      DATABASE_URL: test.database.url,
      PORT: '0',
      ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
      ASSAY_OFREP_REQUESTS_PER_SECOND: '5',
      LOG_LEVEL: 'silent',
    });
    limited = await startServer(config, pino({ level: 'silent' }));
  });
  afterAll(() => limited?.stop());

  it('refuse what one key sends beyond its rate with 429 and Retry-After, which the provider obeys; other keys go on', async () => {
    const url = `http://localhost:${limited.port}`;
    const at = { url, sdkKey: test.sdkKey };
    const answers = await Promise.all(Array.from({ length: 30 }, () => evaluate(at, '/flag', { targetingKey: 'u' })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(JSON.parse(refused[0]?.text ?? '')).toMatchObject({ key: 'flag', errorCode: 'GENERAL' });
    expect((await evaluate({ url, sdkKey: TEST_ADMIN_KEY }, '/flag', { targetingKey: 'u' })).status).toBe(200);

    const provider = new OFREPProvider({ baseUrl: url, headers: [['X-API-Key', test.sdkKey]] });
    const asked = Array.from({ length: 30 }, () =>
      provider.resolveBooleanEvaluation('flag', false, { targetingKey: 'u' }).catch((error: Error) => error.message),
    );
    expect((await Promise.all(asked)).some((told) => String(told).includes('rate limit exceeded'))).toBe(true);
    const paused = await provider.resolveBooleanEvaluation('flag', false, { targetingKey: 'u' }).catch(String);
    expect(paused).toContain('paused due to TooManyRequests');
  });
});

it('pages of other origins may evaluate', async () => {
  const preflight = await fetch(`${test.url}/ofrep/v1/evaluate/flags`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('If-None-Match');
  const { headers } = await evaluate(test, '', { targetingKey: 'u' });
  expect(headers.get('access-control-allow-origin')).toBe('*');
  expect(headers.get('access-control-expose-headers')).toContain('ETag');
  expect(headers.get('access-control-allow-credentials')).toBeNull();
});

it('unknown paths and methods below /ofrep answer in the words of the protocol', async () => {
  for (const [method, path] of [
    ['GET', '/ofrep/v1/evaluate/flags'],
    ['POST', '/ofrep/v2/evaluate/flags/flag'],
    ['GET', '/ofrep'],
  ] as const) {
    const response = await fetch(`${test.url}${path}`, { method });
    expect(response.status).toBe(404);
    const told = (await response.json()) as { errorCode: string; errorDetails: string };
    expect(told).toEqual({ errorCode: 'GENERAL', errorDetails: expect.stringContaining(`${method} ${path}`) });
  }
});
