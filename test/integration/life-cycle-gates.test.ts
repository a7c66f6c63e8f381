import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeDueLooks } from '../../server/analysis/look-job.ts';
import { verdictJob } from '../../server/analysis/verdict-job.ts';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { HistoryEntry } from '../../server/contract/life-cycle-contract.ts';
import type { ExperimentSummary, Report } from '../../server/contract/report-contract.ts';
import { gateJob } from '../../server/delivery/gate-job.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const DAY_MS = 86_400_000;
const pool = () => test.server.services.pool;
const read = async (key: string) => (await test.api<Experiment>('GET', `/api/experiments/${key}`)).body;
const history = async (key: string) =>
  (await test.api<{ entries: HistoryEntry[] }>('GET', `/api/experiments/${key}/history`)).body.entries;
const move = async (key: string, transition: string) => {
  const answer = await test.api('POST', `/api/experiments/${key}/${transition}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
};
const AB = {
  split: [
    { variant: 'new', weight: 0.5 },
    { variant: 'old', weight: 0.5 },
  ],
  plan: { units: 100 },
};
/** A phase whose only look comes after a day, and which hands over by itself. */
const A_DAY = { gate: 'automatic', plan: { units: null, durationSeconds: 86_400, latenessSeconds: 0 } };

/** 200 units; of the new variant `share` of them click, of the old one every fourth. */
async function expose(key: string, share: number): Promise<void> {
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
  for (let i = 0; i < 200; i++) {
    const unit = `${key}-${i}`;
    const { variant } = assay.decide(key, { unit });
    if ((i % 20) / 20 < (variant === 'new' ? share : 0.25)) assay.outcome(`${key}-click`, { unit });
  }
  await assay.close();
  await until(async () => {
    const { body } = await test.api<Report>('GET', `/api/experiments/${key}/report`);
    const units = body.variants.reduce((sum, each) => sum + each.units, 0);
    return units === 200 && body.health.find((each) => each.check === 'pending')?.status === 'ok';
  });
}

async function lookTomorrow(): Promise<void> {
  await takeDueLooks(pool(), new Date(Date.now() + 2 * DAY_MS));
}

it('starts the next phase when the last planned look says ship, once, whoever asks', async () => {
  await draftExperiment(test, { key: 'ships', phase: A_DAY });
  // The next one would hand over by itself too: a second job must not take it for the one that passed.
  await test.api('POST', '/api/experiments/ships/phases', { ...AB, ...A_DAY });
  await test.api('POST', '/api/experiments/ships/phases', AB);
  await move('ships', 'start');
  await expose('ships', 0.9);
  // Before its look it waits: the same numbers are no reason.
  await gateJob(test.server.services)();
  expect((await read('ships')).phases[0]?.state).toBe('running');

  const jobs = Array.from({ length: 3 }, () => gateJob(test.server.services));
  await until(async () => {
    await lookTomorrow();
    const { body } = await test.api<Report>('GET', '/api/experiments/ships/report?phase=0');
    return body.gate?.state === 'pass' || body.phase?.state === 'ended';
  });
  await Promise.all(jobs.map((each) => each()));
  const { state, phases } = await read('ships');
  expect([state, ...phases.map((each) => each.state)]).toEqual(['running', 'ended', 'running', 'planned']);
  expect(phases[0]).toMatchObject({ endedAs: 'advanced', endReason: expect.stringMatching(/^Ship "new": /) });
  const advances = (await history('ships')).filter((each) => each.action === 'experiment.advance');
  expect(advances).toHaveLength(1);
  expect(advances[0]).toMatchObject({ actor: 'Assay', detail: { from: 0, to: 1, reason: phases[0]?.endReason } });
});

it('does not hand over what did worse, nor what is paused, nor by a manual gate', async () => {
  for (const [key, share, phase] of [
    ['worse', 0, A_DAY],
    ['paused', 0.9, A_DAY],
    ['manual', 0.9, { ...A_DAY, gate: 'manual' }],
  ] as const) {
    await draftExperiment(test, { key, phase });
    await test.api('POST', `/api/experiments/${key}/phases`, AB);
    await move(key, 'start');
    await expose(key, share);
    if (key === 'paused') await move(key, 'pause');
    await until(async () => {
      await lookTomorrow();
      const { body } = await test.api<Report>('GET', `/api/experiments/${key}/report`);
      return body.gate?.state === (key === 'worse' ? 'fail' : 'pass');
    });
    await gateJob(test.server.services)();
    expect((await read(key)).phases.map((each) => each.state)).toEqual(['running', 'planned']);
  }
  // Resumed, it goes on.
  await move('paused', 'resume');
  await until(async () => (await read('paused')).phases[1]?.state === 'running');
});

it('says once in the history why a phase that passed cannot hand over', async () => {
  await draftExperiment(test, { key: 'stuck', phase: A_DAY });
  const canary = { steps: [{ share: 0.1 }], guardrails: [{ kind: 'slow_calls', mustPass: false }] };
  const added = await test.api('POST', '/api/experiments/stuck/phases', { mode: 'canary', candidate: 'new', canary });
  expect(added.status).toBe(201);
  await move('stuck', 'start');
  await expose('stuck', 0.9);
  const refusals = async () => (await history('stuck')).filter((each) => each.action === 'experiment.advance-refused');
  await until(async () => {
    await lookTomorrow();
    return (await refusals()).length > 0;
  });
  await gateJob(test.server.services)();
  await gateJob(test.server.services)();
  expect(await refusals()).toMatchObject([
    { actor: 'Assay', detail: { phase: 0, reason: expect.stringContaining('give the guardrail a thresholdMs') } },
  ]);
  expect((await read('stuck')).phases.map((each) => each.state)).toEqual(['running', 'planned']);
});

it('lists concluded experiments by the verdict that was kept, which follows until nothing can change', async () => {
  await draftExperiment(test, { key: 'listed' });
  await move('listed', 'start');
  await expose('listed', 0.9);
  await move('listed', 'conclude');
  const listed = async () => {
    const { body } = await test.api<{ experiments: ExperimentSummary[] }>('GET', '/api/experiments');
    return body.experiments.find((each) => each.key === 'listed');
  };
  const report = async () => (await test.api<Report>('GET', '/api/experiments/listed/report')).body;
  const kept = async () => {
    const { rows } = await pool().query(
      `select p.id, p.verdict from phase p join experiment e on e.id = p.experiment_id where e.key = 'listed'`,
    );
    return rows[0];
  };
  await until(async () => (await kept()).verdict);
  expect(await listed()).toMatchObject({ units: 200, mode: 'ab', verdict: (await report()).verdict });
  expect((await kept()).verdict.settled).toBe(false);

  await until(async () => {
    await lookTomorrow();
    return (await report()).verdict.kind === 'ship';
  });
  const later = { ...test.server.services, now: () => new Date(Date.now() + 2 * DAY_MS) };
  await verdictJob(later)();
  expect(await listed()).toMatchObject({ verdict: { kind: 'ship', sentence: (await report()).verdict.sentence } });
  expect((await kept()).verdict.settled).toBe(true);
  // Settled, it is neither computed again nor read from anywhere else.
  await pool().query(`update phase set verdict = jsonb_set(verdict, '{units}', '7') where id = $1`, [
    (await kept()).id,
  ]);
  await verdictJob(later)();
  expect((await listed())?.units).toBe(7);
});
