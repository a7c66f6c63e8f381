import type { Queryable } from '../../db/queryable.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { exactly } from '../../rollup/statements/expressions.ts';
import { collectOutcomeBins, firstReceipt } from './outcome-bins.ts';
import { collectUnitBins } from './unit-bins.ts';
import { matureCohort } from './unit-values.ts';

/**
 * What a phase's units mature at `asOf` look like, by bucket of units: sums and extremes of each measure, and histograms of
 * their values and of the single outcomes of quantiles. Stored anew each time, by one process at a time. `client` is in the
 * transaction that computed the phase's unit results, whose outcome bins are taken as they are.
 */
export async function storeDistributions(
  client: Queryable,
  row: ExperimentRow,
  phase: PhaseRow,
  asOf: Date,
): Promise<void> {
  await collectUnitBins(client, phase, asOf);
  const quantiles = row.metrics.filter(({ kind }) => kind === 'quantile');
  for (const metric of quantiles) {
    const until = await matureCohort(client, metric, phase, asOf);
    await collectOutcomeBins(client, metric, phase, { until, since: firstReceipt(row, phase), byCluster: false });
  }
  await client.query('delete from bucket_moment where phase_id = $1', [phase.id]);
  await client.query(BUCKETS, [phase.id]);
  await client.query('delete from histogram where phase_id = $1', [phase.id]);
  await client.query(UNITS, [phase.id]);
  if (quantiles.length > 0) await client.query(OUTCOMES, [phase.id]);
}

/** `n`, `s` and `ss` as in `moment`, about the same shift; `units` counts those without a total too, whose value is z. */
const BUCKETS = `insert into bucket_moment (phase_id, step, variant_id, measure_id, bucket, units, n, s, ss, lo, hi)
  select $1, g.step, g.variant_id, g.measure_id, g.bucket, g.units, g.count, g.s1 - g.count * h.c,
    g.s2 - 2 * h.c * g.s1 + g.count * h.c * h.c, g.lo, g.hi
  from (
    select step, variant_id, measure_id, bucket, sum(units) as units, sum(count) as count, sum(s1) as s1, sum(s2) as s2,
      min(lo) as lo, max(hi) as hi
    from unit_bin group by 1, 2, 3, 4
  ) g cross join lateral (
    select coalesce(max(${exactly('c')}), 0) as c from moment_shift where phase_id = $1 and measure_id = g.measure_id
  ) h`;

/** Of values that are only 0 or 1 the sums say as much. */
const UNITS = `insert into histogram (phase_id, step, variant_id, measure_id, bucket, kind, bins)
  select $1, b.step, b.variant_id, b.measure_id, b.bucket, 'unit', jsonb_object_agg(b.bin, b.units)
  from unit_bin b join measure m on m.id = b.measure_id where m.aggregate <> 'any' group by 2, 3, 4, 5`;

const OUTCOMES = `insert into histogram (phase_id, step, variant_id, measure_id, bucket, kind, bins)
  select $1, step, variant_id, measure_id, bucket, 'outcome', jsonb_object_agg(bin, n)
  from outcome_bin group by 2, 3, 4, 5`;
