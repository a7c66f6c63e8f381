import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, type Provider, ProviderEvents } from '@openfeature/web-sdk';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerSentEvent, sseParser } from '../../sdk/sse-parser.ts';
import { readConfig } from '../../server/config.ts';
import { type RunningServer, startServer } from '../../server/start.ts';
import { breaches, eventSchema } from './ofrep-document.ts';
import { evaluate } from './ofrep-fixture.ts';
import { startTestServer, TEST_ADMIN_KEY, type TestServer, until } from './test-server.ts';

let test: TestServer;
/** Another server on the same database, which hears of changes by its poll. */
let second: RunningServer;
let secondUrl: string;

beforeAll(async () => {
  test = await startTestServer();
  const config = readConfig({
    DATABASE_URL: test.database.url,
    PORT: '0',
    ASSAY_ADMIN_KEY: TEST_ADMIN_KEY,
    LOG_LEVEL: 'silent',
  });
  second = await startServer(config, pino({ level: 'silent' }));
  secondUrl = `http://localhost:${second.port}`;
  await test.api('POST', '/api/slots', {
    key: 'colour',
    variants: [
      { key: 'a', payload: 'red' },
      { key: 'b', payload: 'blue' },
    ],
    champion: 'a',
  });
});
afterAll(async () => {
  await second?.stop();
  await test?.stop();
});

/** A browser's EventSource as far as providers use it; Node 20 has none. */
class EventSourceOfTest extends EventTarget {
  readyState = 0;
  readonly #stopping = new AbortController();
  readonly events: ServerSentEvent[] = [];
  constructor(url: string, headers: Record<string, string> = {}) {
    super();
    void this.#read(url, headers).catch(() => this.#tell('error', 2));
  }
  async #read(url: string, headers: Record<string, string>): Promise<void> {
    const response = await fetch(url, { headers, signal: this.#stopping.signal });
    if (!response.headers.get('content-type')?.includes('text/event-stream')) return this.#tell('error', 2);
    this.#tell('open', 1);
    const parse = sseParser((event) => {
      if (event.type === 'comment') return;
      this.events.push(event);
      this.dispatchEvent(new MessageEvent(event.type, { data: event.data }));
    });
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      parse(new TextDecoder().decode(chunk));
    }
    this.#tell('error', 2);
  }
  #tell(type: string, readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(type));
  }
  close(): void {
    this.readyState = 2;
    this.#stopping.abort();
  }
}

async function streamUrl(server = test.url, key = test.sdkKey): Promise<string> {
  const { text } = await evaluate({ url: server, sdkKey: key }, '', { targetingKey: 'u' });
  const [stream] = (JSON.parse(text) as { eventStreams: { type: string; endpoint: { requestUri: string } }[] })
    .eventStreams;
  expect(stream?.type).toBe('sse');
  return `${server}${stream?.endpoint.requestUri}`;
}

async function setChampion(champion: string): Promise<void> {
  const { status, body } = await test.api('PUT', '/api/slots/colour/champion', { champion });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

it('a stream tells at once what is in force, but not who has it already, and then of every change', async () => {
  const url = await streamUrl();
  const fresh = new EventSourceOfTest(url);
  await until(async () => fresh.events.length === 1);
  const knowing = new EventSourceOfTest(url, { 'Last-Event-ID': fresh.events[0]?.id ?? '' });
  await until(async () => knowing.readyState === 1);
  await setChampion('b');
  for (const [source, count] of [
    [fresh, 2],
    [knowing, 1],
  ] as const) {
    await until(async () => source.events.length === count);
    for (const { type, data, id } of source.events) {
      expect(type).toBe('message');
      const told = JSON.parse(data);
      expect(breaches(eventSchema, told)).toEqual([]);
      expect(told).toEqual({ type: 'refetchEvaluation', etag: id });
    }
    source.close();
  }
  expect(knowing.events[0]?.id).toBe(fresh.events[1]?.id);
});

it('the address is the same for a key on every server, and good for nothing once its key is revoked', async () => {
  const created = await test.api<{ id: number; secret: string }>('POST', '/api/keys', { kind: 'sdk', name: 'page' });
  const url = await streamUrl(test.url, created.body.secret);
  expect(await streamUrl(secondUrl, created.body.secret)).toBe(url.replace(test.url, secondUrl));
  const token = new URL(url).searchParams.get('token') ?? '';
  const status = async (address: string, headers = {}) => {
    const stopping = new AbortController();
    const response = await fetch(address, { headers, signal: stopping.signal });
    stopping.abort();
    return response.status;
  };
  expect(await status(url)).toBe(200);
  expect(await status(`${secondUrl}/ofrep/v1/stream?token=${token}`)).toBe(200);
  for (const wrong of ['', 'x', token.slice(0, -1), token.replace(/^\d+/, '1'), token.replace(/^\d+/, '999999')]) {
    expect(await status(`${test.url}/ofrep/v1/stream?token=${wrong}`)).toBe(401);
  }
  expect(await status(`${test.url}/v1/ruleset`, { Authorization: `Bearer ${token}` })).toBe(401);
  await test.api('DELETE', `/api/keys/${created.body.id}`);
  expect(await status(url)).toBe(401);
});

it('a re-fetch that an event caused is answered by the ruleset of the event, also where it is not known yet', async () => {
  const source = new EventSourceOfTest(await streamUrl());
  await until(async () => source.events.length === 1);
  for (const [champion, value] of [
    ['a', 'red'],
    ['b', 'blue'],
    ['a', 'red'],
  ] as const) {
    const seen = source.events.length;
    await setChampion(champion);
    await until(async () => source.events.length > seen);
    const { etag } = JSON.parse(source.events.at(-1)?.data ?? '');
    const query = `?flagConfigEtag=${encodeURIComponent(etag)}`;
    const { text } = await evaluate({ url: secondUrl, sdkKey: test.sdkKey }, query, { targetingKey: 'u' });
    expect((JSON.parse(text) as { flags: { value: string }[] }).flags.map((flag) => flag.value)).toEqual([value]);
  }
  source.close();
});

it('the web provider of OpenFeature evaluates all flags, and hears of changes by the stream', async () => {
  Object.assign(globalThis, { EventSource: EventSourceOfTest });
  await setChampion('a');
  const headers: [string, string][] = [['Authorization', `Bearer ${test.sdkKey}`]];
  const provider = new OFREPWebProvider({ baseUrl: test.url, headers, cacheMode: 'disabled' });
  try {
    await OpenFeature.setContext({ targetingKey: 'u', country: 'de' });
    await OpenFeature.setProviderAndWait(provider as Provider);
    const client = OpenFeature.getClient();
    const details = client.getStringDetails('colour', 'none');
    expect(details).toMatchObject({ value: 'red', variant: 'a', reason: 'STATIC', flagMetadata: { propensity: 1 } });
    expect(client.getStringDetails('unheard-of', 'none')).toMatchObject({ value: 'none', errorCode: 'FLAG_NOT_FOUND' });
    const changes: unknown[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, (event) => changes.push(event?.flagsChanged));
    await setChampion('b');
    await until(async () => client.getStringValue('colour', 'none') === 'blue');
    expect(changes.at(-1)).toEqual(['colour']);
  } finally {
    await OpenFeature.clearProviders();
    Reflect.deleteProperty(globalThis, 'EventSource');
  }
});
