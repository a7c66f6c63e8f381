import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Assay, draw, uuid7 } from '../../sdk/index.ts';
import type { CanaryPlan, DryRun } from '../../server/contract/canary-plan-contract.ts';
import { readCanaryRows } from '../../server/delivery/canary/canary-rows.ts';
import { strataOf } from '../../server/delivery/canary/canary-view.ts';
import { needExperiment } from '../../server/experiments/need-experiment.ts';
import { checkCalls } from '../../server/rollup/check-calls.ts';
import { canaryReportOf, connectQuickly, serve, startCanary, unitsFrom } from './canary-server.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

const errors = { kind: 'errors', mustPass: false };
const ROLLUP_LOCK = 7_002;

let server: TestServer;
const clients: Assay[] = [];

beforeAll(async () => {
  server = await startTestServer({ LOG_LEVEL: 'warn' });
});

afterAll(async () => {
  for (const each of clients) await each.close(500);
  await server.stop();
});

async function client(): Promise<Assay> {
  const assay = await connectQuickly(server);
  clients.push(assay);
  return assay;
}

async function steps(key: string): Promise<number[]> {
  const { canary } = await canaryReportOf(server, key);
  return canary.history.map((each) => each.step);
}

it('a harmful candidate is rolled back by itself, and the connected client serves the champion', async () => {
  const key = 'harmful';
  await startCanary(server, key, {
    steps: [{ share: 0.5, minimumSeconds: 0, minimumRequests: 100_000 }],
    guardrails: [errors],
  });
  const assay = await client();
  const isTenth = (unit: string) => Number(unit.slice(1)) % 10 === 0;
  let next = 0;
  await until(async () => {
    await serve(assay, key, unitsFrom(next, 200), (variant, unit) => variant === 'new' && isTenth(unit));
    next += 200;
    const { report } = await canaryReportOf(server, key);
    return report.experiment.state === 'paused';
  });
  const sent = Date.now();
  await until(async () => assay.decide(key, { unit: 'u1' }).experiment === null);
  expect(Date.now() - sent).toBeLessThan(5_000);
  const served = await serve(assay, key, unitsFrom(0, 200));
  expect(new Set(served.values())).toEqual(new Set(['old']));

  const { report, canary } = await canaryReportOf(server, key);
  expect(report.phase).toMatchObject({ state: 'ended', endedAs: 'rolled_back' });
  expect(report.phase?.endReason).toMatch(/Rolled back at step 1 of 1\. Errors: more frequent/);
  expect(canary).toMatchObject({ share: 0, decision: { kind: 'roll_back', state: 'fail' } });
  expect(canary.rolledBack?.reason).toBe(report.phase?.endReason);
  expect(report.gate?.state).toBe('fail');
  expect(report.verdict.kind).toBe('do_not_ship');
  const [guardrail] = canary.guardrails;
  expect(guardrail?.rate?.failLogE).toBeGreaterThanOrEqual(guardrail?.rate?.neededLogE ?? 99);
  expect(guardrail?.rate?.controlUnits).toBe(0);
  const { rows } = await server.server.services.pool.query(
    `select detail from audit where action = 'experiment.roll-back' and subject = 'experiment:harmful'`,
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].detail).toMatchObject({ guardrails: [{ name: 'Errors', state: 'fail' }] });

  const dryRun = (canary?: Record<string, unknown>) =>
    server.api<DryRun>('POST', '/api/canary/dry-run', { experiment: key, phase: 0, ...(canary && { canary }) });
  const same = await dryRun();
  expect(same.body.actions).toMatchObject([{ kind: 'roll_back', step: 1, dataStep: 1 }]);
  const steps = [{ share: 0.5, minimumSeconds: 0, minimumRequests: 100_000 }];
  const tolerant = await dryRun({ steps, guardrails: [{ ...errors, rollbackMargin: 10 }], alpha: 1e-9 });
  expect(tolerant.body).toMatchObject({ actions: [], sentence: 'The policy would have stayed at step 1.' });
  const other = await dryRun({ steps, guardrails: [{ kind: 'slow_calls', thresholdMs: 5 }] });
  expect(other.status).toBe(400);
});

