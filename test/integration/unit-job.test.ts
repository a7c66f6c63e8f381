import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { computeUnitResults } from '../../server/analysis/unit-job/compute-unit-results.ts';
import { unitJob } from '../../server/analysis/unit-job.ts';
import type { UnitEffect, UnitResult } from '../../server/analysis/unit-result.ts';
import { databaseOf } from '../../server/db/database.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import {
  brunnerMunzel,
  clusterDifference,
  clusteredQuantile,
  clustersOf,
  coMomentsOf,
  linDifference,
  mannWhitney,
  meanDifference,
  meanSummary,
  momentsOf,
  ratioDifference,
  sampleQuantile,
  winsorise,
  withMissingIndicator,
} from '../../stats/index.ts';
import { lendPoolToEachTest } from './lent-pool.ts';
import { insertExperiment, insertUnits, makeUnits, PLAN, type TestUnit } from './unit-job-data.ts';

let pool: pg.Pool;
let now: number;
lendPoolToEachTest((lent) => {
  pool = lent;
  now = Date.now();
});

const COVARIATES = { days: 14, attributes: ['score'] };

/** Results by key of the metric, in one transaction as a look makes them. */
async function results(): Promise<Record<string, UnitResult>> {
  const row = await findExperiment(databaseOf(pool), 1, 'e');
  const current = row?.phases[0];
  if (!row || !current) throw new Error('no experiment');
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const found = await computeUnitResults(client, row, current, new Date(now));
    await client.query('commit');
    return Object.fromEntries(found.map((each) => [row.metrics.find((m) => m.id === each.metricId)?.key, each.result]));
  } finally {
    client.release();
  }
}

async function prepare(plan: Partial<Plan>, assignment: 'hash' | 'external', count = 900): Promise<TestUnit[]> {
  const units = makeUnits(count, 7, now);
  await insertExperiment(pool, { ...PLAN, ...plan }, assignment, now);
  await insertUnits(pool, units, now);
  return units.filter((each) => each.not === null);
}

