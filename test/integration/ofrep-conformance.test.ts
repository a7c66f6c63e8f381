import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Answered,
  breaches,
  invalid,
  type Operation,
  ofrepDocument,
  undocumented,
  valid,
} from './ofrep-document.ts';
import { fillWithFlags } from './ofrep-fixture.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** Requests made from the protocol's document; every answer is held to it. */

const RUNS = { numRuns: 60, seed: 20261123 };
let test: TestServer;
/** Of everybody's slots. */
let keys: string[] = [];

beforeAll(async () => {
  // The generated requests come faster than any key should.
  test = await startTestServer({ ASSAY_OFREP_REQUESTS_PER_SECOND: '0' });
  await fillWithFlags(test);
  keys = Object.keys((await test.server.services.rulesets.ruleset(1)).ruleset.slots);
});
afterAll(() => test?.stop());

const operations = Object.entries(ofrepDocument.paths).map(([path, { post }]) => ({ path, operation: post }));
const bodySchema = ({ requestBody }: Operation) => requestBody.content['application/json']!.schema;

interface Sent {
  path: string;
  body: string;
  headers?: Record<string, string>;
  query?: string;
}

const bearer = () => ({ Authorization: `Bearer ${test.sdkKey}` });

async function send({ path, body, headers = bearer(), query = '' }: Sent): Promise<Answered> {
  const response = await fetch(`${test.url}${path}${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends it, holds the answer to the document, and gives it back. */
async function exchange(operation: Operation, sent: Sent): Promise<Answered & { body: Record<string, unknown> }> {
  const answered = await send(sent);
  expect(undocumented(operation, answered), `${sent.path}${sent.query ?? ''} ${sent.body}`).toEqual([]);
  return { ...answered, body: answered.text === '' ? {} : JSON.parse(answered.text) };
}

const at = (path: string, key: string) => path.replace('{key}', encodeURIComponent(key));
const anyKey = () => fc.constantFrom(...keys);

it('the document has the operations that the server speaks, and they are in our own document', async () => {
  expect(operations.map(({ operation }) => operation.operationId)).toEqual(['evaluateFlag', 'evaluateFlagsBulk']);
  const own = (await (await fetch(`${test.url}/openapi.json`)).json()) as typeof ofrepDocument;
  for (const { path, operation } of operations) {
    const responses = own.paths[path]?.post.responses ?? {};
    expect(Object.keys(responses).sort()).toEqual(Object.keys(operation.responses).sort());
  }
});

for (const { path, operation } of operations) {
  const { operationId } = operation;
  const body = bodySchema(operation);

  it(`${operationId}: every valid body is answered 200 as documented, the document's example too`, async () => {
    const { example } = operation.requestBody.content['application/json']!;
    expect(breaches(body, example)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 1, arbitrary: fc.constant(example) }, { weight: 9, arbitrary: valid(body) }),
        anyKey(),
        async (value, key) => {
          const answer = await exchange(operation, { path: at(path, key), body: JSON.stringify(value) });
          const { targetingKey } = (value as { context: { targetingKey: string } }).context;
          // Valid by the document, and nobody all the same.
          if (targetingKey === '') expect(answer.body).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
          else expect(answer.status).toBe(200);
        },
      ),
      RUNS,
    );
  });

  it(`${operationId}: every body with one thing wrong is answered 400 with a code that says what`, async () => {
    const codes = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(invalid(body), anyKey(), async (value, key) => {
        expect(breaches(body, value)).not.toEqual([]);
        const answer = await exchange(operation, { path: at(path, key), body: JSON.stringify(value) });
        expect(answer.status).toBe(400);
        codes.add(answer.body.errorCode);
      }),
      RUNS,
    );
    expect([...codes].sort()).toEqual(['INVALID_CONTEXT', 'PARSE_ERROR', 'TARGETING_KEY_MISSING']);
  });

  it(`${operationId}: what is no JSON, too long, too deep or of another type is answered 400`, async () => {
    const flag = at(path, 'flag');
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const cases: [string, string, Record<string, string>?][] = [
      ['INVALID_CONTEXT', ''],
      ['PARSE_ERROR', '{'],
      ['PARSE_ERROR', '\u0000'],
      ['PARSE_ERROR', '{}', { 'Content-Type': 'text/plain' }],
      ['PARSE_ERROR', '{}', { 'Content-Encoding': 'zstd' }],
      ['PARSE_ERROR', 'not gzip', { 'Content-Encoding': 'gzip' }],
      ['INVALID_CONTEXT', JSON.stringify({ context: { targetingKey: 'u', x: 'x'.repeat(1_200_000) } })],
    ];
    for (const [code, text, headers] of cases) {
      const answer = await exchange(operation, { path: flag, body: text, headers: { ...bearer(), ...headers } });
      expect([answer.status, answer.body.errorCode]).toEqual([400, code]);
    }
    const nested = await exchange(operation, { path: flag, body: `{"context":{"targetingKey":"u","x":${deep}}}` });
    expect([200, 400]).toContain(nested.status);
  });

  it(`${operationId}: keys are taken as the document's security schemes say; all else is 401 or 403`, async () => {
    expect(Object.keys(ofrepDocument.components.securitySchemes).sort()).toEqual(['ApiKeyAuth', 'BearerAuth']);
    const sent = { path: at(path, 'flag'), body: '{"context":{"targetingKey":"u"}}' };
    const status = async (headers: Record<string, string>) => (await exchange(operation, { ...sent, headers })).status;
    expect(await status({ Authorization: `Bearer ${test.sdkKey}` })).toBe(200);
    expect(await status({ 'X-API-Key': test.sdkKey })).toBe(200);
    expect(await status({ Authorization: `Bearer ${test.adminKey}` })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ Authorization: 'Bearer wrong' })).toBe(401);
    expect(await status({ Authorization: `Basic ${btoa(`u:${test.sdkKey}`)}` })).toBe(401);
    const signedIn = await fetch(`${test.url}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ key: test.adminKey }),
    });
    const session = /assay_session=([^;]+)/.exec(signedIn.headers.get('set-cookie') ?? '')?.[1] ?? '';
    expect(await status({ Authorization: `Bearer ${session}` })).toBe(403);
    const refused = await send({ ...sent, headers: {} });
    expect(JSON.parse(refused.text)).toMatchObject({
      errorCode: 'GENERAL',
      errorDetails: expect.stringContaining('key'),
    });
  });
}

it('evaluateFlag: unknown keys, however they are written, are answered 404 FLAG_NOT_FOUND with the key', async () => {
  const { path, operation } = operations[0]!;
  const body = '{"context":{"targetingKey":"u"}}';
  const strange = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('__proto__', 'constructor', 'toString', '%', 'a/b'),
  );
  await fc.assert(
    fc.asyncProperty(strange, async (key) => {
      fc.pre(!keys.includes(key) && key !== '.' && key !== '..');
      const answer = await exchange(operation, { path: at(path, key), body });
      expect([answer.status, answer.body]).toMatchObject([404, { key, errorCode: 'FLAG_NOT_FOUND' }]);
    }),
    RUNS,
  );
  const undecodable = await exchange(operation, { path: path.replace('{key}', '%ff'), body });
  expect([undecodable.status, undecodable.body]).toMatchObject([400, { key: '%ff', errorCode: 'PARSE_ERROR' }]);
});

it('evaluateFlagsBulk: an ETag names ruleset and context: 304 to the same, 200 to any other header, context or ruleset', async () => {
  const { path, operation } = operations[1]!;
  const body = (context: object) => JSON.stringify({ context });
  const anna = body({ targetingKey: 'anna', country: 'de' });
  const first = await exchange(operation, { path, body: anna });
  const etag = first.headers.get('etag') ?? '';
  const status = async (sent: string, tag: string) =>
    (await exchange(operation, { path, body: sent, headers: { ...bearer(), 'If-None-Match': tag } })).status;
  expect(await status(anna, etag)).toBe(304);
  expect(await status(anna, etag.replace('W/', ''))).toBe(304);
  expect(await status(anna, `"other", ${etag}`)).toBe(304);
  expect(await status(body({ targetingKey: 'bert', country: 'de' }), etag)).toBe(200);
  expect(await status(body({ targetingKey: 'anna', country: 'at' }), etag)).toBe(200);
  const printable = fc.string({ unit: fc.constantFrom(...' !"#%&\'()*+,-./09:;<=>?@AZ[]_`az{|}~') });
  await fc.assert(
    fc.asyncProperty(printable, async (tag) => {
      expect(await status(anna, tag)).toBe(200);
    }),
    RUNS,
  );
  await test.api('POST', '/api/slots', { key: 'late', variants: [{ key: 'only' }], champion: 'only' });
  expect(await status(anna, etag)).toBe(200);
});