it('a plan tells what it needs, and one too short for what must pass is refused by what is known of the slot', async () => {
  const key = 'planned';
  const slot = { key, variants: [{ key: 'old' }, { key: 'new' }], champion: 'old' };
  expect((await server.api('POST', '/api/slots', slot)).status).toBe(201);
  const canary = { steps: [{ share: 0.1, minimumRequests: 500 }], guardrails: [{ kind: 'errors' }] };
  const plan = () => server.api<CanaryPlan>('POST', '/api/canary/plan', { slot: key, canary });
  expect((await plan()).body).toMatchObject({ requestsPerSecond: null, errorRate: null, problems: [] });

  await server.server.services.pool.query(
    `insert into slot_minute select environment_id, id, date_trunc('minute', now()) - interval '10 minutes',
       '{"calls": 6000, "errors": 40, "timeouts": 20}', '{}' from slot where key = $1`,
    [key],
  );
  const { body } = await plan();
  expect(body.errorRate).toBeCloseTo(0.01, 12);
  expect(body.requestsPerSecond).toBeGreaterThan(6000 / 661);
  expect(body.problems).toHaveLength(1);
  const phases = [{ mode: 'canary', candidate: 'new', canary }];
  const refused = await server.api('POST', '/api/experiments', { key, slot: key, name: key, metrics: [], phases });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain('phases.0.canary.steps.0.minimumRequests');
  const open = [{ ...phases[0], canary: { ...canary, guardrails: [errors] } }];
  const saved = await server.api('POST', '/api/experiments', { key, slot: key, name: key, metrics: [], phases: open });
  expect(saved.status).toBe(201);
});

it('an identical candidate takes every step and passes; units that return are neither set aside nor biased', async () => {
  const key = 'identical';
  const shares = [0.1, 0.3, 0.5];
  await startCanary(server, key, {
    steps: shares.map((share) => ({ share, minimumSeconds: 2, minimumRequests: 60 })),
    guardrails: [errors],
  });
  const assay = await client();
  const clicks = (unit: string) => Number(unit.slice(1)) % 3 === 0;
  /** The step in which each unit was first seen, as its decisions said. */
  const firstStep = new Map<string, number>();
  let round = 0;
  await until(async () => {
    // half of the units of a round return in the next
    for (const unit of unitsFrom(100 * round, 200)) {
      const { decision } = await assay.run(key, { unit }, () => Promise.resolve(1));
      if (decision.step !== null && !firstStep.has(unit)) {
        firstStep.set(unit, decision.step);
        if (clicks(unit)) assay.outcome(`${key}-click`, { unit });
      }
    }
    round += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { report } = await canaryReportOf(server, key);
    return report.gate?.state === 'pass';
  }, 50_000);
  await assay.flush();
  const salt = (await canaryReportOf(server, key)).report.phase?.salt ?? '';
  const expected = shares.flatMap((share, k) => {
    const units = [...firstStep].filter(([, step]) => step === k + 1).map(([unit]) => unit);
    const arm = (from: number, to: number) => {
      const own = units.filter((unit) => draw(salt, unit) >= from && draw(salt, unit) < to);
      return { units: own.length, value: own.filter(clicks).length / own.length };
    };
    return [{ step: k + 1, candidate: arm(0, share), control: arm(0.5, 1) }];
  });
  const { pool, db } = server.server.services;
  const row = await needExperiment(db, 1, key);
  const phase = row.phases[0];
  const metric = row.metrics[0];
  if (!phase || !metric) throw new Error('no phase');
  const clicked = [...firstStep.keys()].filter(clicks).length;
  await until(async () => {
    const { rows } = await pool.query<{ n: number }>('select count(*)::int as n from outcome where name = $1', [
      `${key}-click`,
    ]);
    const { rows: waiting } = await pool.query('select from batch where rolled_at is null');
    return rows[0]?.n === clicked && waiting.length === 0;
  });
  // Windows of a second in cohorts of a minute are complete two minutes later.
  const { sums } = await readCanaryRows(pool, phase, new Date(Date.now() + 120_000));
  const strata = strataOf(phase, metric, sums).map(({ step, candidate, control }) => ({
    step,
    candidate: { units: candidate.units, value: candidate.value },
    control: { units: control.units, value: control.value },
  }));
  expect(strata).toEqual(expected);

  const { report, canary } = await canaryReportOf(server, key);
  expect(canary.history.map((each) => each.share)).toEqual(shares);
  for (const each of canary.history) expect(each.candidateRequests).toBeGreaterThanOrEqual(60);
  expect(canary.decision).toMatchObject({ kind: 'finish', state: 'pass' });
  expect(report.variants.map((each) => each.mixedUnits)).toEqual([0, 0]);
  expect(canary.sampleRatio.alarm).toBe(false);
  expect(report.verdict.kind).toBe('go_on');
  expect(canary.history[1]?.reason).toMatch(
    /Step 1 of 3 is complete: .* requests of the candidate, no guardrail failed/,
  );
}, 110_000);