function ok(result: UnitResult | undefined, variantId: number): Extract<UnitEffect, { status: 'ok' }> {
  const effect = result?.effects.find((each) => each.variantId === variantId);
  if (effect?.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(effect)}`);
  return effect;
}

function sure<T extends { status: string }>(result: T): Extract<T, { status: 'ok' }> {
  if (result.status !== 'ok') throw new Error(`expected ok, got ${JSON.stringify(result)}`);
  return result as Extract<T, { status: 'ok' }>;
}

const close = (got: number | null | undefined, expected: number) =>
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThan(1e-9 * Math.max(1e-3, Math.abs(expected)));
const of = (units: TestUnit[], variant: number) => units.filter((each) => each.variant === variant);
const spend = (each: TestUnit) => each.spend ?? 0;

describe('the job on unit totals', () => {
  it('adjusts two arms as the regression on arrays does, missing marks included', async () => {
    const all = await prepare({ covariates: COVARIATES }, 'hash');
    await pool.query('delete from phase_variant where variant_id = 3');
    const [a, b] = [of(all, 1), of(all, 2)];
    // the third variant is no longer in the phase, so its units must go too
    await pool.query('delete from unit_state where variant_id = 3');
    const found = await results();
    const rows = (measures: (0 | 1 | 2)[], value: (each: TestUnit) => number) => {
      const columns = measures.map((j) =>
        withMissingIndicator(
          a.map((u) => u.before[j]),
          b.map((u) => u.before[j]),
        ),
      );
      // both measures are missing together: one mark is enough
      const kept = columns.map((each, i) => (i > 0 && measures[i] === 1 ? [each.control[0]!] : each.control));
      const keptB = columns.map((each, i) => (i > 0 && measures[i] === 1 ? [each.treatment[0]!] : each.treatment));
      return [
        { outcome: a.map(value), covariates: kept.flat() },
        { outcome: b.map(value), covariates: keptB.flat() },
      ] as const;
    };
    for (const [key, value] of [
      ['spend', spend],
      ['bought', (u: TestUnit) => Math.min(1, u.bought)],
    ] as const) {
      // "bought" has no row of its own in phase_covariate: only the attribute
      const expected = sure(linDifference(...rows(key === 'spend' ? [0, 2] : [2], value)));
      const got = ok(found[key], 2);
      close(got.estimate, expected.estimate);
      close(got.standardError, expected.standardError);
      expect(got.degreesOfFreedom).toBe(expected.degreesOfFreedom);
      close(got.pair?.meanA, expected.controlMean);
      close(got.pair?.meanB, expected.treatmentMean);
      close(got.pair?.varianceOfMeanB, expected.pair.varianceOfMeanB);
      close(got.pair?.covariance, expected.pair.covariance);
      const plain = sure(meanDifference(meanSummary(momentsOf(a.map(value))), meanSummary(momentsOf(b.map(value)))));
      close(got.adjustment?.unadjusted.estimate, plain.estimate);
      close(got.adjustment?.varianceReduction, 1 - (expected.standardError / plain.standardError) ** 2);
      close(found[key]?.arms[0]?.value, momentsOf(a.map(value)).mean);
    }
    expect(ok(found.spend, 2).adjustment?.covariates).toEqual(['spend, 14 days before', 'score']);
    expect(ok(found.spend, 2).adjustment?.varianceReduction).toBeGreaterThan(0.05);

    // the ratio, linearised within its arm
    const linear = (arm: TestUnit[]) => {
      const ratio = arm.reduce((s, u) => s + spend(u), 0) / arm.reduce((s, u) => s + u.views, 0);
      const mean = arm.reduce((s, u) => s + u.views, 0) / arm.length;
      return (u: TestUnit) => ratio + (spend(u) - ratio * u.views) / mean;
    };
    const [x, y] = rows([0, 1, 2], spend);
    const expected = sure(linDifference({ ...x, outcome: a.map(linear(a)) }, { ...y, outcome: b.map(linear(b)) }));
    const got = ok(found['per-view'], 2);
    close(got.estimate, expected.estimate);
    close(got.standardError, expected.standardError);
    const co = (arm: TestUnit[]) => coMomentsOf([arm.map(spend), arm.map((u) => u.views)]);
    close(got.adjustment?.unadjusted.standardError, sure(ratioDifference(co(a), co(b))).standardError);
  });

  it('adjusts three arms to the same covariate means', async () => {
    const all = await prepare({ covariates: COVARIATES }, 'hash');
    const found = (await results()).bought;
    expect(found?.arms.map(({ variantId, units }) => [variantId, units])).toEqual(
      [1, 2, 3].map((variant) => [variant, of(all, variant).length]),
    );
    const [one, other] = [ok(found, 2), ok(found, 3)];
    close(one.pair?.meanA, other.pair?.meanA ?? Number.NaN);
    close(one.estimate, (one.pair?.meanB ?? 0) - (one.pair?.meanA ?? 0));
    close(
      (one.pair?.varianceOfMeanA ?? 0) + (one.pair?.varianceOfMeanB ?? 0) - 2 * (one.pair?.covariance ?? 0),
      one.standardError ** 2,
    );
  });

  it('caps at the quantile of all arms together', async () => {
    const all = await prepare({}, 'hash');
    const found = await results();
    expect(Object.keys(found).sort()).toEqual(['capped', 'latency', 'rank']);
    const arms = [1, 2, 3].map((variant) => of(all, variant).map(spend));
    const { limits, arms: capped } = winsorise(arms, { upper: 0.95 });
    const expected = sure(meanDifference(meanSummary(capped[0]!.moments), meanSummary(capped[2]!.moments)));
    const got = ok(found.capped, 3);
    close(got.capped?.upper, limits.cap ?? Number.NaN);
    close(got.capped?.shareControl, capped[0]!.capped);
    close(got.capped?.shareVariant, capped[2]!.capped);
    close(got.estimate, expected.estimate);
    close(got.standardError, expected.standardError);
    close(got.degreesOfFreedom, expected.degreesOfFreedom);
    const plain = sure(meanDifference(meanSummary(momentsOf(arms[0]!)), meanSummary(momentsOf(arms[2]!))));
    close(got.others[0]?.pValue, plain.p);
  });

  it('keeps its digits where the mean is a million standard deviations from 0', async () => {
    const all = await prepare({ covariates: COVARIATES }, 'hash', 300);
    await pool.query('update unit_total set value = value + 1e9 where measure_id = 1');
    await pool.query('insert into unit_total select unit_id, 1, 1, 1, 1, 1e9 from unit_state on conflict do nothing');
    await pool.query('update unit_state set covariate = array[covariate[1] + 1e9, covariate[2], covariate[3]]');
    await pool.query('delete from unit_state where variant_id = 3');
    const rows = (arm: TestUnit[]) => ({ arm, outcome: arm.map((each) => spend(each) + 1e9) });
    const [a, b] = [rows(of(all, 1)), rows(of(all, 2))];
    const columns = ([0, 2] as const).map((j) => {
      const values = (arm: TestUnit[]) =>
        arm.map((each) => (each.before[j] === null ? null : each.before[j] + (j === 0 ? 1e9 : 0)));
      return withMissingIndicator(values(a.arm), values(b.arm));
    });
    const expected = sure(
      linDifference(
        { outcome: a.outcome, covariates: columns.flatMap((each) => each.control) },
        { outcome: b.outcome, covariates: columns.flatMap((each) => each.treatment) },
      ),
    );
    const got = ok((await results()).spend, 2);
    expect(Math.abs(got.standardError / expected.standardError - 1)).toBeLessThan(1e-7);
    expect(Math.abs(got.estimate - expected.estimate)).toBeLessThan(1e-6);
  });

  it('ranks unit totals', async () => {
    const all = await prepare({}, 'hash');
    const got = ok((await results()).rank, 2);
    const [a, b] = [of(all, 1).map(spend), of(all, 2).map(spend)];
    const expected = sure(brunnerMunzel(a, b));
    close(got.estimate, expected.superiority - 0.5);
    close(got.standardError, expected.standardError);
    close(got.degreesOfFreedom, expected.degreesOfFreedom);
    const other = sure(mannWhitney(a, b));
    close(got.others[0]?.pValue, other.p);
    expect(got.others[1]?.interval).toEqual(other.approximateInterval);
    expect(other.interval).toBeNull();
  });

  it('has an answer where ranks do not overlap', async () => {
    const all = await prepare({}, 'hash');
    await pool.query('update unit_total set value = value + 1e6 where measure_id = 1 and phase_id = 1');
    const has = (variant: number, where: string) =>
      pool.query(`delete from unit_state where variant_id = ${variant} and unit_id ${where}`);
    // units without a total are 0
    await has(2, 'not in (select unit_id from unit_total where measure_id = 1 and phase_id = 1)');
    await has(1, 'in (select unit_id from unit_total where measure_id = 1 and phase_id = 1)');
    const got = ok((await results()).rank, 2);
    const [a, b] = [
      of(all, 1).flatMap((each) => (each.spend === null ? [0] : [])),
      of(all, 2).flatMap((each) => (each.spend === null ? [] : [each.spend])),
    ];
    const expected = sure(mannWhitney(a, b));
    expect(expected.superiority).toBe(1);
    expect(got).toMatchObject({ estimate: 0.5, degreesOfFreedom: null });
    close(got.estimate / got.standardError, expected.z);
  });

  it('puts no limits on a quantile among few distinct values', async () => {
    await prepare({}, 'hash');
    await pool.query(`update outcome set value = 1 + floor(value / 200) where name = 'latency'`);
    const result = (await results()).latency;
    expect(result?.arms.every((each) => each.value !== null && each.standardError === null)).toBe(true);
    expect(result?.effects[0]).toMatchObject({
      status: 'insufficient',
      missing: expect.stringMatching(/^\d\d % of the outcomes of "old" are equal, at its p90/),
    });
  });

  it('says that it is the cap that leaves nothing to compare', async () => {
    await prepare({}, 'hash');
    await pool.query(`delete from unit_total where measure_id = 1 and phase_id = 1 and unit_id not in
      (select unit_id from unit_total where measure_id = 1 and phase_id = 1 order by value desc limit 20)`);
    expect((await results()).capped?.effects[0]).toMatchObject({
      status: 'insufficient',
      missing: 'The cap is 0, and nothing varies below it: choose a higher quantile for this metric.',
    });
  });

  it('reads quantiles of single outcomes from bins, by buckets of units', async () => {
    const all = await prepare({}, 'hash');
    const result = (await results()).latency;
    const middle = (value: number) => 1e-6 * Math.exp(0.01 * (Math.ceil(Math.log(value / 1e-6) / 0.01) - 0.5));
    const half = Math.exp(0.005);
    for (const [index, variant] of [1, 2, 3].entries()) {
      const arm = of(all, variant);
      const buckets = Array.from({ length: 100 }, (_, bucket) =>
        arm.filter((each) => each.bucket === bucket).flatMap((each) => each.latencies.map(middle)),
      );
      const expected = sure(clusteredQuantile(buckets, 0.9));
      const got = result?.arms[index];
      close(got?.value, expected.quantile);
      close(got?.interval?.lower, expected.interval.lower / half);
      close(got?.interval?.upper, expected.interval.upper * half);
      const exact =
        sampleQuantile(
          arm.flatMap((each) => each.latencies),
          0.9,
          1,
        ) ?? 0;
      expect(Math.abs((got?.value ?? 0) / exact - 1)).toBeLessThan(0.0051);
    }
    const [control, arm] = [result?.arms[0], result?.arms[1]];
    close(ok(result, 2).estimate, (arm?.value ?? 0) - (control?.value ?? 0));
    close(ok(result, 2).standardError, Math.hypot(arm?.standardError ?? 0, control?.standardError ?? 0));
  });

  it('treats units randomised together as such', async () => {
    const all = await prepare({ cluster: 'household' }, 'external');
    const found = await results();
    const [a, b] = [of(all, 1), of(all, 2)];
    const both = [...a, ...b];
    const clusters = (value: (each: TestUnit) => number) =>
      clustersOf(
        both.map(value),
        both.map((each) => each.variant === 2),
        both.map((each) => each.household ?? each.unit),
      );
    const got = ok(found.spend, 2);
    const expected = sure(clusterDifference(clusters(spend)));
    close(got.estimate, expected.estimate);
    close(got.standardError, expected.standardError);
    close(got.degreesOfFreedom, expected.degreesOfFreedom);
    close(found.spend?.arms[1]?.standardError, Math.sqrt(expected.pair.varianceOfMeanB));
    close(got.others[0]?.pValue, sure(expected.clusterMeans!).p);
    expect(got.warnings).toEqual([
      expect.stringMatching(/^Units of the same "household" are alike: .* times fewer units\.$/),
    ]);
    close(
      ok(found.bought, 2).standardError,
      sure(clusterDifference(clusters((u) => Math.min(1, u.bought)))).standardError,
    );
    expect(found.rank?.effects[0]).toMatchObject({
      status: 'insufficient',
      missing: expect.stringContaining('household'),
    });
    expect(ok(found.latency, 2).standardError).toBeGreaterThan(0);
    // three households an arm: refused with a sentence
    await pool.query(`delete from unit_state where not (unit_id = any($1))`, [
      all.filter((each) => each.household !== null && Number(each.household.slice(1)) < 9).map((each) => each.unit),
    ]);
    expect((await results()).spend?.effects[0]).toMatchObject({
      status: 'insufficient',
      missing: '"old" has 3 of at least 5 different values of "household": with fewer no error can be relied on.',
    });
  });

  it('does not take units without the name of their cluster for clusters', async () => {
    await prepare({ cluster: 'household' }, 'external');
    await pool.query(`update exposure set segment = '{}' where unit_id like '%3'`);
    const { warnings } = ok((await results()).spend, 2);
    expect(warnings.at(-1)).toMatch(
      /^1\d\.\d % of the units have no value of "household" and count as randomised one by/,
    );
    await pool.query(`update exposure set segment = '{}'`);
    const none = await results();
    for (const key of ['spend', 'latency']) {
      expect(none[key]?.effects[1]).toEqual({
        variantId: 3,
        status: 'insufficient',
        missing: expect.stringMatching(/^No unit has a value of "household"/),
      });
    }
  });

  it('warns when a cluster is in two variants', async () => {
    await prepare({ cluster: 'household' }, 'external');
    await pool.query(`update unit_state set variant_id = 2 where unit_id in ('u0', 'u1') and variant_id = 1`);
    const { warnings } = ok((await results()).spend, 2);
    expect(warnings.at(-1)).toBe(
      '1 value of "household" occurs in more than one variant: were they randomised together?',
    );
  });

  it('says what is missing: no units, an empty arm, few units, nothing that varies', async () => {
    await prepare({ covariates: COVARIATES }, 'hash', 300);
    const missing = async () => {
      const found = await results();
      return Object.values(found).flatMap(({ effects }) =>
        effects.map((each) => (each.status === 'ok' ? 'ok' : each.missing)),
      );
    };
    await pool.query('delete from unit_state where variant_id = 2 and mixed_at is null and band is null');
    const oneEmpty = await missing();
    expect(oneEmpty.filter((each) => each === 'ok').length).toBeGreaterThan(3);
    expect(oneEmpty).toContain('No unit of "new" has completed its window yet.');
    expect(oneEmpty).toContain('There are no outcomes of "new" yet.');

    await pool.query(`update unit_total set value = 0.1, n = 1`);
    await pool.query(`insert into unit_total select unit_id, 1, 1, 1, 1, 0.1 from unit_state on conflict do nothing`);
    expect((await results()).spend?.effects[1]).toMatchObject({ missing: expect.stringContaining('Nothing varies') });

    await pool.query(`delete from unit_state where unit_id not in (select unit_id from unit_state where mixed_at is null
      and variant_id = 3 limit 5) and variant_id = 3`);
    const few = (await results()).bought?.effects[1];
    expect(few).toMatchObject({
      status: 'ok',
      adjustment: null,
      warnings: [expect.stringMatching(/^Not adjusted: .*units in each arm/)],
    });

    await pool.query('delete from unit_state');
    expect(new Set(await missing())).toEqual(
      new Set([
        'No unit of "old" and "new" has completed its window yet.',
        'No unit of "old" and "other" has completed its window yet.',
        'There are no outcomes of "old" yet.',
      ]),
    );
  });

  it('stores its results, rests, and stops when everything is mature', async () => {
    await prepare({}, 'hash', 200);
    let clock = now;
    const job = unitJob(pool, () => new Date(clock));
    expect(await job()).toBe(true);
    expect(await job()).toBe(false);
    const stored = async () =>
      (await pool.query('select metric_id, computed_at, result from holistic order by 1')).rows;
    const first = await stored();
    expect(first.map((each) => each.metric_id)).toEqual([0, 4, 5, 6]);
    expect(first[1]?.result).toEqual(JSON.parse(JSON.stringify((await results()).capped)));
    clock += 59_000;
    expect(await job()).toBe(false);
    clock += 2_000;
    expect(await job()).toBe(true);
    expect((await stored())[0]?.computed_at).toEqual(new Date(clock));
    // ended: until the last unit is mature, and not again
    await pool.query(`update phase set state = 'ended', ended_at = $1, closed_at = $1`, [new Date(clock)]);
    await pool.query('update batch set rolled_at = received_at');
    clock += 2.9 * 3_600_000;
    expect(await job()).toBe(true);
    clock += 120_000;
    expect(await job()).toBe(true);
    clock += 3_600_000;
    expect(await job()).toBe(true);
    clock += 3_600_000;
    expect(await job()).toBe(false);
    expect(await unitJob(pool, () => new Date(clock))()).toBe(false);
    // one that fails says so, and is tried again a minute later
    await pool.query('delete from holistic');
    await pool.query('alter table unit_total rename to unit_total_away');
    await expect(job()).rejects.toThrow('unit_total');
    expect(await job()).toBe(false);
    await pool.query('alter table unit_total_away rename to unit_total');
    clock += 60_000;
    expect(await job()).toBe(true);
    expect(await stored()).toHaveLength(4);
  });
});
