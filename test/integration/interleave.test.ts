import { type Assay, connect } from '@assay-ml/sdk';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrom } from '../../examples/shop/random.ts';
import type { InterleaveReport } from '../../server/contract/interleave-contract.ts';
import { type Report, report as reportShape } from '../../server/contract/report-contract.ts';
import { adjustP, unitPreference } from '../../stats/index.ts';
import { outcomesOfUnits, shownImpressions } from './interleave-oracle.ts';
import { startTestServer, type TestServer, until } from './test-server.ts';

const UNITS = 120;
const VARIANTS = ['new', 'other', 'old'];
const LISTS: Record<string, string[]> = { old: [...'abcdef'], new: [...'xaybzc'], other: [...'amnbop'] };
const plan = { units: UNITS, latenessSeconds: 1 };

let test: TestServer;
let assay: Assay;
let pool: pg.Pool;
const random = randomFrom(7);

beforeAll(async () => {
  test = await startTestServer();
  pool = new pg.Pool({ connectionString: test.database.url, max: 2 });
  const metric = { windowSeconds: 1 };
  await post('/api/slots', {
    key: 'feed',
    output: 'ranking',
    variants: VARIANTS.map((key) => ({ key })),
    champion: 'old',
  });
  await post('/api/metrics', { ...metric, key: 'clicked', name: 'Clicked', kind: 'proportion', outcome: 'click' });
  await post('/api/metrics', {
    ...metric,
    key: 'spend',
    name: 'Spend',
    kind: 'mean',
    outcome: 'purchase',
    aggregate: 'sum',
  });
  await post('/api/metrics', {
    ...metric,
    key: 'annoyed',
    name: 'Annoyed',
    kind: 'proportion',
    outcome: 'click',
    direction: 'decrease',
  });
  await post('/api/metrics', { ...metric, key: 'slow', name: 'Slow', kind: 'quantile', outcome: 'ms', quantile: 0.9 });
  await post('/api/experiments', {
    key: 'rankers',
    slot: 'feed',
    name: 'Three rankers',
    metrics: [
      { metric: 'clicked', role: 'primary' },
      { metric: 'spend', role: 'secondary' },
      { metric: 'annoyed', role: 'secondary' },
      { metric: 'slow', role: 'secondary' },
    ],
    phases: [{ mode: 'interleave', variants: VARIANTS, plan, interleave: { depth: 4, idleSeconds: 1 } }],
  });
  await post('/api/experiments/rankers/start');
  assay = await connect({ url: test.url, key: test.sdkKey, flushEveryMs: 50 });
});
afterAll(async () => {
  await assay.close();
  await pool.end();
  await test.stop();
});

async function post(path: string, body: unknown = {}): Promise<void> {
  const { status, body: answer } = await test.api('POST', path, body);
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
}

async function reportOf(): Promise<Report & { delivery: InterleaveReport }> {
  const { body } = await test.api<Report>('GET', '/api/experiments/rankers/report');
  expect(reportShape.safeParse(body).error).toBeUndefined();
  if (body.delivery?.mode !== 'interleave') throw new Error('no report of interleaving');
  return { ...body, delivery: body.delivery };
}

/** A unit looks at a list, and likes what "new" puts first. */
async function visit(unit: string, isFailing = false): Promise<void> {
  const call = (variant: { key: string }) => {
    if (isFailing && variant.key === 'other') throw new Error('down');
    return LISTS[variant.key]!;
  };
  const { items, impression } = await assay.rank('feed', { unit }, call, { id: (item) => item });
  for (const item of items) {
    const likes = 'xyz'.includes(item) ? 0.6 : 0.25;
    if (random() > likes) continue;
    const named = random() < 0.5 ? { impression } : {};
    assay.outcome('click', { unit, item, ...named });
    if (random() < 0.3) assay.outcome('click', { unit, item, ...named });
    if (random() < 0.5) assay.outcome('purchase', { unit, item, value: random() < 0.5 ? 0.1 : 0.2, ...named });
  }
}

const clicked = ({ metrics }: InterleaveReport) => metrics.find(({ key }) => key === 'clicked')!;

