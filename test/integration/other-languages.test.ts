import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

/** The examples for other languages, run as their readers would run them. */

const run = promisify(execFile);
const example = (path: string) => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test?.stop());

/** The program must be there: a test that is skipped where it is missing proves nothing. */
function need(program: string, args: string[]): void {
  const { error } = spawnSync(program, args);
  if (error)
    throw new Error(`${program} is missing (${error.message}): install it, for example apt-get install ${program}`);
}

async function startExperiment(key: string): Promise<void> {
  // Nobody's window closes while the test runs.
  await draftExperiment(test, { key, windowSeconds: 3600 });
  const started = await test.api('POST', `/api/experiments/${key}/start`, {});
  expect(started.status).toBe(200);
}

const environment = () => ({ ...process.env, ASSAY_URL: test.url, ASSAY_KEY: test.sdkKey });

/** What the database has of one unit. */
async function recordedOf(unit: string) {
  const { pool } = test.server.services;
  const exposures = await pool.query(
    `select e.decision_id as decision, v.key as variant, e.phase_id as phase, e.propensity, e.source
     from exposure e join variant v on v.id = e.variant_id where e.unit_id = $1`,
    [unit],
  );
  const outcomes = await pool.query(
    "select name, value, decision_id as decision, at > now() - interval '1 minute' as lately from outcome where unit_id = $1",
    [unit],
  );
  return { exposures: exposures.rows, outcomes: outcomes.rows };
}

interface Flag {
  variant: string;
  value: unknown;
  metadata: { decision: string; phase: number };
}

/** All units count in the report, and so does what came of each. */
async function expectReported(key: string, units: number): Promise<void> {
  const arms = await until(async () => {
    const { body } = await test.api<Report>('GET', `/api/experiments/${key}/report`);
    const found = body.metrics[0]?.variants ?? [];
    const counted = found.reduce((sum, { openUnits, soFar }) => sum + openUnits * (soFar ?? 0), 0);
    return counted === units && found;
  });
  for (const { openUnits, soFar } of arms) expect(soFar).toBe(openUnits === 0 ? null : 1);
}

async function expectRecorded(
  unit: string,
  outcome: string,
  { variant, metadata }: Flag,
  named: boolean,
): Promise<void> {
  const { decision, phase } = metadata;
  expect(await recordedOf(unit)).toEqual({
    exposures: [{ decision, variant, phase, propensity: 0.5, source: 'hash' }],
    outcomes: [{ name: outcome, value: 1, decision: named ? decision : null, lately: true }],
  });
}

it('Python: a variant is evaluated, and its exposure and outcome reach database and report', async () => {
  need('python3', ['--version']);
  await startExperiment('python');
  const units = Array.from({ length: 5 }, (_, i) => `zoë "${i}" 👋`);
  for (const unit of units) {
    const { stdout } = await run(
      'python3',
      [example('python/assay.py'), 'python', unit, 'python-click', 'country=de'],
      {
        env: environment(),
      },
    );
    const [flag = '', answer = ''] = stdout.trim().split('\n');
    expect(JSON.parse(answer)).toEqual({ accepted: 2, rejected: [] });
    const told = JSON.parse(flag) as Flag;
    expect(told.value).toEqual({ model: told.variant });
    await expectRecorded(unit, 'python-click', told, true);
  }
  await expectReported('python', units.length);
});

it('Python: a batch whose answer is lost is repeated as it was, and counted once', async () => {
  await startExperiment('lossy');
  const batches: { body: string; repeat: boolean | undefined }[] = [];
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const headers = { Authorization: String(request.headers.authorization), 'Content-Type': 'application/json' };
    const answer = await fetch(`${test.url}${request.url}`, { method: 'POST', headers, body });
    const text = await answer.text();
    if (request.url === '/v1/events') batches.push({ body, repeat: JSON.parse(text).repeat });
    const isLost = batches.length === 1;
    response.writeHead(isLost ? 503 : answer.status, { 'Content-Type': 'application/json', 'Retry-After': '0' });
    response.end(isLost ? 'lost' : text);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await run('python3', [example('python/assay.py'), 'lossy', 'u', 'lossy-click'], {
    env: { ...environment(), ASSAY_URL: url },
  });
  proxy.close();
  expect(batches.map(({ repeat }) => repeat)).toEqual([undefined, true]);
  expect(batches[1]?.body).toBe(batches[0]?.body);
  const { exposures, outcomes } = await recordedOf('u');
  expect([exposures.length, outcomes.length]).toEqual([1, 1]);
});

it('Python: while the server is away the default answers, and no exception comes of it', async () => {
  const gone = { ...environment(), ASSAY_URL: 'http://127.0.0.1:9' };
  const program =
    'import assay; a = assay.Assay("http://127.0.0.1:9", "k"); f = a.evaluate("s", "u", "d"); a.exposure(f); print(f["value"], a.events)';
  const { stdout, stderr } = await run('python3', ['-c', program], {
    env: { ...gone, PYTHONPATH: example('python'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect(stdout.trim()).toBe('d []');
  expect(stderr).toContain('s answers its default');
});

it('curl: a variant is evaluated, and its exposure and outcome reach database and report', async () => {
  need('curl', ['--version']);
  await startExperiment('curl');
  const units = Array.from({ length: 3 }, (_, i) => `user-${i}`);
  for (const unit of units) {
    const { stdout } = await run('sh', [example('curl/assay.sh'), 'curl', unit, 'curl-click'], { env: environment() });
    const [flag = '', answer = ''] = stdout.trim().split('\n');
    expect(JSON.parse(answer)).toEqual({ accepted: 2, rejected: [] });
    await expectRecorded(unit, 'curl-click', JSON.parse(flag) as Flag, false);
  }
  await expectReported('curl', units.length);
});
