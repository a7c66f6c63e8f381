import type pg from 'pg';

export const UNITS = 500_000;
const VISITS = 1_000_000;

/**
 * Fifteen hours of raw events of the running experiment, as if the roll-up had taken them: each of half a million units
 * visits twice, within three hours, and each visit is an exposure and two outcomes, of which some lie outside the window.
 */
export async function fillRawEvents(pool: pg.Pool): Promise<void> {
  await pool.query(`update phase set started_at = now() - interval '20 hours'`);
  await pool.query(`update experiment set created_at = now() - interval '20 hours'`);
  await pool.query(
    `create unlogged table visit as
     select i, unit, 'user-' || unit as unit_id, ${VISIT_AT} as at, ${BATCH_OF} as batch_id,
       (array(select v.id from variant v order by v.id))[1 + unit % (select count(*) from variant)] as variant_id
     from (
       select i, (i / 2 - case when i % 2 = 0 then 0 else abs(hashint4(i)) % (least(i / 2, 100000) + 1) end)::bigint * 7919 % $2 as unit
       from generate_series(0, $1 - 1) i
     ) v`,
    [VISITS, UNITS],
  );
  await pool.query(
    `insert into batch (batch_id, environment_id, received_at, rolled_at)
     select batch_id, 1, max(at), now() from visit group by 1`,
  );
  await pool.query(
    `insert into exposure (environment_id, unit_id, batch_id, received_at, at, phase_id, step, variant_id, decision_id, propensity,
       ruleset, source, call, bucket)
     select 1, unit_id, batch_id, at, at, 1, 1, variant_id, md5(i::text), 1.0 / 3, 1, 'hash', false, unit % 100 from visit order by i`,
  );
  await pool.query(
    `insert into outcome (environment_id, unit_id, batch_id, received_at, at, name, value, item_id)
     select 1, unit_id, batch_id, at, at + (i % 4000) * interval '1 second', o.name, o.value, 'item-' || i % 10000
     from visit cross join lateral (values ('click', 1), ('dwell', (abs(hashint4(i)) % 10000) / 100.0)) as o(name, value)
     order by i`,
  );
  await pool.query('drop table visit');
  await pool.query('vacuum analyze');
}

const VISIT_AT = `now() - interval '15 hours' * (1 - i / ${VISITS}.0)`;
/** A UUIDv7 of the time of 167 visits: about 500 events, as SDKs send them. */
const BATCH_OF = `(lpad(to_hex((extract(epoch from ${VISIT_AT.replace(' i ', ' i / 167 * 167 ')}) * 1000)::bigint), 12, '0')
  || '70008000' || lpad(to_hex(i / 167), 12, '0'))::uuid`;
