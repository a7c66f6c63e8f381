import type { ClientBase } from 'pg';
import { exactly } from '../../rollup/statements/expressions.ts';
import { upsertMoments } from '../../rollup/statements/upserts.ts';
import type { BanditPhase } from './bandit-phase.ts';

/** Cells of one epoch by context (null: no context, or a value beyond those numbered) and variant. */
export interface CellCount {
  context: string | null;
  variantId: number;
  cells: number;
}

/**
 * Puts the cells (unit, epoch) of one epoch into the moments of its period: once, when all of them are complete. A cell's
 * value is the sum of its rewards; of a beta-Bernoulli bandit, whether there was one. `before`: decisions made later, by
 * services that had not heard of newer weights, wait for no one and stay out. Answers the cells by context and variant.
 */
export async function closeEpoch(
  client: ClientBase,
  { phase, settings, reward }: BanditPhase,
  epoch: { step: number; period: number; from: Date; before: Date },
): Promise<CellCount[]> {
  const cells = cellsOf(settings.posterior === 'beta_bernoulli');
  const values = [phase.id, epoch.step, epoch.before, settings.context];
  await client.query(
    upsertMoments(
      `${cells} select $1::int as phase_id, $5::int as step, variant_id, $7::int as measure_id, ids as segment,
         $6::timestamptz as cohort, count(*) as n, sum(y) as s, sum(y * y) as ss, sum(y * y * y) as sss, 0 as capped
       from cell group by 1, 2, 3, 4, 5, 6`,
    ),
    [...values, epoch.period, epoch.from, reward.measureId],
  );
  const { rows } = await client.query<{ context: string | null; variant_id: number; cells: string }>(
    `${cells} select context, variant_id, count(*) as cells from cell group by 1, 2 order by 1, 2`,
    values,
  );
  return rows.map((row) => ({ context: row.context, variantId: row.variant_id, cells: Number(row.cells) }));
}

function cellsOf(asTrial: boolean): string {
  const sum = `sum(${exactly('d.reward')})`;
  return `with cell as (
    select d.unit_id, d.variant_id, v.value as context, case when v.id is not null then array[v.id::smallint] end as ids,
      ${asTrial ? `case when sum(d.reward) > 0 then 1 else 0 end::numeric` : sum} as y
    from unit_decision d
    left join segment_value v on v.phase_id = d.phase_id and v.attribute = $4 and v.value is not null and v.id = any(d.segment)
    where d.phase_id = $1 and d.step = $2 and d.at < $3
    group by 1, 2, 3, 4)`;
}
