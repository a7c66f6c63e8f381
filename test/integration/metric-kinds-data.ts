import type pg from 'pg';
import { randomFrom } from '../../examples/shop/random.ts';
import { databaseOf } from '../../server/db/database.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { start } from '../../server/experiments/transitions.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** What is asked for exactly this long before the day of the first exposure. */
export const COVARIATE_DAYS = 2;
export const WINDOW = 7200;
export const LATENESS = 1800;

const PLAN: Plan = {
  ...{ level: 0.95, design: 'fixed', looks: 1, units: 1e6, durationSeconds: null, latenessSeconds: LATENESS },
  ...{ minimumEffect: null, correction: 'holm', cluster: null, covariates: { days: COVARIATE_DAYS, attributes: [] } },
};

/** One experiment of two variants with a metric of every kind that is computed from outcomes. */
export async function makeKinds(pool: pg.Pool, startedAt: number, plan: Partial<Plan> = {}): Promise<void> {
  const all = "'-Infinity', 'Infinity'";
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms) values (1, 's', 'value', 's', 'old', 1000);
     insert into variant (slot_id, key) values (1, 'old'), (1, 'new');
     insert into measure (environment_id, outcome, start_seconds, window_seconds, aggregate, lower, upper) values
       (1, 'buy', 0, ${WINDOW}, 'any', ${all}), (1, 'buy', 3600, ${WINDOW}, 'any', ${all}),
       (1, 'view', 0, ${WINDOW}, 'count', ${all}), (1, 'spend', 0, ${WINDOW}, 'sum', ${all}),
       (1, 'spend', 0, ${WINDOW}, 'sum', -2, 40), (1, 'amount', 0, ${WINDOW}, 'sum', ${all}),
       (1, 'mass', 0, ${WINDOW}, 'sum', ${all}), (1, 'ms', 0, ${WINDOW}, 'count', ${all});
     insert into metric (environment_id, key, name, kind, direction, measure_id, denominator_id, quantile, cap_quantile) values
       (1, 'bought', 'm', 'proportion', 'increase', 1, null, null, null), (1, 'returned', 'm', 'proportion', 'increase', 2, null, null, null),
       (1, 'views', 'm', 'mean', 'increase', 3, null, null, null), (1, 'spend', 'm', 'mean', 'increase', 4, null, null, null),
       (1, 'clipped', 'm', 'mean', 'increase', 5, null, null, null), (1, 'amount', 'm', 'mean', 'increase', 6, null, null, null),
       (1, 'mass', 'm', 'mean', 'increase', 7, null, null, null), (1, 'winsorised', 'm', 'mean', 'increase', 4, null, null, 0.9),
       (1, 'per-view', 'm', 'ratio', 'increase', 4, 3, null, null), (1, 'p50', 'm', 'quantile', 'decrease', 8, null, 0.5, null),
       (1, 'p95', 'm', 'quantile', 'decrease', 8, null, 0.95, null), (1, 'p99', 'm', 'quantile', 'decrease', 8, null, 0.99, null);
     insert into experiment (environment_id, slot_id, key, name, range_from, range_to) values (1, 1, 'kinds', 'kinds', 0, 1);
     insert into experiment_metric (experiment_id, metric_id, role, position) select 1, id, 'primary', id from metric;
     insert into day_measure (environment_id, measure_id, since) select 1, id, '2000-01-01' from measure;`,
  );
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan) values (1, 1, 0, 'ab', 'hash', 'p', $1)`,
    [JSON.stringify({ ...PLAN, ...plan })],
  );
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control) values (1, 2, 0, 0.5, false), (1, 1, 1, 0.5, true)`,
  );
  const row = await findExperiment(databaseOf(pool), 1, 'kinds');
  if (!row) throw new Error('no experiment');
  await start(databaseOf(pool), row, new Date(startedAt));
}

/** An event and when it reaches the server. */
export interface Delivery {
  at: number;
  event: Record<string, unknown>;
}

/**
 * Units with a past, exposures in any order with their outcomes, outcomes at the edges of windows and beyond them, and
 * outcomes that arrive too late on two days. `amount` lies a billion deviations from 0, `mass` too; every unit has one.
 */
export function deliveries(seed: number, startedAt: number, units: number): Delivery[] {
  const random = randomFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const midnight = Math.floor(startedAt / DAY) * DAY;
  return Array.from({ length: units }, (_, i): Delivery[] => {
    const unit = `u${i}`;
    const variant = random() < 0.5 ? 'old' : 'new';
    const lift = variant === 'new' ? 1 : 0;
    const first = Math.floor(startedAt + random() * 1.5 * HOUR);
    const habit = random() * 20;
    const outcome = (name: string, at: number, value = 1, late = random() < 0.3 ? random() * 0.9 * HOUR : 2000) => ({
      at: Math.floor(at + late),
      event: { type: 'outcome', unit, name, at: Math.floor(at), value },
    });
    const after = (seconds: number) => first + seconds * SECOND;
    const some = (chance: number, made: () => Delivery): Delivery[] => (random() < chance ? [made()] : []);
    const known = random() < 0.7;
    const before = known
      ? [
          outcome('view', midnight - 5 * DAY, 1, 0),
          ...some(0.7, () => outcome('spend', midnight - random() * 2 * DAY, habit, 0)),
          ...some(0.6, () => outcome('view', midnight - random() * DAY, 7, 0)), // how many, not how much
          ...some(0.4, () => outcome('buy', midnight - 2 * DAY, 1, 0)), // at the first instant that counts
          ...some(0.4, () => outcome('spend', midnight - 2 * DAY - 1, 1e4, 0)), // a millisecond before it
        ]
      : [];
    const exposure = {
      ...{ type: 'exposure', unit, slot: 's', phase: 1, step: 1, variant, at: first, decision: `d${i}` },
      ...{ propensity: 0.5, ruleset: 1, source: 'hash' },
    };
    const tooLate = (WINDOW + LATENESS) * SECOND;
    return [
      ...before,
      { at: first + Math.floor(random() * 5 * 60 * SECOND), event: exposure },
      ...some(0.4, () => outcome('buy', after(random() * 3600))),
      ...some(0.3 + 0.1 * lift, () => outcome('buy', after(3600 + random() * 3599))),
      ...some(0.2, () => outcome('buy', after(3600) - Math.round(random()))),
      ...some(0.2, () => outcome('buy', after(WINDOW) - Math.round(random()))),
      ...some(0.2, () => outcome('buy', first, 0)), // no purchase: its value is 0
      ...some(0.5, () => outcome('buy', after(4000), 1, tooLate - 4000 * SECOND - Math.round(random()))),
      ...some(0.3, () => outcome('buy', after(5000), 1, random() < 0.5 ? tooLate : 30 * HOUR)),
      ...Array.from({ length: Math.floor(random() * 6) }, () => outcome('view', after(random() * 9000))),
      ...some(0.8, () =>
        outcome('spend', after(random() * 7000), Math.round(100 * (habit + 5 * normal() + lift)) / 100),
      ),
      ...some(0.2, () => outcome('spend', after(random() * 7000), -(random() ** 3) * 500)),
      ...some(0.1, () => outcome('spend', first - 1, 1e6)), // before the exposure
      // In time, for every unit; and of few binary digits, so that as decimals and as floats they are the same numbers.
      outcome('amount', after(random() * 7000), 1e9 + Math.round(32 * (normal() + 0.1 * lift)) / 32, 0),
      outcome('mass', after(random() * 7000), 1e12 + Math.round(8e3 * normal()) / 8, 0),
      ...Array.from({ length: 3 }, () =>
        outcome('ms', after(random() * 7000), 100 * Math.exp(0.5 * normal() + 0.1 * lift)),
      ),
    ];
  })
    .flat()
    .sort((a, b) => a.at - b.at);
}
