import { connect } from '@assay-ml/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BanditReport } from '../../server/contract/bandit-contract.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
});
afterAll(() => test.stop());

const query = async <T extends object>(sql: string, values: unknown[] = []) =>
  (await test.server.services.pool.query<T>(sql, values)).rows;

async function declareBandit(key: string, bandit: Record<string, unknown>, plan: Record<string, unknown> = {}) {
  const steps = [
    [
      '/api/slots',
      { key, champion: 'old', variants: ['old', 'new'].map((one) => ({ key: one, payload: { model: one } })) },
    ],
    ['/api/metrics', { key: `${key}-paid`, name: 'Paid', kind: 'proportion', outcome: `${key}-pay`, windowSeconds: 2 }],
    [
      '/api/experiments',
      {
        key,
        slot: key,
        name: `Experiment ${key}`,
        segments: ['country'],
        metrics: [{ metric: `${key}-paid`, role: 'primary' }],
        phases: [
          {
            mode: 'bandit',
            variants: ['new', 'old'],
            bandit: { reward: `${key}-paid`, epochSeconds: 1, floor: 0.05, warmUpCells: 20, ...bandit },
            plan: { latenessSeconds: 1, ...plan },
          },
        ],
      },
    ],
  ] as const;
  for (const [path, body] of steps) {
    const answer = await test.api('POST', path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  }
  const started = await test.api('POST', `/api/experiments/${key}/start`, {});
  if (started.status !== 200) throw new Error(JSON.stringify(started.body));
}

async function reportOf(key: string): Promise<Report & { delivery: BanditReport }> {
  const { status, body } = await test.api<Report>('GET', `/api/experiments/${key}/report`);
  if (status !== 200 || body.delivery?.mode !== 'bandit') throw new Error(JSON.stringify(body));
  return body as Report & { delivery: BanditReport };
}

const phaseOf = async (key: string) =>
  (
    await query<{ id: number }>(
      'select p.id from phase p join experiment e on e.id = p.experiment_id where e.key = $1',
      [key],
    )
  )[0]!.id;

interface Step {
  step: number;
  weights: Record<string, number>;
  contexts: Record<string, Record<string, number>> | null;
  closed_at: Date | null;
}
const stepsOf = (phase: number) => query<Step>('select * from phase_step where phase_id = $1 order by step', [phase]);

const WIN = { old: 0.05, new: 0.6 } as Record<string, number>;

it('moves its weights to the better variant by closed cells alone, logs what it drew with, and stands still while paused', async () => {
  const key = 'bandit-moves';
  await declareBandit(key, {}, { units: 900 });
  const phase = await phaseOf(key);
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 100 });
  // A service that never hears of new weights.
  const stale = await connect({
    url: test.url,
    key: test.sdkKey,
    flushEveryMs: 100,
    stream: false,
    pollEveryMs: 600_000,
  });
  const logged = new Map<string, { propensity: number; variant: string }>();
  let unit = 0;
  const decideSome = (client: typeof assay, count: number, who = 'unit') => {
    for (let i = 0; i < count; i++) {
      const id = `${who}-${unit++}`;
      const { variant, propensity, id: decision } = client.decide(key, { unit: id, attributes: { country: 'de' } });
      logged.set(decision, { propensity, variant });
      const rewarded = (unit * 0.618_034) % 1 < WIN[variant]!;
      if (rewarded) client.outcome(`${key}-pay`, { unit: id, decision });
    }
  };
  const done = Date.now() + 60_000;
  const learnt = async () => {
    decideSome(assay, 30);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { delivery } = await reportOf(key);
    return delivery.posterior.arms[0]!.weight > 0.9;
  };
  while (!(await learnt())) expect(Date.now()).toBeLessThan(done);

  const moved = await reportOf(key);
  expect(moved.delivery.warmUp.complete).toBe(true);
  expect(moved.delivery.posterior.arms[0]).toMatchObject({ variant: 'new', control: false });
  expect(moved.delivery.posterior.arms[0]!.probabilityBest).toBeGreaterThan(0.95);
  const total = moved.delivery.weights.at(-1)!.weights.reduce((sum, each) => sum + each.weight, 0);
  expect(total).toBeCloseTo(1, 9);
  expect(moved.health.find(({ check }) => check === 'sample_ratio')?.status).toBe('ok');

  decideSome(stale, 40, 'stale');
  await stale.close();
  const asBefore = [...logged.values()].slice(-40);
  expect(new Set(asBefore.map(({ propensity }) => propensity))).toEqual(new Set([0.5]));

  // Paused: no renewals, everyone gets the champion.
  expect((await test.api('POST', `/api/experiments/${key}/pause`, {})).status).toBe(200);
  const before = (await stepsOf(phase)).length;
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect((await stepsOf(phase)).length).toBe(before);
  await until(async () => assay.decide(key, { unit: 'someone' }).reason === 'champion');
  expect((await test.api('POST', `/api/experiments/${key}/resume`, {})).status).toBe(200);
  await until(async () => (await stepsOf(phase)).length > before);
  await until(async () => assay.decide(key, { unit: 'someone' }).reason === 'assigned');
  while (unit < 1_000) decideSome(assay, 50);
  await assay.close();

  // Each decision as the client logged it, with the weights of its own epoch.
  await until(async () => {
    const [row] = await query<{ n: string }>('select count(*) as n from unit_decision where phase_id = $1', [phase]);
    return Number(row!.n) >= unit;
  });
  const decisions = await query<{ decision_id: string; step: number; variant_id: number; propensity: number }>(
    'select decision_id, step, variant_id, propensity from unit_decision where phase_id = $1',
    [phase],
  );
  const weightsAt = new Map((await stepsOf(phase)).map(({ step, weights }) => [step, weights]));
  for (const row of decisions) {
    expect(row.propensity).toBe(weightsAt.get(row.step)?.[row.variant_id]);
    const own = logged.get(row.decision_id);
    if (own) expect(own.propensity).toBe(row.propensity);
  }
  expect(new Set(decisions.map((row) => row.step)).size).toBeGreaterThan(5);

  // All cells close, and the moments hold them as a direct count does; an epoch that has closed takes no more.
  await until(async () => (await openDecisionSteps(phase)) === 0, 30_000);
  const closed = await query<{ variant_id: number; n: string; s: string }>(
    'select variant_id, sum(n) as n, sum(s)::float8 as s from moment where phase_id = $1 and segment_id = 0 group by 1 order by 1',
    [phase],
  );
  expect(closed).toEqual(
    await query(
      `select variant_id, count(*) as n, sum(y)::float8 as s from (
         select d.unit_id, d.step, d.variant_id, sum(d.reward) as y
         from unit_decision d join phase_step s on s.phase_id = d.phase_id and s.step = d.step
         where d.phase_id = $1 and d.at < s.closed_at - interval '3 seconds' group by 1, 2, 3) cell group by 1 order by 1`,
      [phase],
    ),
  );
  expect(closed.reduce((sum, { n }) => sum + Number(n), 0)).toBeGreaterThan(400);

  // Inference and the gate: 900 units were planned and have closed.
  const final = await until(async () => {
    const report = await reportOf(key);
    return report.delivery.inference.decisive && report;
  }, 30_000);
  expect(final.delivery.inference).toMatchObject({ status: 'ok', level: 0.95 });
  const [difference] = final.delivery.inference.differences;
  expect(difference!.variant).toBe('new');
  expect(difference!.value!.interval.lower).toBeGreaterThan(0);
  expect(Math.abs(difference!.value!.estimate - 0.55)).toBeLessThan(5 * difference!.value!.standardError);
  expect(final.gate?.state).toBe('pass');
  expect(final.verdict.kind).toBe('ship');

  await checkOffPolicy(key, final.delivery);
}, 150_000);

