import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../server/contract/server-facts-contract.ts';
import { caller, draftExperiment, startTestServer, type TestServer } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

type Failure = { error: { code: string; message: string; details?: { path: string }[] } };
const fail = (method: string, path: string, body?: unknown) => test.api<Failure>(method, path, body);

describe('keys', () => {
  it('refuses a request without a key, and says where to put one', async () => {
    const response = await fetch(`${test.url}/api/slots`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { code: 'unauthenticated', message: /Authorization: Bearer/ },
    });
  });

  it('refuses a wrong key', async () => {
    const { status, body } = await caller(test.url, 'wrong')<Failure>('GET', '/api/slots');
    expect(status).toBe(401);
    expect(body.error.message).toMatch(/unknown, revoked or expired/);
  });

  it('refuses an SDK key on /api and a session on /v1', async () => {
    const { status, body } = await caller(test.url, test.sdkKey)<Failure>('GET', '/api/slots');
    expect([status, body.error.code]).toEqual([403, 'forbidden']);
  });

  it('takes events only with a known key, and a body only up to its limit', async () => {
    const send = (key: string | null, body: string) =>
      fetch(`${test.url}/v1/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) },
        body,
      });
    const batch = JSON.stringify({ batch: '019a0000-0000-7000-8000-000000000000', events: [] });
    expect((await send(null, batch)).status).toBe(401);
    expect((await send('wrong', batch)).status).toBe(401);
    const large = await send(test.sdkKey, `{"events":"${'x'.repeat(10_000_000)}"}`);
    expect([large.status, ((await large.json()) as Failure).error.code]).toEqual([413, 'body_too_large']);
    expect((await send(test.sdkKey, 'not json')).status).toBe(400);
  });

  it('serves the ruleset to an SDK key, with an ETag that answers 304', async () => {
    const headers = { Authorization: `Bearer ${test.sdkKey}` };
    const first = await fetch(`${test.url}/v1/ruleset`, { headers });
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ rules: 1, environment: 'production' });
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(`${test.url}/v1/ruleset`, { headers: { ...headers, 'If-None-Match': etag } });
    expect(again.status).toBe(304);
  });

  it('shows a secret once, stores only its hash, and refuses it after revocation', async () => {
    const made = await test.api<{ id: number; secret: string }>('POST', '/api/keys', {
      kind: 'admin',
      name: 'temporary',
    });
    expect(made.status).toBe(201);
    const { rows } = await test.server.services.pool.query('select hash, prefix from api_key where id = $1', [
      made.body.id,
    ]);
    expect(rows[0].hash.toString('utf8')).not.toContain(made.body.secret);
    expect(rows[0].hash).toHaveLength(32);
    expect(made.body.secret.length - rows[0].prefix.length).toBeGreaterThan(24);
    const listed = await test.api<{ keys: object[] }>('GET', '/api/keys');
    expect(JSON.stringify(listed.body)).not.toContain(made.body.secret);
    expect((await test.api('DELETE', `/api/keys/${made.body.id}`)).status).toBe(200);
    expect((await caller(test.url, made.body.secret)('GET', '/api/slots')).status).toBe(401);
  });
});

describe('the server', () => {
  it('tells its version, the age of its ruleset, and its limits, to admin keys only', async () => {
    const { body: before } = await test.api<ServerFacts>('GET', '/api/server');
    expect(before).toMatchObject({ database: 'external', processes: 1, retentionDays: 90, maxBodyBytes: 5_242_880 });
    expect(before.version).toMatch(/^\d+\.\d+\.\d+/);
    await test.api('POST', '/api/slots', { key: 'ages', variants: [{ key: 'a' }], champion: 'a' });
    const { body: after } = await test.api<ServerFacts>('GET', '/api/server');
    expect(after.ruleset.version).toBe(before.ruleset.version + 1);
    expect(after.ruleset.changedAt > before.ruleset.changedAt).toBe(true);
    expect((await caller(test.url, test.sdkKey)('GET', '/api/server')).status).toBe(403);
  });
});

describe('sessions', () => {
  const signIn = (key: string) =>
    fetch(`${test.url}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ key }),
    });

  it('signs in by a link, with a cookie that scripts cannot read', async () => {
    const link = await test.server.signInLink();
    const response = await signIn(link.split('#token=')[1] ?? '');
    expect(response.status).toBe(200);
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const session = { Cookie: cookie.split(';')[0] ?? '' };
    expect((await fetch(`${test.url}/api/session`, { headers: session })).status).toBe(200);
    // A page of another site can make the browser send the cookie, but not our origin.
    const foreign = { ...session, Origin: 'https://evil.example', 'Content-Type': 'application/json' };
    expect((await fetch(`${test.url}/api/session`, { method: 'DELETE', headers: foreign })).status).toBe(403);
    const own = { ...session, Origin: test.url };
    expect((await fetch(`${test.url}/api/session`, { method: 'DELETE', headers: own })).status).toBe(200);
    expect((await fetch(`${test.url}/api/session`, { method: 'DELETE', headers: { Origin: test.url } })).status).toBe(
      401,
    );
  });

  it('refuses a wrong key and an SDK key, and slows guessing down', async () => {
    expect((await signIn('nonsense')).status).toBe(401);
    expect((await signIn(test.sdkKey)).status).toBe(401);
    const answers = await Promise.all(Array.from({ length: 12 }, () => signIn('guess')));
    expect(answers.at(-1)?.status).toBe(429);
    expect(answers.at(-1)?.headers.get('retry-after')).toBeTruthy();
  });
});

