import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import { draftExperiment, startTestServer, type TestServer } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

type Failed = { error: { code: string; message: string } };
const call = (method: string, path: string, body?: object) =>
  test.api<Experiment & Failed>(method, `/api/experiments/${path}`, body);
const refused = async (method: string, path: string, body?: object) => (await call(method, path, body)).body.error;
const edit = async (method: string, path: string, body?: object) => {
  const answer = await call(method, path, body);
  if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};
const newest = async (key: string) =>
  (await test.api<{ entries: HistoryEntry[] }>('GET', `/api/experiments/${key}/history`)).body.entries[0];

const ab = (weight: number, changes: object = {}) => ({
  split: [
    { variant: 'new', weight },
    { variant: 'old', weight: 1 - weight },
  ],
  plan: { units: 100 },
  ...changes,
});
const ramp = (shares: number[], changes: object = {}, guardrails: object[] = [{ kind: 'errors' }]) => ({
  mode: 'canary',
  candidate: 'new',
  canary: {
    steps: shares.map((share) => ({ share, minimumSeconds: 86_400, minimumRequests: 1_000_000 })),
    guardrails,
  },
  ...changes,
});

it('edits a draft freely and checks it again', async () => {
  await draftExperiment(test, { key: 'draft' });
  const edited = await edit('PATCH', 'draft', {
    name: 'A better name',
    targeting: [{ attribute: 'country', operator: 'in', values: ['de'] }],
    range: { from: 0.25, to: 0.75 },
    segments: ['country'],
    metrics: [{ metric: 'draft-clicked', role: 'primary', margin: { relative: 0.1 } }],
  });
  expect(edited).toMatchObject({ name: 'A better name', range: { from: 0.25, to: 0.75 }, segments: ['country'] });
  expect(edited.metrics[0]?.margin).toEqual({ relative: 0.1 });
  const entry = await newest('draft');
  expect(entry).toMatchObject({ action: 'experiment.edit' });
  expect(entry?.detail.before).toMatchObject({ name: 'Experiment draft', range: { from: 0, to: 1 }, segments: [] });
  expect(entry?.detail.after).toMatchObject({ name: 'A better name', range: { from: 0.25, to: 0.75 } });

  expect((await refused('PATCH', 'draft', {})).message).toMatch(/Nothing to change/);
  expect((await refused('PATCH', 'draft', { range: { from: 0.5, to: 0.5 } })).message).toMatch(/"from" must be below/);
  expect((await refused('PATCH', 'draft', { slot: 'other' })).code).toBe('invalid_request');
  expect((await refused('PATCH', 'draft', { metrics: [] })).message).toMatch(/at least one primary/);
  expect((await newest('draft'))?.at).toBe(entry?.at);
});

it('takes a name at any time, but nothing that would move units', async () => {
  await draftExperiment(test, { key: 'runs' });
  await edit('POST', 'runs/start');
  const version = (await test.server.services.rulesets.ruleset(1)).ruleset.version;
  expect((await edit('PATCH', 'runs', { name: 'Named late', hypothesis: 'It helps.' })).hypothesis).toBe('It helps.');
  expect((await test.server.services.rulesets.ruleset(1)).ruleset.version).toBe(version);
  for (const change of [{ range: { from: 0, to: 0.5 } }, { targeting: [] }]) {
    const error = await refused('PATCH', 'runs', { name: 'Not taken', ...change });
    expect(error).toMatchObject({ code: 'would_move_units' });
    expect(error.message).toContain('POST /api/experiments/runs/phases');
  }
  expect(await refused('PATCH', 'runs', { segments: ['x'] })).toMatchObject({ code: 'not_possible_now' });
  expect((await call('GET', 'runs')).body.name).toBe('Named late');

  const moved = [ab(0.4), ramp([0.5]), ab(0.5, { continues: true }), ab(0.5, { assignment: 'external', plan: {} })];
  for (const phase of moved.slice(0, 2)) {
    const error = await refused('PUT', 'runs/phases/0', phase);
    expect(error.code).toBe('would_move_units');
    expect(error.message).toContain('Add a phase with POST /api/experiments/runs/phases');
  }
  expect((await refused('PUT', 'runs/phases/0', moved[2])).message).toContain('first phase has none before it');
  expect((await refused('PUT', 'runs/phases/0', moved[3])).code).toBe('would_move_units');
  expect((await refused('PUT', 'runs/phases/0', ab(0.5, { plan: { units: 500 } }))).code).toBe('not_possible_now');
  const same = ab(0.5, { plan: { units: 100, latenessSeconds: 0 }, gate: 'automatic' });
  expect((await edit('PUT', 'runs/phases/0', same)).phases[0]?.gate).toBe('automatic');
  expect((await newest('runs'))?.detail).toEqual({
    phase: 0,
    before: { gate: 'manual' },
    after: { gate: 'automatic' },
  });
});

