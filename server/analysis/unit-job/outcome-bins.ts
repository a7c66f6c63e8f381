import type { Bin, Bucket } from '../../../stats/index.ts';
import type { Queryable } from '../../db/queryable.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { COMPARED, inTime, inWindow, OUTCOME_FITS, UNROLLED } from '../../rollup/statements/expressions.ts';
import { binLimits, binOf } from './log-bins.ts';
import type { UnitMetric } from './unit-values.ts';

/** Buckets of units by hash, which unit_state holds. */
const BUCKETS = 100;

/** No event of the phase was received before this: external phases report the past, of which they are told later. */
export function firstReceipt(row: ExperimentRow, { startedAt }: PhaseRow): Date {
  return startedAt && startedAt < row.createdAt ? startedAt : row.createdAt;
}

/**
 * Work table of one transaction: how many single outcomes of a measure, of each step, variant and bucket of units, lie in
 * each bin. Several quantiles of one measure are read from the same bins.
 */
export async function collectOutcomeBins(
  client: Queryable,
  { measureId }: UnitMetric,
  phase: PhaseRow,
  scope: { until: Date; since: Date; byCluster: boolean },
): Promise<void> {
  await client.query(
    `create temp table if not exists outcome_bin (measure_id int, step int, variant_id int, bucket int, bin int, n int)
     on commit drop`,
  );
  const { rows } = await client.query('select from outcome_bin where measure_id = $1 limit 1', [measureId]);
  if (rows.length > 0) return;
  // Units randomised together stay together.
  const bucket = scope.byCluster ? `(hashtext(v.cluster) & 2147483647) % ${BUCKETS}` : 'u.bucket';
  await client.query(
    `insert into outcome_bin (measure_id, step, variant_id, bucket, bin, n)
     select m.id, u.step, u.variant_id, ${bucket}, ${binOf('o.value')}, count(*)
     from unit_state u
     ${scope.byCluster ? 'join unit_value v on v.unit_id = u.unit_id and v.step = u.step' : ''}
     join outcome o on o.unit_id = u.unit_id and o.environment_id = u.environment_id
     join phase_measure pm on pm.phase_id = u.phase_id and pm.measure_id = $2
     join measure m on m.id = pm.measure_id
     where u.phase_id = $1 and u.cohort <= $3 and ${COMPARED}
       and o.received_at >= $4 and o.batch_id not in ${UNROLLED} and ${OUTCOME_FITS}
       and ${inWindow('u.first_at')} and ($5 or ${inTime('u.first_at')})
     group by 1, 2, 3, 4, 5`,
    [phase.id, measureId, scope.until, scope.since, phase.assignment === 'external'],
  );
}

/** Outcomes of one measure and variant. */
export interface BinScope {
  measureId: number;
  variantId: number;
}

/** The histogram of a variant, in order. */
export async function readBins(
  client: Queryable,
  { measureId, variantId }: BinScope,
): Promise<{ bin: number; limits: Bin }[]> {
  const { rows } = await client.query<{ bin: number; n: number }>(
    'select bin, sum(n)::int as n from outcome_bin where measure_id = $1 and variant_id = $2 group by 1 order by 1',
    [measureId, variantId],
  );
  return rows.map(({ bin, n }) => ({ bin, limits: { ...binLimits(bin), n } }));
}

/** Per bucket of units of a variant, its outcomes and those in bins up to one; empty buckets included. */
export async function readBuckets(
  client: Queryable,
  { measureId, variantId }: BinScope,
  upTo: number,
): Promise<Bucket[]> {
  const { rows } = await client.query<{ n: number; within: number }>(
    `select coalesce(sum(o.n), 0)::int as n, coalesce(sum(o.n) filter (where o.bin <= $3), 0)::int as within
     from generate_series(0, ${BUCKETS - 1}) b left join outcome_bin o
       on o.bucket = b and o.measure_id = $1 and o.variant_id = $2
     group by b order by b`,
    [measureId, variantId, upTo],
  );
  return rows;
}
