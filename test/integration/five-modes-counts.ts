import type { Pool } from 'pg';
import { expect } from 'vitest';
import type { Report } from '../../server/contract/report-contract.ts';

/** Each phase's report against counts taken straight from the raw events. */

type Row = Record<string, unknown>;
const num = (value: unknown) => Number(value);

async function rowsOf(pool: Pool, sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(sql, values)).rows;
}

type Delivery<M> = Extract<NonNullable<Report['delivery']>, { mode: M }>;
function partOf<M extends NonNullable<Report['delivery']>['mode']>(report: Report, mode: M): Delivery<M> {
  if (report.delivery?.mode !== mode) throw new Error(`the report is of mode ${report.phase?.mode}`);
  return report.delivery as Delivery<M>;
}
/** A click counts for a second, and may arrive another second later. */
const inTime = (from: string) =>
  `o.at >= ${from}.at and o.at < ${from}.at + interval '1 second' and o.received_at < ${from}.at + interval '2 seconds'`;
const phaseId = (report: Report) => report.phase?.id ?? 0;

export async function expectShadow(pool: Pool, report: Report): Promise<void> {
  const part = partOf(report, 'shadow');
  const [direct] = await rowsOf(
    pool,
    `select count(*) as n, count(distinct unit_id) as units, count(reference) as refs,
       avg((measures->>'agree')::boolean::int)::float8 as agree, avg((measures->>'overlap')::float8) as overlap,
       avg((measures_reference->>'agree')::boolean::int)::float8 as floor
     from comparison where phase_id = $1`,
    [phaseId(report)],
  );
  expect(part.comparisons).toBeGreaterThan(0);
  expect(part).toMatchObject({ comparisons: num(direct?.n), units: num(direct?.units), references: num(direct?.refs) });
  expect(part.agreement.candidate.estimate).toBeCloseTo(num(direct?.agree), 9);
  expect(part.agreement.noiseFloor.estimate).toBeCloseTo(num(direct?.floor), 9);
  expect(part.measures.find((each) => each.name === 'overlap')?.candidate.estimate).toBeCloseTo(
    num(direct?.overlap),
    9,
  );
  expect(part.calls).toMatchObject({ dropped: 0 });
}

export async function expectCanary(pool: Pool, report: Report): Promise<void> {
  const part = partOf(report, 'canary');
  const requests = await rowsOf(
    pool,
    `select (properties->>'step')::int as step, count(*) filter (where properties->>'variant' = 'new') as candidate,
       count(*) filter (where properties->>'variant' = 'old') as champion
     from outcome where name = 'assay.ms' and properties->'phase' = to_jsonb($1::int) group by 1 order by 1`,
    [phaseId(report)],
  );
  expect(part.history.map((each) => [each.step, each.candidateRequests, each.championRequests])).toEqual(
    requests.map(({ step, candidate, champion }) => [step, num(candidate), num(champion)]),
  );
  const units = await rowsOf(
    pool,
    `select step, count(distinct unit_id) filter (where band = 'candidate') as candidate,
       count(distinct unit_id) filter (where band = 'control') as control
     from exposure where phase_id = $1 group by 1 order by 1`,
    [phaseId(report)],
  );
  expect(part.sampleRatio.steps.map((each) => [each.step, each.candidate, each.control])).toEqual(
    units.map(({ step, candidate, control }) => [step, num(candidate), num(control)]),
  );
  await expectFreshUnits(pool, report);
  const made = requests.reduce((sum, each) => sum + num(each.candidate) + num(each.champion), 0);
  const seconds = (Date.parse(report.phase?.endedAt ?? '') - Date.parse(report.phase?.startedAt ?? '')) / 1000;
  expect(part.plan.requestsPerSecond).toBeCloseTo(made / seconds, 9);
  expect(part.plan.steps.map((each) => each.minimumRequests)).toEqual([20, 20, 20]);
  // Units that return while the ramp grows keep their arm: nobody is set aside.
  expect(report.variants.map((each) => each.mixedUnits)).toEqual([0, 0]);
  const [changed] = await rowsOf(
    pool,
    `select count(*) as n from (select unit_id from exposure where phase_id = $1 and band <> 'waiting'
       group by 1 having count(distinct variant_id) > 1) u`,
    [phaseId(report)],
  );
  expect(num(changed?.n)).toBe(0);
}

/** Metrics count units in the step of their first exposure only. */
async function expectFreshUnits(pool: Pool, report: Report): Promise<void> {
  const direct = await rowsOf(
    pool,
    `with first as (
       select distinct on (unit_id) unit_id, step, band, at from exposure where phase_id = $1 order by unit_id, step, at
     )
     select f.step, f.band, count(*) as units, avg(exists (select from outcome o where o.unit_id = f.unit_id
       and o.name = 'click' and ${inTime('f')})::int)::float8 as value
     from first f where band <> 'waiting' group by 1, 2`,
    [phaseId(report)],
  );
  const [metric] = partOf(report, 'canary').metrics;
  const found = (metric?.steps ?? []).flatMap(({ step, candidate, control }) => [
    { step, band: 'candidate', ...candidate },
    { step, band: 'control', ...control },
  ]);
  expect(found.length).toBeGreaterThan(0);
  for (const { step, band, units, value } of found) {
    const same = direct.find((each) => each.step === step && each.band === band);
    expect([step, band, units]).toEqual([step, band, num(same?.units)]);
    expect(value).toBeCloseTo(num(same?.value), 9);
  }
}