describe('slots, metrics and experiments', () => {
  it('creates, starts and concludes an experiment and writes an audit row for each change', async () => {
    await draftExperiment(test, { key: 'life' });
    const started = await test.api<{ state: string; phases: { salt: string }[] }>(
      'POST',
      '/api/experiments/life/start',
    );
    expect([started.status, started.body.state]).toEqual([200, 'running']);
    expect(started.body.phases[0]?.salt).toMatch(/^[0-9a-f]{24}$/);
    expect((await test.api('POST', '/api/experiments/life/pause')).status).toBe(200);
    expect((await test.api('POST', '/api/experiments/life/resume')).status).toBe(200);
    const concluded = await test.api('POST', '/api/experiments/life/conclude', { promote: 'new' });
    expect(concluded.body.state).toBe('concluded');
    expect((await test.api('GET', '/api/slots/life')).body.champion).toBe('new');
    const { rows } = await test.server.services.pool.query(
      "select action from audit where subject = 'experiment:life' order by id",
    );
    expect(rows.map((row) => row.action)).toEqual(
      ['create', 'start', 'pause', 'resume', 'conclude'].map((each) => `experiment.${each}`),
    );
  });

  it('refuses transitions that make no sense, and says what is possible', async () => {
    await draftExperiment(test, { key: 'order' });
    const paused = await fail('POST', '/api/experiments/order/pause');
    expect(paused.status).toBe(409);
    expect(paused.body.error.message).toBe('Experiment "order" is draft: it cannot pause. Possible now: start.');
  });

  it('keeps two running experiments of one slot apart', async () => {
    await draftExperiment(test, { key: 'layer' });
    await test.api('POST', '/api/experiments/layer/start');
    const second = {
      key: 'layer-2',
      slot: 'layer',
      name: 'second',
      metrics: [{ metric: 'layer-clicked', role: 'primary' }],
      phases: [
        {
          split: [
            { variant: 'new', weight: 0.5 },
            { variant: 'old', weight: 0.5 },
          ],
          plan: { units: 10 },
        },
      ],
    };
    expect((await test.api('POST', '/api/experiments', second)).status).toBe(201);
    const clash = await fail('POST', '/api/experiments/layer-2/start');
    expect(clash.status).toBe(409);
    expect(clash.body.error.message).toContain('"layer" already uses 0-1 of slot "layer"');
  });

  it('refuses to change the champion under a running experiment', async () => {
    const answer = await fail('PUT', '/api/slots/layer/champion', { champion: 'new' });
    expect([answer.status, answer.body.error.code]).toEqual([409, 'not_possible_now']);
  });

  const base = {
    key: 'bad',
    slot: 'layer',
    name: 'bad',
    metrics: [{ metric: 'layer-clicked', role: 'primary' }],
    phases: [
      {
        split: [
          { variant: 'new', weight: 0.5 },
          { variant: 'old', weight: 0.5 },
        ],
        plan: { units: 10 },
      },
    ],
  };
  const phase = base.phases[0];
  it.each([
    ['an unknown slot', { ...base, slot: 'nowhere' }, 404, 'There is no slot "nowhere"'],
    [
      'an unknown variant',
      {
        ...base,
        phases: [
          {
            ...phase,
            split: [
              { variant: 'x', weight: 0.5 },
              { variant: 'old', weight: 0.5 },
            ],
          },
        ],
      },
      400,
      'has no variant "x"; it has "old", "new"',
    ],
    ['an unknown metric', { ...base, metrics: [{ metric: 'x', role: 'primary' }] }, 400, 'there is no metric "x"'],
    [
      'no primary metric',
      { ...base, metrics: [{ metric: 'layer-clicked', role: 'guardrail' }] },
      400,
      'at least one primary metric',
    ],
    [
      'weights that do not sum to 1',
      {
        ...base,
        phases: [
          {
            ...phase,
            split: [
              { variant: 'new', weight: 0.5 },
              { variant: 'old', weight: 0.6 },
            ],
          },
        ],
      },
      400,
      'must sum to 1',
    ],
    [
      'the same variant twice',
      {
        ...base,
        phases: [
          {
            ...phase,
            split: [
              { variant: 'new', weight: 0.5 },
              { variant: 'new', weight: 0.5 },
            ],
          },
        ],
      },
      400,
      'each variant may stand once',
    ],
    [
      'a plan without an end',
      { ...base, phases: [{ ...phase, plan: {} }] },
      400,
      'declare "units" or "durationSeconds"',
    ],
    ['a missing field', { key: 'bad' }, 400, 'slot'],
    ['a bad key', { ...base, key: 'Not A Key' }, 400, 'a-z 0-9'],
  ])('refuses %s with a message that says what to do', async (_, body, status, message) => {
    const answer = await fail('POST', '/api/experiments', body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toContain(message);
  });

  it('answers 404 for an unknown experiment and an unknown path, 400 for broken JSON', async () => {
    expect((await fail('GET', '/api/experiments/nope/report')).body.error.message).toContain(
      'There is no experiment "nope"',
    );
    expect((await fail('GET', '/api/nope')).body.error.code).toBe('not_found');
    const broken = await fetch(`${test.url}/api/slots`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${test.adminKey}`, 'Content-Type': 'application/json' },
      body: '{"key":',
    });
    expect(broken.status).toBe(400);
    expect(((await broken.json()) as Failure).error.message).toContain('not valid JSON');
  });
});

describe('operations', () => {
  it('describes every route in an OpenAPI document and shows it at /docs', async () => {
    const document = (await (await fetch(`${test.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).toBe('3.1.0');
    for (const path of [
      '/v1/events',
      '/v1/ruleset',
      '/api/experiments/{experiment}/report',
      '/api/slots',
      '/healthz',
    ]) {
      expect(Object.keys(document.paths)).toContain(path);
    }
    const page = await fetch(`${test.url}/docs`);
    expect(await page.text()).toContain('swagger-ui-bundle.js');
    expect((await fetch(`${test.url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
  });

  it('answers health, readiness and Prometheus metrics, with strict headers', async () => {
    const health = await fetch(`${test.url}/healthz`);
    expect(health.status).toBe(200);
    expect(health.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await fetch(`${test.url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${test.url}/metrics`)).text()).toContain('process_cpu_seconds_total');
  });
});
