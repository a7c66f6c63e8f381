import type pg from 'pg';
import { databaseOf } from '../../server/db/database.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { findExperiment } from '../../server/experiments/experiment-store.ts';
import { start } from '../../server/experiments/transitions.ts';

export const DAY = 86_400_000;
const MINUTE = 60_000;

/** Midnight, UTC, of the day on which the stream takes place: yesterday, so that no part of it lies in the future. */
export const streamDay = (): number => (Math.floor(Date.now() / DAY) - 1) * DAY;

export const EXPERIMENTS = ['one', 'two', 'three'] as const;
const VARIANTS: Record<number, string[]> = { 1: ['a', 'b'], 2: ['a', 'b', 'c'], 3: ['a', 'b'] };

const NAMES = ['click', 'click', 'click', 'click', 'other', 'assay.error', 'huge'];
const VALUES = [1, 0, 2.5, -3, 1_700_000_000.25, 1_700_000_001.5, 1e15, -1e-9, 0.1];
/** Where windows of the measures open and close, seconds after the first exposure. */
const EDGES = [0, 600, 1800, 3600];
/** Windows and lateness together, by hashed phase. */
const ENDS: Record<number, number[]> = { 1: [3600 + 1200, 1800 + 1200], 2: [600 + 600] };

const plan = (given: Partial<Plan>): string =>
  JSON.stringify({
    level: 0.95,
    design: 'fixed',
    looks: 1,
    units: 1000,
    durationSeconds: null,
    latenessSeconds: 1200,
    minimumEffect: null,
    correction: 'holm',
    covariates: null,
    cluster: null,
    ...given,
  } satisfies Plan);

/**
 * Three experiments in three slots: one with segments, covariates, caps, filters, a ratio, retention and a proxy; one with
 * three variants and nothing of that; one external, with segments and covariates.
 */
