import type { ClientBase } from 'pg';
import { tenThousandths } from './exact-sums.ts';
import { COMPARED, inTime, inWindow, OUTCOME_FITS, UNROLLED, unitCapped, unitNumber } from './expressions.ts';
import type { UnitSelection } from './recompute-units.ts';

/**
 * Totals of the units in `rebuilt_unit` from raw outcomes of rolled batches, by the same rule as line 7 of the cycle, into
 * a new table `rebuilt_total`. In external phases nothing is late.
 */
export async function recomputeTotals(client: ClientBase, { phaseId, since, rolledTo }: UnitSelection): Promise<void> {
  await client.query(
    `create unlogged table rebuilt_total as ${valuedTotals(`
     select u.unit_id, u.phase_id, u.step, pm.measure_id, u.variant_id, u.segment, u.cohort, count(*)::int as n,
       sum(o.value) as value
     from rebuilt_unit u
     join phase p on p.id = u.phase_id
     join outcome o on o.unit_id = u.unit_id and o.environment_id = u.environment_id
     join phase_measure pm on pm.phase_id = u.phase_id
     join measure m on m.id = pm.measure_id
     where u.phase_id = $1 and o.received_at >= $2 and (o.received_at < $3 or o.batch_id not in ${UNROLLED})
       and p.mode in ('canary', 'ab') and ${COMPARED} and ${OUTCOME_FITS}
       and ${inWindow('u.first_at')} and (p.assignment = 'external' or ${inTime('u.first_at')})
     group by 1, 2, 3, 4, 5, 6, 7`)}`,
    [phaseId, since, rolledTo],
  );
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
