import type pg from 'pg';
import type { MetricInput } from '../../server/contract/metric-contract.ts';
import type { TorturedExperiment } from './torture-experiments.ts';

/** What the report must say of one variant, counted directly from raw events. */
export interface ExpectedVariant {
  units: number;
  mixed: number;
  calls: { made: number; errors: number };
  /** By metric: units in no second variant, and the value over them. */
  metrics: Record<string, MetricRow>;
}

/**
 * The rules of counting in plain SQL over raw events: nothing incremental, nothing of the roll-up. First exposure by
 * time; units in two variants are left out of estimates; outcomes count within the window and if they came in time.
 */
export async function expectedVariants(
  pool: pg.Pool,
  experiment: TorturedExperiment,
): Promise<Map<string, ExpectedVariant>> {
  const { rows } = await pool.query<{ variant: string; units: string; mixed: string; made: string; errors: string }>(
    `with ${FIRST}
     select v.key as variant, count(f.unit_id) as units, count(f.unit_id) filter (where f.mixed) as mixed,
       (${CALLS}) as made, (${CALLS} and o.properties->>'status' = 'error') as errors
     from variant v left join first f on f.variant_id = v.id
     where v.slot_id = (select e.slot_id from phase p join experiment e on e.id = p.experiment_id where p.id = $1)
     group by v.id, v.key`,
    [experiment.phase],
  );
  const expected = new Map<string, ExpectedVariant>();
  for (const { variant, units, mixed, made, errors } of rows) {
    const calls = { made: Number(made), errors: Number(errors) };
    expected.set(variant, { units: Number(units), mixed: Number(mixed), calls, metrics: {} });
  }
  for (const metric of experiment.metrics) {
    for (const row of await metricRows(pool, experiment, metric)) {
      const of = expected.get(row.variant);
      if (of) of.metrics[metric.key] = row;
    }
  }
  return expected;
}

const FIRST = `
  first as (
    select distinct on (unit_id) unit_id, variant_id, at,
      unit_id in (select unit_id from exposure where phase_id = $1 group by 1 having count(distinct variant_id) > 1) as mixed
    from exposure where phase_id = $1
    order by unit_id, at, variant_id, decision_id)`;

const CALLS = `
  select count(*) from outcome o
  where o.name = 'assay.ms' and o.properties->>'phase' = $1::int::text and o.properties->>'variant' = v.key`;

export interface MetricRow {
  variant: string;
  units: number;
  /** Null where a ratio has no denominator. */
  value: number | null;
  standardError: number | null;
}

async function metricRows(
  pool: pg.Pool,
  { phase, latenessSeconds }: TorturedExperiment,
  metric: MetricInput,
): Promise<MetricRow[]> {
  const { rows } = await pool.query<{ variant: string; units: string; value: string | null; variance: string | null }>(
    `with ${FIRST},
     counted as (
       select f.unit_id, o.name, o.value::numeric as value, coalesce(o.properties->>'channel', '') as channel
       from first f join outcome o on o.unit_id = f.unit_id
       where not f.mixed and o.at >= f.at and o.at < f.at + make_interval(secs => $2)
         and o.received_at < f.at + make_interval(secs => $2 + $3)),
     unit as (
       select f.unit_id, f.variant_id, ${ofUnit(metric)} as y,
         ${metric.denominator ? ofUnit({ ...metric.denominator, kind: 'mean' }) : '1'} as d
       from first f left join counted c using (unit_id) where not f.mixed group by 1, 2)
     select v.key as variant, count(*) as units, sum(y)::numeric / nullif(sum(d), 0) as value, var_samp(y) as variance
     from unit join variant v on v.id = unit.variant_id group by 1`,
    [phase, metric.windowSeconds, latenessSeconds],
  );
  return rows.map(({ variant, units, value, variance }) => {
    const standardError =
      metric.kind === 'mean' && variance !== null ? Math.sqrt(Number(variance) / Number(units)) : null;
    return { variant, units: Number(units), value: value === null ? null : Number(value), standardError };
  });
}

function ofUnit({ kind, outcome, aggregate, filter }: Pick<MetricInput, 'kind' | 'outcome' | 'aggregate' | 'filter'>) {
  const channel = filter?.channel === undefined ? '' : ` and c.channel = '${filter.channel}'`;
  const mine = `c.name = '${outcome}'${channel}`;
  if (kind === 'proportion') return `max(case when ${mine} and c.value <> 0 then 1 else 0 end)`;
  return aggregate === 'count' ? `count(*) filter (where ${mine})` : `coalesce(sum(c.value) filter (where ${mine}), 0)`;
}
