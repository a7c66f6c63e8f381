import type pg from 'pg';
import { randomFrom } from '../../examples/shop/random.ts';
import { uuid7 } from '../../sdk/index.ts';
import type { Plan } from '../../server/db/schema-types.ts';

const HOUR = 3_600_000;

/** A unit as the tests know it; variant 1 is the control. */
export interface TestUnit {
  unit: string;
  variant: number;
  bucket: number;
  firstAt: number;
  /** What of it is not counted, and why. */
  not: 'mixed' | 'waiting' | 'open' | null;
  /** Totals by measure: 1 spend (sum), 2 bought (any), 3 views (count), 4 latency (count). */
  spend: number | null;
  bought: number;
  views: number;
  latencies: number[];
  /** Spend and views before, and the attribute "score". */
  before: [number | null, number | null, number | null];
  household: string | null;
}

export const PLAN: Plan = {
  level: 0.95,
  design: 'fixed',
  looks: 1,
  units: 100,
  durationSeconds: null,
  latenessSeconds: 3600,
  minimumEffect: null,
  correction: 'holm',
  covariates: null,
  cluster: null,
};

/** Units of three variants, whose totals follow what is known from before and their household. */
export function makeUnits(count: number, seed: number, now: number): TestUnit[] {
  const random = randomFrom(seed);
  const base = Math.floor(now / HOUR) * HOUR - 20 * HOUR;
  const shift = Array.from({ length: count }, () => random() * 12);
  return Array.from({ length: count }, (_, i): TestUnit => {
    const household = Math.floor(i / 4);
    const variant = 1 + (household % 3);
    const known = random() < 0.8;
    const score = random() < 0.9 ? Math.floor(random() * 1000) / 100 : null;
    const spendBefore = Math.floor(random() * 2000) / 100;
    const viewsBefore = Math.floor(random() * 9);
    const own = random();
    const views = Math.floor(random() * 5 + viewsBefore / 2);
    const spend = 0.6 * spendBefore + (score ?? 5) / 2 + (shift[household] ?? 0) + variant + 30 * own ** 8;
    const fate = random();
    return {
      unit: `u${i}`,
      variant,
      bucket: Math.floor(random() * 100),
      firstAt: fate > 0.94 ? now - HOUR : base + Math.floor(random() * 2 * HOUR),
      not: fate > 0.94 ? 'open' : fate > 0.9 ? 'mixed' : fate > 0.88 ? 'waiting' : null,
      spend: random() < 0.15 ? null : Math.round(spend * 100) / 100,
      bought: own > 0.6 - variant / 20 ? 1 + Math.floor(random() * 3) : 0,
      views,
      latencies: Array.from(
        { length: 1 + (i % 4) },
        () => 100 * Math.exp(random() + (household % 7) / 7 + variant / 20),
      ),
      before: [known ? spendBefore : null, known ? viewsBefore : null, score],
      household: i % 50 === 7 ? null : `h${household}`,
    };
  });
}

