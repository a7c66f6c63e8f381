import type pg from 'pg';
import type { z } from 'zod';
import { randomFrom } from '../../examples/shop/random.ts';
import { plan as planSchema } from '../../server/contract/plan-contract.ts';
import { shadowSettings } from '../../server/contract/settings-contract.ts';
import type { ShadowSettings } from '../../server/db/schema-types.ts';

interface TestCall {
  ms: number;
  status: 'ok' | 'error' | 'timeout' | 'cancelled';
  score?: number;
  label?: string | number | boolean;
}

export interface TestComparison {
  unit: string;
  decision: string;
  at: number;
  champion: TestCall;
  candidate: TestCall;
  reference: TestCall | null;
  measures: Record<string, number | boolean>;
  measuresReference: Record<string, number | boolean> | null;
  /** The truth, and whether it is known. */
  label: number | null;
  segment: number;
  example: unknown;
}

export const BUDGET_MS = 200;
export const WINDOW_SECONDS = 3600;
const HOUR = 3_600_000;

/** Decisions of units that return, some of them often; the candidate errs more and scores a little higher. */
export function makeComparisons(units: number, seed: number, now: number): TestComparison[] {
  const random = randomFrom(seed);
  return Array.from({ length: units }, (_, u) => {
    const [own, decisions] = [random(), 1 + Math.floor(8 * random() ** 3)];
    return Array.from({ length: decisions }, (_, d): TestComparison => {
      const truth = random() < own ? 1 : 0;
      const score = (noise: number) => Math.min(0.99, Math.max(0.01, 0.3 * own + 0.35 * truth + noise * random()));
      const [old, fresh] = [score(0.3), score(0.35)];
      const failed = random();
      const status = failed < 0.03 ? 'error' : failed < 0.05 ? 'timeout' : failed < 0.06 ? 'cancelled' : 'ok';
      const isOk = status === 'ok';
      const again = random() < 0.3;
      const late = random() < 0.2;
      return {
        unit: `u${u}`,
        decision: `d${u}-${d}`,
        at: late ? now - HOUR / 2 : now - 3 * HOUR - u * 1000,
        champion: { ms: 5 + 20 * own, status: 'ok', score: old, label: old > 0.5 },
        candidate: isOk
          ? { ms: 6 + 25 * own * random(), status, score: fresh, label: fresh > 0.5 }
          : { ms: status === 'timeout' ? 150 : 3, status },
        reference: again ? { ms: 5 + 20 * own * random(), status: random() < 0.01 ? 'error' : 'ok', score: old } : null,
        measures: isOk ? { agree: Math.abs(fresh - old) < 0.1, difference: fresh - old } : {},
        measuresReference: again ? { agree: random() < 0.98, difference: 0 } : null,
        label: random() < 0.7 ? truth : null,
        segment: 1 + (u % 3),
        example: u % 5 === 0 ? { champion: old, candidate: fresh } : null,
      };
    });
  }).flat();
}

/** One experiment with a running shadow phase whose label is the metric "fraud". */
export async function insertShadowPhase(
  pool: pg.Pool,
  settings: z.input<typeof shadowSettings>,
  now: number,
): Promise<ShadowSettings> {
  const shadow = shadowSettings.parse(settings) as ShadowSettings;
  await pool.query(
    `insert into slot (environment_id, key, output, salt, champion, timeout_ms) values (1, 's', 'value', 's', 'old', 1000);
     insert into variant (slot_id, key) values (1, 'old'), (1, 'new');
     insert into measure (environment_id, outcome, window_seconds, aggregate) values (1, 'fraud', ${WINDOW_SECONDS}, 'any');
     insert into metric (environment_id, key, name, kind, direction, measure_id, independent_of_answer)
       values (1, 'fraud', 'Fraud', 'proportion', 'decrease', 1, true);
     insert into experiment (environment_id, slot_id, key, name, range_from, range_to, state) values (1, 1, 'e', 'e', 0, 1, 'running');
     insert into experiment_metric (experiment_id, metric_id, role, position) values (1, 1, 'primary', 0);`,
  );
  await pool.query(
    `insert into phase (environment_id, experiment_id, position, mode, assignment, salt, plan, settings, state, started_at)
     values (1, 1, 0, 'shadow', 'hash', 'p', $1, $2, 'running', $3)`,
    [JSON.stringify({ ...planSchema.parse({}), level: 0.95 }), JSON.stringify({ shadow }), new Date(now - 23 * HOUR)],
  );
  await pool.query(
    `insert into phase_variant (phase_id, variant_id, position, weight, control) values (1, 2, 0, 0.1, false), (1, 1, 1, 0.9, true);
     insert into phase_measure (phase_id, measure_id, lateness_seconds) values (1, 1, 1800);
     insert into segment_value (phase_id, id, attribute, value) values (1, 1, 'country', null), (1, 2, 'country', 'de'), (1, 3, 'country', 'fr');`,
  );
  return shadow;
}

/** The rows that the roll-up makes. */
export async function insertComparisons(pool: pg.Pool, rows: TestComparison[]): Promise<void> {
  await pool.query(
    `insert into unit_comparison (unit_id, phase_id, decision_id, at, champion, candidate, reference, label, measures,
       measures_reference, example, segment)
     select x->>'unit', 1, x->>'decision', to_timestamp((x->>'at')::float8 / 1000), x->'champion', x->'candidate',
       nullif(x->'reference', 'null'), (x->>'label')::float8, x->'measures', nullif(x->'measuresReference', 'null'),
       nullif(x->'example', 'null'), array[(x->>'segment')::smallint]
     from jsonb_array_elements($1::jsonb) x`,
    [JSON.stringify(rows)],
  );
}
