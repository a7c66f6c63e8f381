import type { ClientBase } from 'pg';
import { tenThousandths } from './exact-sums.ts';
import { COMPARED, inTime, inWindow, OUTCOME_FITS, UNROLLED, unitCapped, unitNumber } from './expressions.ts';
import type { UnitSelection } from './recompute-units.ts';

/**
 * Totals of the units in `rebuilt_unit` from raw outcomes of rolled batches, by the same rule as line 7 of the cycle, into
 * a new table `rebuilt_total`. In external phases nothing is late.
 */
export async function recomputeTotals(client: ClientBase, { phaseId, since, rolledTo }: UnitSelection): Promise<void> {
  // As written: few outcomes of many are about a measure, and the planner would rather join each unit with each measure.
  await client.query('set local join_collapse_limit = 1');
  await client.query(
    `create unlogged table rebuilt_total as ${valuedTotals(`
     select u.unit_id, min(u.phase_id) as phase_id, u.step, pm.measure_id, min(u.variant_id) as variant_id,
       min(u.segment) as segment, min(u.cohort) as cohort, count(*)::int as n, sum(o.value) as value   -- of one unit's row
     from phase p
     join phase_measure pm on pm.phase_id = p.id
     join measure m on m.id = pm.measure_id
     join outcome o on ${OUTCOME_FITS}
     join rebuilt_unit u on u.unit_id = o.unit_id and u.environment_id = o.environment_id
     where p.id = $1 and o.received_at >= $2 and (o.received_at < $3 or o.batch_id not in ${UNROLLED})
       and p.mode in ('canary', 'ab') and ${COMPARED}
       and ${inWindow('u.first_at')} and (p.assignment = 'external' or ${inTime('u.first_at')})
     group by u.unit_id, u.step, pm.measure_id`)}`,
    [phaseId, since, rolledTo],
  );
  await client.query('set local join_collapse_limit to default');
  await client.query('analyze rebuilt_total');
}

/**
 * Totals (measure_id, n, value, …) with the value `y` of the unit, the same in ten-thousandths `k` where that is exact, and
 * whether limits changed it. `offset 0` keeps the planner from computing it once for every use.
 */
export function valuedTotals(totals: string): string {
  const unit = ['m.aggregate', 't.n', 't.value', 'm.lower', 'm.upper'] as const;
  return `select t.*, ${tenThousandths('t.y')} as k
    from (
      select t.*, ${unitNumber(...unit)} as y, ${unitCapped(...unit)} = 1 as capped
      from (${totals}) t join measure m on m.id = t.measure_id
      offset 0
    ) t`;
}