it('credits what a service reports, concludes once at the planned look, and says what raw events say', async () => {
  for (let i = 0; i < UNITS; i++) {
    await visit(`u${i}`);
    for (let more = i % 3; more > 0; more--) await visit(`u${i}`, random() < 0.2);
  }
  // Before any impression, about an item that was not shown, and about no item: nobody's.
  assay.outcome('click', { unit: 'u1', item: 'a', at: Date.now() - 60_000 });
  assay.outcome('click', { unit: 'u2', item: 'never' });
  assay.outcome('click', { unit: 'u3' });
  await assay.flush();

  const early = await until(async () => {
    const found = await reportOf();
    return found.delivery.impressions.total > 0 && found;
  });
  if (early.delivery.look.at === null) {
    expect(
      clicked(early.delivery).comparisons.every(
        ({ contested }) => contested.test === null && contested.signTest === null,
      ),
    ).toBe(true);
    expect(early.gate?.state).not.toBe('pass');
  }
  const { delivery, gate, verdict, phase } = await until(async () => {
    const found = await reportOf();
    return found.delivery.look.at !== null && found;
  });
  expect(delivery.look).toMatchObject({ planned: true, dueUnits: null });
  expect(delivery.decidedBy).toBe('look');
  expect(delivery.notCompared.map(({ key }) => key)).toEqual(['slow']);

  const { rows } = await pool.query('select count(*)::int as n, count(distinct unit_id)::int as units from impression');
  expect({ n: delivery.impressions.total, units: delivery.units }).toEqual(rows[0]);
  const { rows: lost } = await pool.query(
    `select degraded->>'variant' as variant, degraded->>'cause' as cause, count(*)::int as impressions
     from impression where degraded is not null group by 1, 2`,
  );
  expect(lost).toEqual([{ variant: 'other', cause: 'error', impressions: delivery.impressions.degraded }]);
  expect(delivery.degraded).toMatchObject(lost);

  for (const [key, outcome, aggregate] of [
    ['clicked', 'click', 'any'],
    ['spend', 'purchase', 'sum'],
  ] as const) {
    const metric = delivery.metrics.find((each) => each.key === key)!;
    const shown = await shownImpressions(pool, phase!.id, { outcome, windowMs: 1000, aggregate });
    expect(metric.units).toEqual({ complete: UNITS, open: 0 });
    expect(metric.comparisons.map(({ variant, against }) => `${variant}-${against}`)).toEqual([
      'new-other',
      'new-old',
      'other-old',
    ]);
    const expected = metric.comparisons.map(({ variant, against }) => ({
      contested: unitPreference(outcomesOfUnits(shown, variant, against, ({ contested }) => contested)),
      plain: unitPreference(outcomesOfUnits(shown, variant, against, () => true)),
    }));
    for (const kind of ['contested', 'plain'] as const) {
      const adjusted = adjustP(expected.map((each) => (each[kind].test as { p: number }).p));
      metric.comparisons.forEach((comparison, i) => {
        const found = comparison[kind];
        const { test, signs } = expected[i]![kind];
        if (test.status !== 'ok' || signs.status !== 'ok') throw new Error('the traffic makes no test');
        expect(found.units).toEqual({ wins: signs.winsTreatment, ties: signs.ties, losses: signs.winsControl });
        expect(found.estimate).toBeCloseTo(test.estimate, 10);
        expect(found.test?.pValue).toBeCloseTo(test.p, 10);
        expect(found.test?.adjustedPValue).toBeCloseTo(adjusted[i]!, 10);
        expect(found.test?.interval.lower).toBeCloseTo(test.interval.lower, 10);
        expect(found.signTest?.pValue ?? null).toBeCloseTo(signs.p!, 10);
        const { wins, ties, losses } = found.impressions;
        expect(wins + ties + losses).toBe(delivery.impressions.total - delivery.impressions.degraded);
      });
    }
  }

  // Lists as they were shown, with what each item earned.
  const clicks = await shownImpressions(pool, phase!.id, { outcome: 'click', windowMs: 1000, aggregate: 'any' });
  const spent = await shownImpressions(pool, phase!.id, { outcome: 'purchase', windowMs: 1000, aggregate: 'sum' });
  expect(delivery.examples).toHaveLength(8);
  for (const { at, items, length } of delivery.examples) {
    const told = clicks.flatMap((each, i) => {
      if (each.at !== Date.parse(at)) return [];
      const outcomes = (id: string) => [
        ...(each.earned.has(id) ? ['clicked'] : []),
        ...(spent[i]!.earned.has(id) ? ['spend'] : []),
        ...(each.earned.has(id) ? ['annoyed'] : []),
      ];
      return [each.items.map(({ id, team, contested }) => ({ id, variant: team, contested, outcomes: outcomes(id) }))];
    });
    expect(told).toContainEqual(items);
    expect(length).toBe(items.length);
  }
  expect(delivery.examples.flatMap(({ items }) => items).some(({ outcomes }) => outcomes.length > 0)).toBe(true);

  // Where fewer is better, what wins is what lost.
  const lead = (key: string) =>
    delivery.metrics.find((each) => each.key === key)!.comparisons.map(({ contested }) => contested.estimate!);
  expect(lead('annoyed')).toEqual(lead('clicked').map((estimate) => -estimate));

  const best = clicked(delivery).comparisons[1]!;
  expect(best).toMatchObject({ variant: 'new', against: 'old', status: 'look', preferred: 'new' });
  expect(best.abTest?.units).toBeGreaterThan(0);
  expect(gate?.state).toBe('pass');
  expect(verdict.kind).toBe('ship');
  expect(verdict.sentence).toContain('users prefer "new" to "old"');
}, 60_000);

it('leaves out impressions that come after a unit was complete, and never rewrites the look', async () => {
  const before = clicked((await reportOf()).delivery);
  for (let i = 0; i < 10; i++) await visit(`u${i}`);
  await assay.flush();
  const after = await until(async () => {
    const found = clicked((await reportOf()).delivery);
    return found.impressions.late === 10 && found;
  });
  expect(after.comparisons).toEqual(before.comparisons);
  expect(after.impressions.complete).toBe(before.impressions.complete);
  expect(after.positions).toEqual(before.positions);
}, 60_000);

it('is never tested again when the phase ends', async () => {
  const before = (await reportOf()).delivery;
  await post('/api/experiments/rankers/conclude', { promote: 'new' });
  const after = await until(async () => {
    const found = (await reportOf()).delivery;
    return found.computedAt !== before.computedAt && found;
  });
  expect(after.look).toEqual(before.look);
  const { rows } = await pool.query('select count(*)::int as n from look');
  expect(rows).toEqual([{ n: 9 }]);
}, 60_000);