it('of a running ramp takes the steps it has not reached, below its largest share', async () => {
  const slow = { kind: 'slow_calls', quantile: 0.9 };
  await draftExperiment(test, { key: 'ramp' });
  await edit('PUT', 'ramp/phases/0', ramp([0.01, 0.1, 0.5], {}, [{ kind: 'errors' }, slow]));
  expect((await refused('POST', 'ramp/start')).message).toMatch(
    /only 0 of its calls in "ramp" are known, of 1000 needed: give the guardrail a thresholdMs/,
  );
  // The champion's calls of before: one in five takes 200 ms.
  const bin = (ms: number) => Math.ceil(Math.log(ms / 1e-6) / 0.01);
  await test.server.services.pool.query(
    `insert into slot_minute select s.environment_id, s.id, now() - make_interval(mins => g), '{"calls": 100}', $1
     from slot s, generate_series(1, 20) g where s.key = 'ramp'`,
    [JSON.stringify({ [bin(20)]: 80, [bin(200)]: 20 })],
  );
  const started = await edit('POST', 'ramp/start');
  const frozen = started.phases[0]?.canary?.guardrails[1];
  expect(frozen?.kind === 'slow_calls' && frozen.thresholdMs).toBeGreaterThan(199);
  expect(frozen?.kind === 'slow_calls' && frozen.thresholdMs).toBeLessThan(203);

  const put = (shares: number[], guardrails: object[] = [{ kind: 'errors' }, slow], changes: object = {}) =>
    call('PUT', 'ramp/phases/0', ramp(shares, changes, guardrails));
  const taken = await put([0.01, 0.05, 0.2, 0.5]);
  expect(taken.body.phases[0]?.canary?.steps.map((each) => each.share)).toEqual([0.01, 0.05, 0.2, 0.5]);
  expect(taken.body.phases[0]?.canary?.guardrails[1]).toEqual(frozen);
  expect((await edit('POST', 'ramp/step')).phases[0]?.split[0]).toEqual({
    variant: 'new',
    weight: 0.05,
    control: false,
  });

  const code = async (answer: ReturnType<typeof put>) => (await answer).body.error.code;
  expect(await code(put([0.01, 0.1, 0.5]))).toBe('would_move_units');
  expect((await put([0.01, 0.1, 0.5])).body.error.message).toContain('steps 1-2, which it has reached');
  expect((await put([0.01, 0.05, 0.6])).body.error.message).toContain('the largest share');
  expect(await code(put([0.01, 0.05, 0.04, 0.5]))).toBe('invalid_request');
  expect(await code(put([0.01, 0.05, 0.5], [{ kind: 'errors', margin: 2 }, slow]))).toBe('not_possible_now');
  expect((await put([0.01, 0.05, 0.5])).status).toBe(200);
  expect((await refused('DELETE', 'ramp/phases/0')).message).toContain('is running: end it with advance');
});

it('keeps the plan in order: phases come, change, go and continue what is before them', async () => {
  await draftExperiment(test, { key: 'plan' });
  expect((await call('POST', 'plan/phases', ab(0.5, { continues: true }))).status).toBe(201);
  await edit('POST', 'plan/phases', ab(0.6, { continues: true }));
  await edit('POST', 'plan/phases', ab(0.7));
  const salts = async () => (await call('GET', 'plan')).body.phases.map((each) => each.salt);
  const [a, , , d] = await salts();
  expect(await salts()).toEqual([a, a, a, d]);
  // What ceases to continue gets a salt of its own, and takes those along that continue it.
  await edit('PUT', 'plan/phases/1', ab(0.5));
  const [, b] = await salts();
  expect(b).not.toBe(a);
  expect(await salts()).toEqual([a, b, b, d]);
  expect((await refused('PUT', 'plan/phases/1', ab(0.9))).message).toMatch(/phases\.2\.continues: .*after 90 %/);
  const without = await edit('DELETE', 'plan/phases/1');
  expect(without.phases.map((each) => [each.position, each.salt, each.split[0]?.weight])).toEqual([
    [0, a, 0.5],
    [1, a, 0.6],
    [2, d, 0.7],
  ]);
  expect((await newest('plan'))?.detail).toMatchObject({ phase: 1, before: { split: [{ weight: 0.5 }, {}] } });
  expect((await refused('DELETE', 'plan/phases/0')).message).toMatch(/first phase has none before it/);
  expect((await refused('DELETE', 'plan/phases/9')).message).toBe('"plan" has no phase 9; it has 0, 1, 2.');

  await edit('POST', 'plan/start');
  await edit('POST', 'plan/advance');
  expect((await refused('PUT', 'plan/phases/0', ab(0.5))).message).toContain('Phase 0 of "plan" has ended');
  await edit('POST', 'plan/conclude');
  expect((await refused('POST', 'plan/phases', ab(0.5))).message).toContain('is concluded');
  expect((await refused('PUT', 'plan/phases/2', ab(0.5))).message).toContain('can no longer change');
});

it('a phase added after a rollback lets the experiment go on', async () => {
  await draftExperiment(test, { key: 'retry' });
  await edit('POST', 'retry/start');
  await edit('POST', 'retry/roll-back');
  expect((await refused('POST', 'retry/advance')).message).toContain('add one with POST /api/experiments/retry/phases');
  await edit('POST', 'retry/phases', ab(0.1));
  const again = await edit('POST', 'retry/advance');
  expect([again.state, ...again.phases.map((each) => each.state)]).toEqual(['running', 'ended', 'running']);
});

it('a second ramp takes the threshold of the first where no other calls are known, but none of a later one', async () => {
  const errors = { kind: 'errors' };
  const slow = (thresholdMs: number | null) => [errors, { kind: 'slow_calls', thresholdMs }];
  await draftExperiment(test, { key: 'again' });
  await edit('PUT', 'again/phases/0', ramp([0.1], {}, slow(null)));
  await edit('POST', 'again/phases', ramp([0.1], {}, slow(55)));
  await edit('POST', 'again/phases', ramp([0.1], {}, slow(null)));
  expect((await refused('POST', 'again/start')).message).toContain('only 0 of its calls');
  await edit('PUT', 'again/phases/0', ramp([0.1], {}, slow(44)));
  await edit('POST', 'again/start');
  await edit('POST', 'again/roll-back');
  await edit('POST', 'again/advance');
  const { phases } = await edit('POST', 'again/advance');
  expect(phases[2]?.canary?.guardrails[1]).toMatchObject({ thresholdMs: 55 });
});
