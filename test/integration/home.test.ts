import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { briefReader } from '../../server/analysis/brief-reader.ts';
import type { Home } from '../../server/contract/home-contract.ts';
import type { ExperimentSummary } from '../../server/contract/report-contract.ts';
import type { Reign } from '../../server/contract/slot-contract.ts';
import { needExperiment } from '../../server/experiments/need-experiment.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test?.stop());

const home = async () => (await test.api<Home>('GET', '/api/home')).body;
const post = async (path: string, body: unknown = {}) => {
  const answer = await test.api('POST', path, body);
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const canary = {
  mode: 'canary',
  candidate: 'new',
  canary: {
    steps: [
      { share: 0.2, minimumSeconds: 3600, minimumRequests: 10 },
      { share: 0.5, minimumSeconds: 3600, minimumRequests: 10 },
    ],
    guardrails: [{ kind: 'errors', mustPass: false }],
  },
};
const ofKey = ({ attention }: Home, key: string) => attention.filter(({ experiment }) => experiment.key === key);

it('is empty before anything is made', async () => {
  expect(await home()).toMatchObject({
    attention: [],
    running: [],
    drafts: [],
    decided: [],
    counts: { slots: 0, metrics: 0, drafts: 0, running: 0, concluded: 0 },
  });
});

it('is for those who are signed in', async () => {
  const refused = await fetch(`${test.url}/api/home`, { headers: { Authorization: `Bearer ${test.sdkKey}` } });
  expect(refused.status).toBe(403);
});

describe('what needs a person', () => {
  it('follows a ramp that is held, released, rolled back and concluded', async () => {
    await draftExperiment(test, { key: 'ramp', phase: { ...canary, split: undefined } });
    expect((await home()).drafts).toMatchObject([{ key: 'ramp', slot: 'ramp' }]);
    await post('/api/experiments/ramp/start');
    expect(ofKey(await home(), 'ramp')).toEqual([]);
    await post('/api/experiments/ramp/hold', { reason: 'Over the weekend.' });
    expect(ofKey(await home(), 'ramp')).toMatchObject([
      { kind: 'held', sentence: expect.stringMatching(/holds the ramp at step 1 of 2: Over the weekend\.$/) },
    ]);
    await post('/api/experiments/ramp/release');
    expect(ofKey(await home(), 'ramp')).toEqual([]);
    await post('/api/experiments/ramp/roll-back', { reason: 'Too slow.' });
    const { running, ...rest } = await home();
    expect(ofKey({ running, ...rest }, 'ramp')).toMatchObject([
      { kind: 'rolled_back', severity: 'act', sentence: expect.stringMatching(/^Rolled back by .+: Too slow\.$/) },
    ]);
    expect(running).toEqual([]);
    expect(rest.counts.running).toBe(1);
    await post('/api/experiments/ramp/conclude', { promote: 'old' });
    const after = await home();
    expect(ofKey(after, 'ramp')).toEqual([]);
    expect(after.decided).toMatchObject([{ key: 'ramp', promoted: 'old' }]);
  });

  it('shows what runs with its units, its progress and its new units over time', async () => {
    await draftExperiment(test, { key: 'live', plan: { units: 100 } });
    await post('/api/experiments/live/start');
    const assay = await connect({ url: test.url, key: test.sdkKey });
    for (let i = 0; i < 40; i++) assay.decide('live', { unit: `u${i}` });
    await assay.flush();
    await assay.close();
    const line = await until(async () =>
      (await home()).running.find(({ key, units }) => key === 'live' && units === 40),
    );
    expect(line).toMatchObject({ state: 'running', mode: 'ab', phase: { position: 0, of: 1 } });
    expect(line.progress).toMatchObject({ unit: 'units', of: 100 });
    expect(line.sparkline?.counts.reduce((sum, each) => sum + each, 0)).toBe(40);
    const { body } = await test.api<{ experiments: ExperimentSummary[] }>('GET', '/api/experiments');
    expect(body.experiments.find(({ key }) => key === 'live')).toMatchObject({ units: 40, verdict: line.verdict });
  });
});

it('tells of units that are not split as planned, and since when', async () => {
  const startedAt = Date.now() - 3 * 3_600_000;
  const phase = { assignment: 'external', startedAt: new Date(startedAt).toISOString() };
  await draftExperiment(test, { key: 'uneven', phase });
  await post('/api/experiments/uneven/start');
  const assay = await connect({ url: test.url, key: test.sdkKey });
  for (let i = 0; i < 240; i++) {
    // Even in the first hour, three to one in the second.
    const variant = i < 80 ? ['old', 'new'][i % 2] : i % 4 === 0 ? 'old' : 'new';
    const at = startedAt + (i < 80 ? 1_800_000 : 5_400_000);
    assay.exposure('uneven', { unit: `u${i}`, variant: variant ?? 'old', at });
  }
  await assay.flush();
  await assay.close();
  const [item, ...others] = await until(async () => {
    const found = ofKey(await home(), 'uneven');
    return found.length > 0 && found;
  });
  expect(others).toEqual([]);
  expect(item).toMatchObject({
    ...{ kind: 'alarm', severity: 'act' },
    sentence: expect.stringMatching(/^The units are not split as planned \(old 80, new 160; expected 120 : 120\)/),
  });
  const since = Date.parse(item?.since ?? '');
  expect(since).toBeGreaterThan(startedAt + 1_800_000);
  expect(since).toBeLessThanOrEqual(startedAt + 5_400_000);
});

it('makes a brief once for all who ask at the same time, and anew after a move', async () => {
  const { services } = test.server;
  let reports = 0;
  const pool = new Proxy(services.pool, {
    get(target, name) {
      if (name === 'connect') reports++;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const readBrief = briefReader({ pool, now: services.now });
  const row = () => needExperiment(services.db, 1, 'live');
  const [first, second] = await Promise.all([readBrief(await row()), readBrief(await row())]);
  expect(second).toBe(first);
  expect(reports).toBe(1);
  await post('/api/experiments/live/pause');
  expect(await readBrief(await row())).not.toBe(first);
  expect(reports).toBe(2);
  await post('/api/experiments/live/resume');
});

describe('the switch of a slot', () => {
  it('stops what runs, says so, and lets go again; both are in the history', async () => {
    expect(await post('/api/slots/live/pause', { reason: 'Fire.' })).toEqual({ paused: ['live'] });
    expect(ofKey(await home(), 'live')).toMatchObject([
      { kind: 'paused', sentence: expect.stringMatching(/^Stopped with the kill switch by .+ \(Fire\.\): everyone/) },
    ]);
    expect(await post('/api/slots/live/resume', { reason: 'Out.' })).toEqual({ resumed: ['live'] });
    expect(ofKey(await home(), 'live')).toEqual([]);
    expect(await post('/api/slots/live/resume')).toEqual({ resumed: [] });
    const { body } = await test.api<{ entries: unknown[] }>('GET', '/api/experiments/live/history');
    expect(body.entries[0]).toMatchObject({ action: 'experiment.resume', detail: { reason: 'Out.', slot: 'live' } });
  });

  it('does not resume what was rolled back', async () => {
    await post('/api/experiments/live/roll-back');
    expect(await post('/api/slots/live/resume')).toEqual({ resumed: [] });
    expect((await test.api('POST', '/api/slots/none/resume', {})).status).toBe(404);
  });
});

it('tells the champions of a slot: by whom, why, and by which experiment', async () => {
  const champions = async () =>
    (await test.api<{ champions: Reign[] }>('GET', '/api/slots/live/champions')).body.champions;
  expect(await champions()).toMatchObject([{ variant: 'old', first: true, until: null }]);
  const early = await test.api('PUT', '/api/slots/live/champion', { champion: 'new', reason: 'Faster.' });
  expect(early.status).toBe(409);
  await post('/api/experiments/live/conclude', { promote: 'new', reason: 'It won.' });
  await test.api('PUT', '/api/slots/live/champion', { champion: 'old', reason: 'The old one is cheaper.' });
  const [last, middle, first] = await champions();
  expect(last).toMatchObject({ variant: 'old', reason: 'The old one is cheaper.', experiment: null, until: null });
  expect(middle).toMatchObject({ variant: 'new', reason: 'It won.', experiment: { key: 'live' }, until: last?.from });
  expect(first).toMatchObject({ variant: 'old', first: true, until: middle?.from });
  expect((await test.api('GET', '/api/slots/none/champions')).status).toBe(404);
});