export async function makeExperiments(pool: pg.Pool): Promise<void> {
  const covariates = { days: 2, attributes: ['score'] };
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms)
       select 1, k, 'value', 'salt-' || k, 'a', 1000 from unnest('{one,two,three}'::text[]) k;
     insert into variant (slot_id, key) values (1, 'a'), (1, 'b'), (2, 'a'), (2, 'b'), (2, 'c'), (3, 'a'), (3, 'b');
     insert into measure (environment_id, outcome, window_seconds, aggregate, filter, lower, upper) values
       (1, 'click', 3600, 'any', '{}', '-Infinity', 'Infinity'), (1, 'click', 3600, 'sum', '{}', '-Infinity', 'Infinity'),
       (1, 'click', 3600, 'count', '{}', '-Infinity', 'Infinity'), (1, 'click', 600, 'sum', '{}', '-Infinity', 'Infinity'),
       (1, 'assay.error', 3600, 'any', '{}', '-Infinity', 'Infinity'),
       (1, 'click', 3600, 'sum', '{"kind": "x"}', '-1.5', '2.25'),
       (1, 'click', 3600, 'sum', '{}', '0.5', '100'), (1, 'click', 1800, 'count', '{"kind": "y", "big": true}', '1', '2'),
       (1, 'huge', 3600, 'sum', '{}', '-Infinity', 'Infinity');
     insert into measure (environment_id, outcome, start_seconds, window_seconds, aggregate) values (1, 'click', 600, 3600, 'any');
     insert into metric (environment_id, key, name, kind, direction, measure_id, denominator_id, proxy_for_id) values
       (1, 'm1', 'm', 'proportion', 'increase', 1, null, null), (1, 'm2', 'm', 'ratio', 'increase', 2, 3, null),
       (1, 'm3', 'm', 'mean', 'increase', 3, null, null), (1, 'm4', 'm', 'mean', 'increase', 4, null, null),
       (1, 'm5', 'm', 'proportion', 'increase', 5, null, null), (1, 'm6', 'm', 'mean', 'increase', 6, null, null),
       (1, 'm7', 'm', 'mean', 'increase', 7, null, null), (1, 'm8', 'm', 'mean', 'increase', 8, null, 7),
       (1, 'm9', 'm', 'mean', 'increase', 9, null, null), (1, 'm10', 'm', 'proportion', 'increase', 10, null, null)`,
  );
  await pool.query(
    `insert into experiment (environment_id, slot_id, key, name, segments, range_from, range_to) values
       (1, 1, 'one', 'one', '["country", "tier"]', 0, 1), (1, 2, 'two', 'two', '[]', 0, 1),
       (1, 3, 'three', 'three', '["country"]', 0, 1);
     insert into experiment_metric (experiment_id, metric_id, role, position)
       select 1, id, 'primary', id from metric where key <> 'm4' union all select 2, 4, 'primary', 0
       union all select 3, id, 'primary', id from metric where key in ('m1', 'm2', 'm7', 'm8', 'm10')`,
  );
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan, started_at) values
       (1, 1, 0, 'ab', 'hash', 'p1', $1, null), (1, 2, 0, 'ab', 'hash', 'p2', $2, null),
       (1, 3, 0, 'ab', 'external', 'p3', $1, $3)`,
    [plan({ covariates }), plan({ latenessSeconds: 600 }), new Date(streamDay() - 6 * DAY)],
  );
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control) values
       (1, 2, 0, 0.5, false), (1, 1, 1, 0.5, true), (2, 4, 0, 0.3, false), (2, 5, 1, 0.3, false), (2, 3, 2, 0.4, true),
       (3, 7, 0, 0.5, false), (3, 6, 1, 0.5, true)`,
  );
  // One measure kept since exactly the first day asked for, one since a millisecond later, the others for long.
  await pool.query(
    `insert into day_measure (environment_id, measure_id, since)
     select 1, id, $1::timestamptz + case id when 2 then interval '0' when 3 then interval '1 ms' else interval '-30 days' end
     from measure where id <> 4`,
    [new Date(streamDay() - 2 * DAY)],
  );
  const db = databaseOf(pool);
  for (const key of EXPERIMENTS) {
    const row = await findExperiment(db, 1, key);
    if (row) await start(db, row, new Date(streamDay() + 10 * MINUTE));
  }
}

/** Random events of the stream: what came before it, and what comes while the clock moves on. */
export function streamEvents(random: () => number, clock: () => number) {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const home = new Map<string, string>();
  /** "phase:unit" → earliest exposure so far. */
  const firstAt = new Map<string, number>();
  const attributes = () => ({
    ...(random() < 0.9 ? { country: `c${Math.floor(50 * random() ** 1.5)}` } : {}),
    ...(random() < 0.8 ? { tier: pick([1, 2, 'gold', true]) } : {}),
    ...(random() < 0.8 ? { score: pick([0.25, -3, 1e300, 'high', false]) } : {}),
  });
  const exposure = (phase: number, at: number, units: number) => {
    const unit = `u${Math.floor(random() * units)}`;
    const variants = VARIANTS[phase] ?? [];
    const usual = home.get(`${phase}:${unit}`) ?? pick(variants);
    home.set(`${phase}:${unit}`, usual);
    firstAt.set(`${phase}:${unit}`, Math.min(Math.floor(at), firstAt.get(`${phase}:${unit}`) ?? at));
    return {
      type: 'exposure',
      unit,
      slot: EXPERIMENTS[phase - 1],
      phase,
      step: 1,
      variant: random() < 0.06 ? pick(variants) : usual,
      at: Math.floor(at),
      decision: `d${Math.floor(random() * 1e9)}`,
      propensity: 0.5,
      ruleset: 1,
      source: phase === 3 ? 'external' : random() < 0.1 ? 'sticky' : 'hash',
      ...(random() < 0.9 ? { attributes: attributes() } : {}),
    };
  };
  const outcome = (at: number, unit = `u${Math.floor(random() * 70)}`, name = pick(NAMES)) => {
    return {
      type: 'outcome',
      unit,
      name,
      at: Math.floor(at),
      // Whole numbers where they cancel: what a unit's float would lose is not the roll-up's to keep.
      value: name === 'huge' ? pick([4e14, -4e14, -7, 12]) : pick(VALUES),
      properties: {
        phase: pick([1, 2, 3]),
        status: 'error',
        variant: 'a',
        kind: pick(['x', 'y']),
        big: random() < 0.7,
      },
    };
  };
  /** An outcome at the very edge of a window of a unit, or a millisecond before it; undefined where that is to come. */
  const edge = (phases: string[]) => {
    const units = [...firstAt].filter(([key]) => phases.includes(key[0] ?? ''));
    if (units.length === 0) return undefined;
    const [key, first] = pick(units);
    const at = first + pick(EDGES) * 1000 - pick([0, 1]);
    return at <= clock() ? outcome(at, key.slice(2)) : undefined;
  };
  const day = streamDay();
  return {
    pick,
    /** Before the stream: assignments made elsewhere, and outcomes of the days before, some exactly at midnight. */
    past: () => {
      if (random() < 0.3) return exposure(3, day - 5 * DAY + random() * DAY, 50);
      const edged = random() < 0.25 && edge(['3']);
      if (edged) return edged;
      const midnight = day - Math.floor(random() * 9) * DAY;
      return outcome(random() < 0.2 ? midnight - pick([0, 1]) : midnight - random() * DAY);
    },
    present: () => {
      const lag = random() < 0.5 ? random() * 14 * MINUTE : random() * 20_000;
      if (random() < 0.45) return exposure(pick([1, 2]), clock() - lag, 60);
      const usual = outcome(clock() - (random() < 0.3 ? random() * 70 * MINUTE : random() * 5_000));
      return (random() < 0.25 && edge(['1', '2'])) || usual;
    },
    /** The next instant from now on at which outcomes of a unit become late, and an outcome of its window then. */
    late: () => {
      const limits = [...firstAt].flatMap(
        ([key, first]) =>
          ENDS[Number(key[0])]?.map((seconds) => ({ unit: key.slice(2), first, limit: first + seconds * 1000 })) ?? [],
      );
      const next = limits.filter(({ limit }) => limit > clock()).sort((a, b) => a.limit - b.limit)[0];
      return next && { at: next.limit - pick([0, 1]), event: () => outcome(next.first + 599_999, next.unit, 'click') };
    },
  };
}
