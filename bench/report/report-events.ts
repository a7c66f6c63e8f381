import type pg from 'pg';
import { keepPartitions } from '../../server/db/partitions.ts';
import { STATUSES } from './report-experiment.ts';

const DAY_MS = 86_400_000;
/** Outcomes an exposure: 12 in 100 of them calls, 6 errors, 6 purchases, 6 ratings. */
export const OUTCOMES_PER_EXPOSURE = 0.3;
/** Outcomes follow their exposure within this time. */
const WITHIN = "interval '20 hours'";
/** Share of units with purchases before the experiment. */
const KNOWN_SHARE = 0.1;

/** A draw of row `i`, 0-1, the same in each run; `salt` tells several draws of one row apart. */
const draw = (salt: number) => `(((hashint8extended(i, ${salt}) >> 11) & 1048575) / 1048576.0)`;

/** Raw rows of `exposures` units from `from` to `to` at an even rate, as the intake would have stored them. */
export async function makeRawEvents(pool: pg.Pool, exposures: number, from: Date, to: Date): Promise<void> {
  for (let day = from.getTime() - DAY_MS; day <= to.getTime(); day += DAY_MS) await keepPartitions(pool, new Date(day));
  const range = [exposures, from, to];
  const at = '($2::timestamptz + (i::float8 / $1::float8) * ($3::timestamptz - $2::timestamptz))';
  await pool.query(
    `insert into exposure (environment_id, unit_id, batch_id, received_at, at, phase_id, step, variant_id, band, decision_id,
       propensity, ruleset, source, call, bucket, segment)
     select 1, 'unit-' || i, gen_random_uuid(), ${at}, ${at}, 1, 1, 1 + floor(3 * ${draw(1)})::int, null, 'd' || i, 1 / 3.0, 1,
       'hash', false, floor(100 * ${draw(2)})::int,
       jsonb_build_object('country', 'c' || floor(8 * ${draw(3)} ^ 2), 'device', 'd' || floor(2 * ${draw(4)}))
     from generate_series(0::bigint, $1::bigint - 1) i`,
    range,
  );
  const kind = 'i % 5';
  await pool.query(
    `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value, properties)
     select 1, 'unit-' || u, gen_random_uuid(), x.at, x.at,
       (array['assay.ms', 'assay.ms', 'assay.error', 'purchase', 'rating'])[1 + ${kind}],
       case ${kind} when 2 then 1 when 4 then floor(1 + 5 * ${draw(7)})
         else exp(3 + 2 * ${draw(5)} + ${draw(6)})::numeric(9, 2) end,
       case when ${kind} < 3 then jsonb_build_object('phase', 1, 'status', 's' || floor(${STATUSES} * ${draw(8)})) end
     from generate_series(0::bigint, floor($1::bigint * ${OUTCOMES_PER_EXPOSURE})::bigint - 1) o(i)
     cross join lateral (select floor($1::bigint * ${draw(9)})::bigint as u) unit
     cross join lateral (select $2::timestamptz + (u::float8 / $1::float8) * ($3::timestamptz - $2::timestamptz)
       + ${draw(10)} * ${WITHIN} as at) x
     where x.at < $3`,
    range,
  );
  await pool.query(
    `insert into unit_day (unit_id, environment_id, measure_id, day, n, value)
     select 'unit-' || i, 1, m.id, ($2::timestamptz at time zone 'UTC')::date - 1 - floor(5 * ${draw(11)})::int, 1,
       exp(3 + 2 * ${draw(12)} + ${draw(13)})::numeric(9, 2)
     from generate_series(0::bigint, $1::bigint - 1) i join measure m on m.outcome = 'purchase'
     where ${draw(14)} < ${KNOWN_SHARE}`,
    [exposures, from],
  );
  await pool.query('vacuum analyze exposure');
  await pool.query('vacuum analyze outcome');
  await pool.query('vacuum analyze unit_day');
}