async function openDecisionSteps(phase: number): Promise<number> {
  const [row] = await query<{ n: string }>(
    `select count(distinct d.step) as n from unit_decision d join phase_step s on s.phase_id = d.phase_id and s.step = d.step
     where d.phase_id = $1 and s.closed_at is null`,
    [phase],
  );
  return Number(row!.n);
}

async function checkOffPolicy(key: string, { offPolicy }: BanditReport): Promise<void> {
  const path = `/api/experiments/${key}/off-policy`;
  const { status, body } = await test.api<{ status: string; doublyRobust: { estimate: number } }>(
    'GET',
    `${path}?split=new:1,old:0`,
  );
  expect(status).toBe(200);
  expect(body.status).toBe('ok');
  expect(Math.abs(body.doublyRobust.estimate - 0.6)).toBeLessThan(0.06);
  expect(offPolicy.map((each) => each.variant)).toEqual(['new', 'old']);
  for (const [split, message] of [
    ['new:0.5,old:0.4', /sum to 0.9/],
    ['new:1,other:0', /"other" is not a variant/],
    ['new:x,old:1', /from 0 to 1/],
    ['', /name the variants/],
  ] as const) {
    const refused = await test.api<{ error: { message: string } }>('GET', `${path}?split=${split}`);
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toMatch(message);
  }
}