it('evaluateFlagsBulk: the query of an event stream is taken, whatever it holds', async () => {
  const { path, operation } = operations[1]!;
  const parameters = ['flagConfigEtag', 'flagConfigLastModified'];
  const schemas = parameters.map((name) => {
    const found = (
      ofrepDocument.components as unknown as { parameters: Record<string, { schema: Record<string, unknown> }> }
    ).parameters[name];
    return valid(found!.schema);
  });
  await fc.assert(
    fc.asyncProperty(fc.tuple(...schemas), async (values) => {
      const query = `?${new URLSearchParams(values.map((value, i) => [parameters[i]!, String(value)]))}`;
      const answer = await exchange(operation, { path, query, body: '{"context":{"targetingKey":"u"}}' });
      expect(answer.status).toBe(200);
    }),
    RUNS,
  );
});

it('every flag of a bulk answer is that of the single one, but for its decision', async () => {
  const [single, bulk] = operations;
  const withoutDecision = (flag: unknown) =>
    JSON.parse(JSON.stringify(flag).replaceAll(/(\\?"decision\\?":\\?")[^"\\]+/g, '$1'));
  for (let i = 0; i < 20; i++) {
    const body = JSON.stringify({ context: { targetingKey: `unit ${i}`, country: i % 2 ? 'de' : 'at' } });
    const all = await exchange(bulk!.operation, { path: bulk!.path, body });
    const flags = all.body.flags as { key: string }[];
    expect(flags.map(({ key }) => key).sort()).toEqual(expect.arrayContaining([...keys].sort()));
    for (const flag of flags) {
      const one = await exchange(single!.operation, { path: at(single!.path, flag.key), body });
      expect(withoutDecision(one.body)).toEqual(withoutDecision(flag));
    }
  }
});
