import { readFileSync } from 'node:fs';
import { type Assay, connect } from '@assay-ml/sdk';
import { type StickyEntries, sticky } from '@assay-ml/sdk/sticky';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Experiment } from '../../server/contract/catalog.ts';
import type { Report } from '../../server/contract/report-contract.ts';
import { fromRoot } from '../../server/repository-root.ts';
import { draftExperiment, startTestServer, type TestServer, until } from './test-server.ts';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer();
  await query(
    'create table sticky (unit text, experiment text, version int, variant text, propensity float8, primary key (unit, experiment))',
  );
});
afterAll(() => test.stop());

const KEY = 'memory';
const phase = (weight: number, more: object = {}) => ({
  split: [
    { variant: 'new', weight },
    { variant: 'old', weight: 1 - weight },
  ],
  plan: { units: 100_000 },
  sticky: true,
  ...more,
});
const call = <T = Experiment & { error: { message: string } }>(method: string, path: string, body?: object) =>
  test.api<T>(method, `/api/experiments/${KEY}${path}`, body);
const unitsOf = (kind: string, n: number) => Array.from({ length: n }, (_, i) => `${kind}${i}`);

/** What all processes of the service share: the table of the documentation, with the statement that stands there. */
const [upsert = ''] = /insert into sticky[^`]+/.exec(readFileSync(fromRoot('docs', 'sdk', 'sticky.md'), 'utf8')) ?? [];
const query = (sql: string, values: unknown[] = []) => test.server.services.pool.query(sql, values);
const store = {
  async get(unit: string): Promise<StickyEntries> {
    const { rows } = await query('select experiment, version, variant, propensity from sticky where unit = $1', [unit]);
    return Object.fromEntries(rows.map(({ experiment, ...entry }) => [experiment, entry]));
  },
  async save(unit: string, entries: StickyEntries): Promise<void> {
    for (const [experiment, { version, variant, propensity }] of Object.entries(entries)) {
      await query(upsert, [unit, experiment, version, variant, propensity]);
    }
  },
};

/** A process of the service that has just started, in a given phase. */
async function inProcess<T>(phaseId: number, work: (assay: Assay) => Promise<T>): Promise<T> {
  const options = { url: test.url, key: test.sdkKey, sticky: sticky(store, { timeoutMs: 2000 }) };
  const assay = await connect(options);
  await until(async () => assay.peek(KEY, await assay.recall(KEY, { unit: 'u' })).phase === phaseId);
  const result = await work(assay);
  expect((await assay.close()).delivered).toBe(true);
  return result;
}

async function variantsOf(assay: Assay, units: string[], fallbackUnit?: (i: number) => string | undefined) {
  const variants: string[] = [];
  for (const [i, unit] of units.entries()) {
    const context = await assay.recall(KEY, { unit, fallbackUnit: fallbackUnit?.(i) });
    variants.push(assay.decide(KEY, context).variant);
  }
  return variants;
}

/** The report once it holds so many units. */
const reportOf = (position: number, units: number) =>
  until(async () => {
    const { body } = await call<Report>('GET', `/report?phase=${position}`);
    return body.variants.reduce((sum, each) => sum + each.units, 0) === units && body;
  });
const sampleRatio = ({ health }: Report) => health.find(({ check }) => check === 'sample_ratio');
const exposuresOf = async (phaseId: number) =>
  (
    await test.server.services.pool.query<{ source: string; propensity: number; n: number }>(
      'select source, propensity, count(*)::int as n from exposure where phase_id = $1 group by 1, 2 order by 1, 2',
      [phaseId],
    )
  ).rows;
const rulesOf = async () =>
  (await test.server.services.rulesets.ruleset(1)).ruleset.slots[KEY]?.experiments[0]?.phase.sticky;

it('units keep their variant over login and changed weights, until the phase restarts; no report is misled', async () => {
  await draftExperiment(test, { key: KEY, phase: phase(0.5) });
  expect((await call('POST', '/phases', phase(0.1, { continues: true }))).status).toBe(201);
  expect((await call('POST', '/phases', phase(0.5))).body.phases.map((each) => each.sticky)).toEqual([
    true,
    true,
    true,
  ]);
  const [first = 0, second = 0, third = 0] = (await call('POST', '/start')).body.phases.map((each) => each.id);

  // Visitors are drawn 50 : 50. Some of those who got "new" log in, so that there are far more units of "new".
  const visitors = unitsOf('visitor', 300);
  const users = unitsOf('user', 250);
  const drawn = await inProcess(first, async (assay) => {
    const variants = await variantsOf(assay, visitors);
    const lucky = visitors.filter((_, i) => variants[i] === 'new');
    const kept = await variantsOf(assay, users, (i) => lucky[i % lucky.length]);
    expect(new Set(kept)).toEqual(new Set(['new']));
    expect(assay.counters()).toMatchObject({ remembered: 250, stickyFailures: 0, errors: 0 });
    return variants;
  });
  expect(await rulesOf()).toEqual({ key: KEY, version: first });
  const counted = await reportOf(0, 550);
  expect(counted.variants.map(({ variant, rememberedUnits }) => [variant, rememberedUnits])).toEqual([
    ['old', 0],
    ['new', 250],
  ]);
  expect(sampleRatio(counted)).toMatchObject({ status: 'ok' });
  expect(sampleRatio(counted)?.sentence).toContain('250 units with a remembered variant left aside');
  const compared = counted.metrics[0]?.variants.map((each) => each.matureUnits + each.openUnits);
  expect(compared?.reduce((sum, each) => sum + each, 0)).toBe(550);
  expect(await exposuresOf(first)).toEqual([
    { source: 'hash', propensity: 0.5, n: 300 },
    { source: 'sticky', propensity: 0.5, n: 250 },
  ]);

  // Only a tenth is to get "new" from now on: who has it keeps it, in another process too, and after login.
  await call('POST', '/advance');
  const strangers = unitsOf('stranger', 400);
  const late = unitsOf('late', 100);
  const fresh = await inProcess(second, async (assay) => {
    expect(await variantsOf(assay, visitors)).toEqual(drawn);
    expect(new Set(await variantsOf(assay, users))).toEqual(new Set(['new']));
    expect(await variantsOf(assay, late, (i) => visitors[i])).toEqual(drawn.slice(0, 100));
    return variantsOf(assay, strangers);
  });
  expect(await rulesOf()).toEqual({ key: KEY, version: first });
  const gotNew = fresh.filter((each) => each === 'new').length;
  expect(gotNew).toBeGreaterThan(10);
  expect(gotNew).toBeLessThan(80);
  expect(await exposuresOf(second)).toEqual([
    { source: 'hash', propensity: 0.1, n: gotNew },
    { source: 'hash', propensity: 0.9, n: 400 - gotNew },
    { source: 'sticky', propensity: 0.5, n: 650 },
  ]);
  // Who was there before is in no result of this phase, whatever the unit is called now.
  const continued = await reportOf(1, 400);
  expect(continued.variants.map(({ units, rememberedUnits }) => [units, rememberedUnits])).toEqual([
    [400 - gotNew, 0],
    [gotNew, 0],
  ]);
  expect(sampleRatio(continued)).toMatchObject({ status: 'ok' });

  // The third phase does not continue: everyone draws anew, and that is remembered from then on.
  await call('POST', '/advance');
  const anew = await inProcess(third, (assay) => variantsOf(assay, visitors));
  expect(await rulesOf()).toEqual({ key: KEY, version: third });
  const moved = visitors.filter((_, i) => anew[i] !== drawn[i]).length;
  expect(moved).toBeGreaterThan(100);
  expect(moved).toBeLessThan(200);
  expect(await exposuresOf(third)).toEqual([{ source: 'hash', propensity: 0.5, n: 300 }]);
  const kept = await until(async () => {
    const entries = await store.get('visitor7');
    return entries[KEY]?.version === third && entries;
  });
  expect(kept).toEqual({ [KEY]: { version: third, variant: anew[7], propensity: 0.5 } });
});

it('refuses memory where a draw must be one, and changing it under way', async () => {
  const variants = ['old', 'new'];
  const bandit = { mode: 'bandit', variants, bandit: { reward: `${KEY}-clicked` }, sticky: true };
  const refused = await call('POST', '/phases', bandit);
  expect([refused.status, refused.body.error.message]).toEqual([
    400,
    expect.stringMatching(/^phase\.sticky: only an ab phase can be sticky: each epoch of a bandit draws anew/),
  ]);
  const forgets = await call('POST', '/phases', phase(0.5, { sticky: false, continues: true }));
  expect(forgets.body.error.message).toMatch(/the phase before is sticky and this one continues it/);
  const running = await call('PUT', '/phases/2', phase(0.5, { sticky: false }));
  expect(running.body.error.message).toMatch(/to change "sticky" would move its units/);
});
