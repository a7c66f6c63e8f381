import { type Assay, connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
let assay: Assay;
beforeAll(async () => {
  test = await startTestServer();
  assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
});
afterAll(async () => {
  await assay.close();
  await test.stop();
});

const HALVES = [
  { variant: 'new', weight: 0.5 },
  { variant: 'old', weight: 0.5 },
];
const AB = { split: HALVES, plan: { units: 100 } };
/** A ramp that takes no step by itself. */
const RAMP = {
  mode: 'canary',
  candidate: 'new',
  canary: {
    steps: [0.1, 0.3].map((share) => ({ share, minimumSeconds: 86_400, minimumRequests: 1_000_000 })),
    guardrails: [{ kind: 'errors' }],
  },
};

type Failed = { error: { code: string; message: string } };
const move = async (key: string, transition: string, body: object = {}) => {
  const answer = await test.api<Experiment>('POST', `/api/experiments/${key}/${transition}`, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};
const refused = async (method: string, path: string, body?: object) => {
  const { status, body: answer } = await test.api<Failed>(method, `/api/experiments/${path}`, body);
  return { status, ...answer.error };
};
const read = async (key: string) => (await test.api<Experiment>('GET', `/api/experiments/${key}`)).body;
const history = async (key: string) =>
  (await test.api<{ entries: HistoryEntry[] }>('GET', `/api/experiments/${key}/history`)).body.entries;
const addPhase = (key: string, phase: object) => test.api('POST', `/api/experiments/${key}/phases`, phase);

/** Ms until a connected client decides so. */
async function reaches(slot: string, unit: string, reason: string, variant?: string): Promise<number> {
  const startedAt = Date.now();
  await until(async () => {
    const decision = assay.peek(slot, { unit });
    return decision.reason === reason && (variant === undefined || decision.variant === variant);
  });
  return Date.now() - startedAt;
}

async function exposures(key: string): Promise<number> {
  const { rows } = await test.server.services.pool.query(
    `select count(*)::int as n from exposure x join phase p on p.id = x.phase_id
     join experiment e on e.id = p.experiment_id where e.key = $1`,
    [key],
  );
  return rows[0].n;
}

it('pauses: everyone gets the champion unrecorded, outcomes still count, and units come back to their variant', async () => {
  await draftExperiment(test, { key: 'pause', windowSeconds: 3600 });
  await move('pause', 'start');
  const units = Array.from({ length: 40 }, (_, i) => `u${i}`);
  await reaches('pause', 'u0', 'assigned');
  const before = units.map((unit) => assay.decide('pause', { unit }).variant);
  expect(new Set(before)).toEqual(new Set(['new', 'old']));
  await assay.flush();
  expect(await exposures('pause')).toBe(40);

  const paused = await move('pause', 'pause', { reason: 'an incident' });
  expect(paused.phases[0]?.pauses).toEqual([{ from: expect.any(String), to: null }]);
  expect(await reaches('pause', 'u0', 'champion')).toBeLessThan(1000);
  for (const unit of [...units, 'late-1', 'late-2']) {
    expect(assay.decide('pause', { unit })).toMatchObject({ variant: 'old', reason: 'champion' });
    assay.outcome('pause-click', { unit });
  }
  await assay.flush();
  expect(await exposures('pause')).toBe(40);
  await until(async () => {
    const { body } = await test.api<Report>('GET', '/api/experiments/pause/report');
    return body.metrics[0]?.variants.every((each) => each.soFar === 1);
  });

  const resumed = await move('pause', 'resume');
  const gap = resumed.phases[0]?.pauses[0];
  expect(Date.parse(gap?.to ?? '')).toBeGreaterThan(Date.parse(gap?.from ?? ''));
  expect(resumed.phases[0]?.salt).toBe(paused.phases[0]?.salt);
  await reaches('pause', 'u0', 'assigned');
  expect(units.map((unit) => assay.decide('pause', { unit }).variant)).toEqual(before);
  expect((await history('pause')).map((each) => [each.action, each.detail.reason ?? null])).toEqual([
    ['experiment.resume', null],
    ['experiment.pause', 'an incident'],
    ['experiment.start', null],
    ['experiment.create', null],
  ]);
});

it('rolls back: the phase ends so, the experiment waits without one, and goes on with the next', async () => {
  await draftExperiment(test, { key: 'back' });
  await addPhase('back', AB);
  await move('back', 'start');
  await reaches('back', 'u', 'assigned');
  const back = await move('back', 'roll-back', { reason: 'Complaints came in.' });
  expect(back.state).toBe('paused');
  expect(back.phases[0]).toMatchObject({ state: 'ended', endedAs: 'rolled_back', endReason: 'Complaints came in.' });
  const waited = Date.now();
  await until(async () => assay.peek('back', { unit: 'u' }).reason !== 'assigned');
  expect(Date.now() - waited).toBeLessThan(1000);
  expect(assay.peek('back', { unit: 'u' }).variant).toBe('old');
  expect(await refused('POST', 'back/resume')).toMatchObject({ status: 409, code: 'not_possible_now' });

  const on = await move('back', 'advance');
  expect([on.state, on.phases[1]?.state]).toEqual(['running', 'running']);
  expect(on.phases[1]?.salt).not.toBe(on.phases[0]?.salt);
  await reaches('back', 'u', 'assigned');
  expect((await history('back'))[0]).toMatchObject({ action: 'experiment.advance', detail: { from: null, to: 1 } });
  // Each phase has its report.
  const first = await test.api<Report>('GET', '/api/experiments/back/report?phase=0');
  expect(first.body.phase).toMatchObject({ position: 0, endedAs: 'rolled_back' });
  const last = await test.api<Report>('GET', '/api/experiments/back/report');
  expect(last.body.phase).toMatchObject({ position: 1, state: 'running' });
  expect(await refused('GET', 'back/report?phase=7')).toMatchObject({
    status: 404,
    message: '"back" has no report of a phase 7: phases 0, 1 have one.',
  });
});

it('a refused transition changes nothing, whatever it is', async () => {
  const refusals: [string, object[], string[], string[]][] = [
    ['as-draft', [], [], ['pause', 'resume', 'advance', 'roll-back', 'release', 'step', 'conclude', 'hold']],
    ['as-running', [], ['start'], ['start', 'resume', 'advance', 'release', 'step', 'hold']],
    ['as-paused', [AB], ['start', 'pause'], ['start', 'pause', 'advance', 'release', 'step', 'hold']],
    ['as-back', [], ['start', 'roll-back'], ['start', 'pause', 'resume', 'advance', 'roll-back', 'hold', 'step']],
    ['as-ended', [AB], ['start', 'conclude'], ['start', 'pause', 'resume', 'advance', 'roll-back', 'conclude', 'step']],
  ];
  for (const [key, phases, made, wrong] of refusals) {
    await draftExperiment(test, { key });
    for (const phase of phases) await addPhase(key, phase);
    for (const transition of made) await move(key, transition);
    const [row, entries] = [await read(key), await history(key)];
    const version = (await test.server.services.rulesets.ruleset(1)).ruleset.version;
    for (const transition of wrong) {
      const answer = await refused('POST', `${key}/${transition}`, { reason: 'to try' });
      expect([transition, answer.status, answer.code]).toEqual([transition, 409, 'not_possible_now']);
      expect(answer.message).toMatch(/: it cannot .*(Possible now: |Nothing can change it any more\.)/);
    }
    expect(await read(key)).toEqual(row);
    expect(await history(key)).toEqual(entries);
    expect((await test.server.services.rulesets.ruleset(1)).ruleset.version).toBe(version);
  }
});

it('of two people who do the same at once, one succeeds', async () => {
  await draftExperiment(test, { key: 'two' });
  await addPhase('two', AB);
  await addPhase('two', AB);
  await move('two', 'start');
  const at = (transition: string, body: object) => test.api('POST', `/api/experiments/two/${transition}`, body);
  const both = async (transition: string, body: object = {}) =>
    (await Promise.all([1, 2, 3].map(() => at(transition, body)))).map((each) => each.status).sort();
  expect(await both('pause')).toEqual([200, 409, 409]);
  expect((await read('two')).phases[0]?.pauses).toHaveLength(1);
  expect(await both('resume')).toEqual([200, 409, 409]);
  // There are two phases to come: without what they saw, two people would skip one.
  expect(await both('advance', { phase: 0 })).toEqual([200, 409, 409]);
  expect((await read('two')).phases.map((each) => each.state)).toEqual(['ended', 'running', 'planned']);
  expect(await both('roll-back')).toEqual([200, 409, 409]);
  const actions = (await history('two')).map((each) => each.action.replace('experiment.', ''));
  expect(actions).toEqual(['roll-back', 'advance', 'resume', 'pause', 'start', 'add-phase', 'add-phase', 'create']);
});

it('promotes in the transaction that concludes; what was drafted against the old champion is told so', async () => {
  await draftExperiment(test, { key: 'win' });
  const clicked = [{ metric: 'win-clicked', role: 'primary' }];
  const next = { key: 'win-next', slot: 'win', name: 'Next', metrics: clicked, phases: [AB] };
  expect((await test.api('POST', '/api/experiments', next)).status).toBe(201);
  await move('win', 'start');
  await reaches('win', 'u', 'assigned');
  const done = await move('win', 'conclude', { promote: 'new', reason: 'It won.' });
  expect(done.phases[0]).toMatchObject({ endedAs: 'concluded', endReason: 'It won.' });
  expect(await reaches('win', 'u', 'champion', 'new')).toBeLessThan(1000);
  expect((await history('win'))[0]?.detail).toMatchObject({ promote: 'new', from: 'old' });

  const stale = await refused('POST', 'win-next/start');
  expect(stale.message).toContain('is now "new", but phase 0 was drafted against "old": edit it with PUT');
  expect((await test.api('PUT', '/api/experiments/win-next/phases/0', AB)).status).toBe(200);
  const started = await move('win-next', 'start');
  expect(started.phases[0]?.split).toEqual([
    { variant: 'old', weight: 0.5, control: false },
    { variant: 'new', weight: 0.5, control: true },
  ]);
});

it('a phase that continues leaves units where they are', async () => {
  await draftExperiment(test, {
    key: 'chain',
    phase: {
      split: [
        { variant: 'new', weight: 0.2 },
        { variant: 'old', weight: 0.8 },
      ],
    },
  });
  await addPhase('chain', { ...AB, continues: true });
  await addPhase('chain', AB);
  const [first, second, third] = (await read('chain')).phases.map((each) => each.salt);
  expect([second === first, third === first]).toEqual([true, false]);
  await move('chain', 'start');
  await reaches('chain', 'u0', 'assigned');
  const units = Array.from({ length: 300 }, (_, i) => `u${i}`);
  const variants = () => units.map((unit) => assay.peek('chain', { unit }).variant);
  const before = variants();
  const advanced = await move('chain', 'advance');
  await until(async () => assay.peek('chain', { unit: 'u0' }).phase === advanced.phases[1]?.id);
  const after = variants();
  expect(units.filter((_, i) => before[i] === 'new' && after[i] === 'old')).toEqual([]);
  expect(after.filter((each) => each === 'new').length).toBeGreaterThan(before.filter((each) => each === 'new').length);
});

it('a person holds a ramp, lets it go, and takes its steps', async () => {
  await draftExperiment(test, { key: 'ramp', phase: { split: undefined, ...RAMP, plan: {} } });
  await move('ramp', 'start');
  const held = await move('ramp', 'hold', { reason: 'a release of the service' });
  expect(held.phases[0]?.hold).toMatchObject({ reason: 'a release of the service', by: expect.any(String) });
  expect((await refused('POST', 'ramp/step')).message).toContain('(a release of the service); release it first');
  expect((await move('ramp', 'release')).phases[0]?.hold).toBeNull();
  const stepped = await move('ramp', 'step', { reason: 'Enough was seen.' });
  expect(stepped.phases[0]).toMatchObject({ step: 2, split: [{ weight: 0.3 }, { weight: 0.7 }] });
  expect((await history('ramp'))[0]).toMatchObject({ action: 'experiment.step', detail: { step: 2, share: 0.3 } });
  expect((await refused('POST', 'ramp/step')).message).toContain('step 2 of 2 is the last');
});

it('the switch of a slot pauses all that runs on it', async () => {
  await draftExperiment(test, { key: 'kill' });
  const other = { key: 'kill-2', slot: 'kill', name: 'Other', metrics: [{ metric: 'kill-clicked', role: 'primary' }] };
  await test.api('POST', '/api/experiments', { ...other, phases: [AB], range: { from: 0.5, to: 1 } });
  await test.api('PATCH', '/api/experiments/kill', { range: { from: 0, to: 0.5 } });
  await move('kill', 'start');
  await move('kill-2', 'start');
  await reaches('kill', 'u', 'assigned');
  const answer = await test.api('POST', '/api/slots/kill/pause', { reason: 'Fire.' });
  expect(answer.body).toEqual({ paused: ['kill', 'kill-2'] });
  expect(await reaches('kill', 'u', 'champion')).toBeLessThan(1000);
  for (const key of ['kill', 'kill-2']) {
    expect((await read(key)).state).toBe('paused');
    expect((await history(key))[0]).toMatchObject({
      action: 'experiment.pause',
      detail: { slot: 'kill', reason: 'Fire.' },
    });
  }
  expect((await test.api('POST', '/api/slots/kill/pause')).body).toEqual({ paused: [] });
});

it('a ramp after a shadow phase counts as slow what the champion rarely was beside it', async () => {
  await draftExperiment(test, { key: 'slow' });
  const shadow = { mode: 'shadow', candidate: 'new', shadow: { share: 1, maxInFlight: 10_000 } };
  const canary = { ...RAMP.canary, guardrails: [{ kind: 'slow_calls', quantile: 0.5 }] };
  const phases = [shadow, { ...RAMP, canary }];
  const { status } = await test.api('POST', '/api/experiments', { key: 'quick', slot: 'slow', name: 'Quick', phases });
  expect(status).toBe(201);
  const started = await move('quick', 'start');
  const { version } = (await test.server.services.rulesets.ruleset(1)).ruleset;
  await until(async () => assay.peek('slow', { unit: 'u' }).ruleset === version);
  const early = await refused('POST', 'quick/advance');
  expect(early).toMatchObject({ code: 'not_possible_now', message: expect.stringContaining('of 1000 needed') });

  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const run = (i: number) => assay.run('slow', { unit: `u${i}` }, () => wait(i % 2 === 0 ? 20 : 120));
  await Promise.all(Array.from({ length: 1200 }, (_, i) => run(i)));
  await assay.flush();
  const { pool } = test.server.services;
  const median = await until(async () => {
    const { rows } = await pool.query(
      `select count(*)::int as n, percentile_disc(0.5) within group (order by (champion->>'ms')::float8) as median
       from unit_comparison where phase_id = $1`,
      [started.phases[0]?.id],
    );
    return rows[0].n === 1200 && (rows[0].median as number);
  });
  // Without what the meter counted: by the shadow phase alone.
  await pool.query(`delete from slot_minute where slot_id = (select id from slot where key = 'slow')`);
  const guardrail = (await move('quick', 'advance')).phases[1]?.canary?.guardrails[0];
  const thresholdMs = guardrail?.kind === 'slow_calls' ? (guardrail.thresholdMs ?? 0) : 0;
  expect(median).toBeGreaterThan(19);
  expect(thresholdMs / median).toBeGreaterThan(0.99);
  expect(thresholdMs / median).toBeLessThan(1.02);
});