export async function expectAb(pool: Pool, report: Report): Promise<void> {
  const direct = await rowsOf(
    pool,
    `with first as (
       select e.unit_id, v.key, min(e.at) as at, p.cohort_seconds as seconds
       from exposure e join variant v on v.id = e.variant_id join phase p on p.id = e.phase_id
       where e.phase_id = $1 group by 1, 2, 4
     ), judged as (
       select *, to_timestamp(floor(extract(epoch from at) / seconds) * seconds) + make_interval(secs => seconds + 2) <= $2
         as mature from first
     )
     select key, count(*) as units, count(*) filter (where mature) as mature,
       avg(exists (select from outcome o where o.unit_id = f.unit_id and o.name = 'click' and ${inTime('f')})::int) filter (where mature)::float8 as value
     from judged f group by 1`,
    [phaseId(report), report.progress?.lookAt],
  );
  const [metric] = report.metrics;
  expect(report.progress?.lookAt).toBeTruthy();
  for (const { variant, units } of report.variants) {
    const same = direct.find((each) => each.key === variant);
    expect([variant, units]).toEqual([variant, num(same?.units)]);
    const shown = metric?.variants.find((each) => each.variant === variant);
    expect([variant, shown?.matureUnits]).toEqual([variant, num(same?.mature)]);
    expect(shown?.value).toBeCloseTo(num(same?.value), 9);
  }
}

export async function expectBandit(pool: Pool, report: Report): Promise<void> {
  const part = partOf(report, 'bandit');
  const direct = await rowsOf(
    pool,
    `with cell as (
       select e.unit_id, e.step, v.key, sum(exists (select from outcome o where o.unit_id = e.unit_id
           and o.name = 'click' and o.decision_id = e.decision_id and ${inTime('e')})::int) as reward
       from exposure e join variant v on v.id = e.variant_id
       join phase_step s on s.phase_id = e.phase_id and s.step = e.step and s.closed_at is not null
       where e.phase_id = $1 group by 1, 2, 3
     )
     select key, count(*) as cells, avg(reward)::float8 as mean from cell group by 1`,
    [phaseId(report)],
  );
  for (const { variant, closedCells, meanAsCame } of part.posterior.arms) {
    const same = direct.find((each) => each.key === variant);
    expect(closedCells).toBeGreaterThan(0);
    expect([variant, closedCells]).toEqual([variant, num(same?.cells)]);
    expect(meanAsCame).toBeCloseTo(num(same?.mean), 9);
    const perPeriod = part.overTime.flatMap(({ arms }) => arms.filter((each) => each.variant === variant));
    expect(perPeriod.reduce((sum, each) => sum + each.cells, 0)).toBe(num(same?.cells));
  }
  const [log] = await rowsOf(
    pool,
    `select count(*) as n, count(*) filter (where abs(e.propensity - (s.weights->>e.variant_id::text)::float8) > 1e-12) as wrong
     from exposure e join phase_step s on s.phase_id = e.phase_id and s.step = e.step where e.phase_id = $1`,
    [phaseId(report)],
  );
  expect(num(log?.wrong)).toBe(0);
  expect(part.open.decisions).toBe(num(log?.n));
}

export async function expectInterleave(pool: Pool, report: Report): Promise<void> {
  const part = partOf(report, 'interleave');
  const [direct] = await rowsOf(
    pool,
    `with clicked as (
       select distinct i.impression_id, o.item_id, t.team
       from impression i
       join outcome o on o.unit_id = i.unit_id and o.impression_id = i.impression_id and o.name = 'click'
         and ${inTime('i')}
       cross join lateral jsonb_to_recordset(i.items) as t(id text, team text) where i.phase_id = $1 and t.id = o.item_id
     )
     select (select count(*) from impression where phase_id = $1) as n,
       (select count(distinct unit_id) from impression where phase_id = $1) as units,
       (select count(*) from clicked where team = 'new') as new, (select count(*) from clicked where team = 'old') as old`,
    [phaseId(report)],
  );
  const [metric] = part.metrics;
  expect(part).toMatchObject({ units: num(direct?.units), impressions: { total: num(direct?.n), degraded: 0 } });
  expect(metric?.units).toEqual({ complete: num(direct?.units), open: 0 });
  const [comparison] = metric?.comparisons ?? [];
  expect(comparison).toMatchObject({ variant: 'new', against: 'old' });
  expect(num(direct?.new) + num(direct?.old)).toBeGreaterThan(0);
  expect(comparison?.outcomes).toEqual({ variant: num(direct?.new), against: num(direct?.old) });
}