/** One experiment of three variants, a metric of each kind that the job computes, and one phase. */
export async function insertExperiment(
  pool: pg.Pool,
  plan: Plan,
  assignment: 'hash' | 'external',
  now: number,
): Promise<void> {
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms) values (1, 's', 'value', 's', 'old', 1000);
     insert into variant (slot_id, key) values (1, 'old'), (1, 'new'), (1, 'other');
     insert into measure (environment_id, outcome, window_seconds, aggregate) values
       (1, 'spend', 3600, 'sum'), (1, 'spend', 3600, 'any'), (1, 'view', 3600, 'count'), (1, 'latency', 3600, 'count');
     insert into metric (environment_id, key, name, kind, direction, measure_id, denominator_id, quantile, cap_quantile) values
       (1, 'spend', 'm', 'mean', 'increase', 1, null, null, null), (1, 'bought', 'm', 'proportion', 'increase', 2, null, null, null),
       (1, 'per-view', 'm', 'ratio', 'increase', 1, 3, null, null), (1, 'capped', 'm', 'mean', 'increase', 1, null, null, 0.95),
       (1, 'rank', 'm', 'rank', 'increase', 1, null, null, null), (1, 'latency', 'm', 'quantile', 'decrease', 4, null, 0.9, null);
     insert into experiment (environment_id, slot_id, key, name, range_from, range_to, state) values (1, 1, 'e', 'e', 0, 1, 'running');
     insert into experiment_metric (experiment_id, metric_id, role, position) select 1, id, 'primary', id from metric;`,
  );
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan, state, started_at)
     values (1, 1, 0, 'ab', $1, 'p', $2, 'running', $3)`,
    [assignment, JSON.stringify(plan), new Date(now - 23 * HOUR)],
  );
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control)
       values (1, 2, 0, 0.3, false), (1, 3, 1, 0.3, false), (1, 1, 2, 0.4, true);
     insert into phase_measure (phase_id, measure_id, lateness_seconds) select 1, id, 3600 from measure;
     insert into phase_covariate (phase_id, position, measure_id, attribute, days)
       values (1, 0, 1, null, 14), (1, 1, 3, null, 14), (1, 2, null, 'score', null);`,
  );
}

/** The rows that the roll-up would have made of the units, with outcomes of latency as raw rows. */
export async function insertUnits(pool: pg.Pool, units: TestUnit[], now: number): Promise<void> {
  const [rolled, unrolled] = [uuid7(now - HOUR), uuid7(now - HOUR + 1)];
  await pool.query(
    `insert into batch (batch_id, environment_id, received_at, rolled_at) values ($1, 1, $3, $3), ($2, 1, $4, null)`,
    [rolled, unrolled, new Date(now - 23 * HOUR), new Date(now + HOUR)],
  );
  const cohort = (at: number) => new Date(Math.floor(at / HOUR) * HOUR);
  await pool.query(
    `insert into unit_state (unit_id, phase_id, step, environment_id, variant_id, band, source, cohort, bucket, first_at, mixed_at, covariate)
     select x->>'unit', 1, 1, 1, (x->>'variant')::int, x->>'band', 'hash', (x->>'cohort')::timestamptz, (x->>'bucket')::int,
       (x->>'firstAt')::timestamptz, (x->>'mixedAt')::timestamptz,
       (select array_agg(v::float8 order by i) from jsonb_array_elements_text(x->'before') with ordinality t(v, i))
     from jsonb_array_elements($1::jsonb) x`,
    [
      JSON.stringify(
        units.map((each) => ({
          ...each,
          cohort: cohort(each.firstAt),
          firstAt: new Date(each.firstAt),
          band: each.not === 'waiting' ? 'waiting' : null,
          mixedAt: each.not === 'mixed' ? new Date(now) : null,
        })),
      ),
    ],
  );
  const totals = units.flatMap(({ unit, spend, bought, views }) => [
    ...(spend === null ? [] : [{ unit, phase: 1, measure: 1, n: 2, value: spend }]),
    ...(bought === 0 ? [] : [{ unit, phase: 1, measure: 2, n: bought, value: bought }]),
    ...(views === 0 ? [] : [{ unit, phase: 1, measure: 3, n: views, value: 0 }]),
    { unit, phase: 99, measure: 1, n: 1, value: 1e6 },
  ]);
  await pool.query(
    `insert into unit_total (unit_id, phase_id, step, measure_id, n, value)
     select x->>'unit', (x->>'phase')::int, 1, (x->>'measure')::int, (x->>'n')::int, (x->>'value')::float8
     from jsonb_array_elements($1::jsonb) x`,
    [JSON.stringify(totals)],
  );
  const hour = (at: number) => new Date(at).toISOString();
  const outcomes = units.flatMap(({ unit, firstAt, latencies }) => [
    ...latencies.map((value) => ({
      unit,
      at: hour(firstAt + 1000),
      received: hour(firstAt + 2000),
      value,
      batch: rolled,
    })),
    // before the exposure, after the window, too late (external phases take it), and not rolled up yet
    { unit, at: hour(firstAt - 1), received: hour(firstAt), value: 1e5, batch: rolled },
    { unit, at: hour(firstAt + HOUR), received: hour(firstAt + HOUR), value: 1e5, batch: rolled },
    { unit, at: hour(firstAt), received: hour(firstAt + 2 * HOUR), value: 3 * (latencies[0] ?? 1), batch: rolled },
    { unit, at: hour(firstAt), received: hour(firstAt), value: 1e5, batch: unrolled },
  ]);
  await pool.query(
    `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value)
     select 1, x->>'unit', (x->>'batch')::uuid, (x->>'received')::timestamptz, (x->>'at')::timestamptz, 'latency', (x->>'value')::float8
     from jsonb_array_elements($1::jsonb) x`,
    [JSON.stringify(outcomes)],
  );
  await insertExposures(pool, units, rolled);
}

/** Two exposures a unit: the first names its household, the later one another. */
async function insertExposures(pool: pg.Pool, units: TestUnit[], batch: string): Promise<void> {
  const rows = units.flatMap(({ unit, variant, firstAt, household }) => [
    { unit, variant, at: new Date(firstAt), segment: household === null ? {} : { household } },
    { unit, variant, at: new Date(firstAt + 5000), segment: { household: 'later' } },
  ]);
  await pool.query(
    `insert into exposure (environment_id, unit_id, batch_id, received_at, at, phase_id, step, variant_id, decision_id,
       propensity, ruleset, source, call, bucket, segment)
     select 1, x->>'unit', $2, (x->>'at')::timestamptz + interval '10 s', (x->>'at')::timestamptz, 1, 1, (x->>'variant')::int, 'd', 0.5, 1,
       'hash', false, 0, x->'segment'
     from jsonb_array_elements($1::jsonb) x`,
    [JSON.stringify(rows), batch],
  );
}