it('a candidate that crashes without a record of its calls is rolled back', async () => {
  const key = 'crashing';
  await startCanary(server, key, {
    steps: [{ share: 0.5, minimumSeconds: 0, minimumRequests: 100_000 }],
    guardrails: [errors],
  });
  const { report } = await canaryReportOf(server, key);
  const salt = report.phase?.salt ?? '';
  const at = new Date().toISOString();
  const exposed = [...unitsFrom(0, 60)].map((unit) => {
    const isNew = draw(salt, unit) < 0.5;
    const [variant, band] = isNew ? ['new', 'candidate'] : ['old', 'control'];
    const common = { unit, at, decision: `d-${unit}` };
    return [
      {
        type: 'exposure',
        ...common,
        slot: key,
        phase: report.phase?.id,
        step: 1,
        variant,
        band,
        propensity: 0.5,
        ruleset: 1,
        source: 'hash',
        call: true,
      },
      // only the champion's calls come back
      ...(isNew
        ? []
        : [
            {
              type: 'outcome',
              ...common,
              name: 'assay.ms',
              value: 5,
              properties: { status: 'ok', served: variant, variant, phase: report.phase?.id, step: 1, band },
            },
          ]),
    ];
  });
  const answer = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.sdkKey}`, 'Content-Type': 'application/json', 'Assay-Sent-At': at },
    body: JSON.stringify({ batch: uuid7(Date.now()), events: exposed.flat() }),
  });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ rejected: [] });
  const { pool } = server.server.services;
  await until(async () => (await canaryReportOf(server, key)).report.variants.every((each) => each.units > 0));
  await until(async () => ((await checkCalls(pool, new Date(Date.now() + 180_000))) ?? 0) > 0);
  await until(async () => (await canaryReportOf(server, key)).report.phase?.endedAs === 'rolled_back');
  const { canary } = await canaryReportOf(server, key);
  expect(canary.guardrails[0]).toMatchObject({ state: 'fail', rate: { controlUnits: 0 } });
});

it('a candidate whose exposures are lost is rolled back by the sample ratio', async () => {
  const key = 'vanishing';
  await startCanary(server, key, {
    steps: [
      { share: 0.3, minimumSeconds: 0, minimumRequests: 100_000 },
      { share: 0.5, minimumRequests: 10 },
    ],
    guardrails: [errors],
  });
  const assay = await client();
  const { report } = await canaryReportOf(server, key);
  const salt = report.phase?.salt ?? '';
  // the process of a unit of the candidate dies before it sends
  await serve(
    assay,
    key,
    [...unitsFrom(0, 400)].filter((unit) => draw(salt, unit) >= 0.3),
  );
  await until(async () => (await canaryReportOf(server, key)).report.phase?.endedAs === 'rolled_back');
  const { report: after } = await canaryReportOf(server, key);
  expect(after.phase?.endReason).toMatch(/0 units of the candidate where \d+ are expected/);
  expect(after.health.find((each) => each.check === 'sample_ratio')?.status).toBe('alarm');
});

it('without data, held by a person, or on stale data a canary never takes a step; it goes on by itself afterwards', async () => {
  const key = 'patient';
  await startCanary(server, key, {
    steps: [
      { share: 0.3, minimumSeconds: 0, minimumRequests: 1 },
      { share: 0.5, minimumSeconds: 0, minimumRequests: 1_000_000 },
    ],
    guardrails: [errors],
  });
  const pause = () => new Promise((resolve) => setTimeout(resolve, 2_000));
  await pause();
  const silent = await canaryReportOf(server, key);
  expect(silent.canary.decision.state).toBe('no_data');
  expect(silent.report.gate?.state).toBe('no_data');
  expect(await steps(key)).toEqual([1]);

  const held = await server.api('POST', `/api/experiments/${key}/hold`, { reason: 'release freeze' });
  expect(held.status).toBe(200);
  const assay = await client();
  await serve(assay, key, unitsFrom(0, 50));
  await until(async () => (await canaryReportOf(server, key)).canary.requests.made > 0);
  await pause();
  expect(await steps(key)).toEqual([1]);
  expect((await canaryReportOf(server, key)).canary.decision).toMatchObject({
    kind: 'hold',
    sentence: expect.stringContaining('release freeze'),
  });

  const { pool } = server.server.services;
  const locker = await pool.connect();
  await locker.query('select pg_advisory_lock($1)', [ROLLUP_LOCK]);
  try {
    await locker.query(
      `insert into batch (batch_id, environment_id, received_at) values ($1, 1, now() - interval '1 minute')`,
      [uuid7(Date.now())],
    );
    await server.api('POST', `/api/experiments/${key}/release`, {});
    await pause();
    expect(await steps(key)).toEqual([1]);
    expect((await canaryReportOf(server, key)).canary.decision).toMatchObject({
      kind: 'hold',
      sentence: expect.stringMatching(/events of the last \d+ s are not in the numbers yet/),
    });
  } finally {
    await locker.query('select pg_advisory_unlock($1)', [ROLLUP_LOCK]);
    locker.release();
  }
  await until(async () => (await steps(key)).length === 2);
  expect((await canaryReportOf(server, key)).canary.decision.sentence).toMatch(
    /Step 2 of 2 (waits for data|holds: \d+ of 1\u202f000\u202f000 samples)/,
  );
});