it('counts a decision only when its window and lateness have passed, rewarded or not', async () => {
  const key = 'bandit-late';
  await declareBandit(key, {});
  const phase = await phaseOf(key);
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
  const made = Array.from({ length: 40 }, (_, i) => {
    const unit = `${key}-${i}`;
    return { unit, decision: assay.decide(key, { unit }).id };
  });
  const madeAt = Date.now();
  // One second later half of them are rewarded: within the window, long after the decision.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const one of made.slice(0, 20)) assay.outcome(`${key}-pay`, one);
  await assay.close();
  const cells = async () =>
    (
      await query<{ n: string; s: number }>(
        'select coalesce(sum(n), 0) as n, coalesce(sum(s), 0)::float8 as s from moment where phase_id = $1 and segment_id = 0',
        [phase],
      )
    )[0]!;
  while (Date.now() < madeAt + 2_900) {
    expect(Number((await cells()).n)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await until(async () => Number((await cells()).n) > 0, 15_000);
  expect(await cells()).toEqual({ n: '40', s: 20 });
}, 40_000);

it('keeps weights and a posterior for each value of the context', async () => {
  const key = 'bandit-context';
  await declareBandit(key, { context: 'country', posterior: 'beta_bernoulli' });
  const phase = await phaseOf(key);
  const assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 100 });
  const better: Record<string, string> = { de: 'new', fr: 'old' };
  let unit = 0;
  const deadline = Date.now() + 60_000;
  const learnt = async () => {
    for (let i = 0; i < 60; i++) {
      const country = unit % 2 === 0 ? 'de' : 'fr';
      const id = `${key}-${unit++}`;
      const { variant, id: decision } = assay.decide(key, { unit: id, attributes: { country } });
      if ((unit * 0.414_213) % 1 < (variant === better[country] ? 0.6 : 0.1)) {
        assay.outcome(`${key}-pay`, { unit: id, decision });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const values = (await reportOf(key)).delivery.contexts?.values ?? [];
    return values.length === 2 && values.every(({ status, arms }) => status === 'ready' && arms.some(isTaken));
  };
  const isTaken = ({ weight }: { weight: number }) => weight > 0.9;
  while (!(await learnt())) expect(Date.now()).toBeLessThan(deadline);
  await assay.close();
  const { delivery } = await reportOf(key);
  const leaders = delivery.contexts!.values.map(({ value, arms }) => [value, arms.find(isTaken)?.variant]).sort();
  expect(leaders).toEqual([
    ['de', 'new'],
    ['fr', 'old'],
  ]);
  // Propensities are those of the decision's own context, and each epoch but the current one has dropped its detail.
  const country = await query<{ step: number; value: string; variant_id: number; propensity: number }>(
    `select d.step, v.value, d.variant_id, d.propensity from unit_decision d
     join segment_value v on v.phase_id = d.phase_id and v.id = any(d.segment) and v.value is not null where d.phase_id = $1`,
    [phase],
  );
  const steps = new Map((await stepsOf(phase)).map((step) => [step.step, step]));
  for (const row of country) {
    const step = steps.get(row.step)!;
    expect(row.propensity).toBe((step.contexts?.[row.value] ?? step.weights)[row.variant_id]);
  }
  expect(country.length).toBeGreaterThan(100);
  const [detailed] = await query<{ n: string }>(
    "select count(*) as n from phase_step where phase_id = $1 and detail ? 'contexts'",
    [phase],
  );
  expect(Number(detailed!.n)).toBeLessThanOrEqual(2);
}, 120_000);
