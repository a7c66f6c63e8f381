import type { Queryable } from '../../db/queryable.ts';

const FAILED = "('error', 'timeout')";

/** Numbers of one call. A call that ran out of time took the budget at least; a cancelled one says nothing. */
const callColumns = (call: string, prefix: string): string => `
  ${call}->>'status' as ${prefix}_status,
  case ${call}->>'status' when 'cancelled' then null
    when 'timeout' then greatest((${call}->>'ms')::float8, $2) else (${call}->>'ms')::float8 end as ${prefix}_ms,
  case ${call}->>'status' when 'cancelled' then null else (${call}->>'status' in ${FAILED})::int end as ${prefix}_error,
  (${call}->>'score')::float8 as ${prefix}_score,
  ${predictedClass(`${call}->'label'`)} as ${prefix}_class`;

/** A predicted class that a label of 0 or 1 can be compared with. */
function predictedClass(label: string): string {
  return `case jsonb_typeof(${label}) when 'boolean' then (${label})::boolean::int::float8
    when 'number' then (${label})::float8 end`;
}

/** 1 where both answers differ. A call that failed where the champion did not has another answer. */
const disagreement = (measures: string, call: string): string => `
  case jsonb_typeof(${measures}->'agree')
    when 'boolean' then 1 - (${measures}->'agree')::boolean::int
    when 'number' then ((${measures}->'agree')::float8 = 0)::int
    else case when champion->>'status' = 'ok' and ${call}->>'status' in ${FAILED} then 1 end end`;

/** Work table of one transaction: one row a decision of a shadow phase, its numbers out of their JSON. */
export async function collectShadowCalls(client: Queryable, phaseId: number, budgetMs: number): Promise<void> {
  await client.query('drop table if exists shadow_call');
  await client.query(
    `create temp table shadow_call (unit_id text collate "C", decision_id text collate "C", at timestamptz, label float8,
       p_status text, p_ms float8, p_error int, p_score float8, p_class float8,
       c_status text, c_ms float8, c_error int, c_score float8, c_class float8,
       r_status text, r_ms float8, r_error int, r_score float8, r_class float8,
       disagreement int, disagreement_reference int, bucket int, segment smallint[], measures jsonb, measures_reference jsonb
     ) on commit drop`,
  );
  await client.query(
    `insert into shadow_call
     select unit_id, decision_id, at, label,
       ${callColumns('champion', 'p')}, ${callColumns('candidate', 'c')}, ${callColumns('reference', 'r')},
       ${disagreement('measures', 'candidate')},
       case when reference is not null then ${disagreement('measures_reference', 'reference')} end,
       (hashtext(unit_id) & 2147483647) % 100, segment, measures, measures_reference
     from unit_comparison where phase_id = $1`,
    [phaseId, budgetMs],
  );
  await client.query('analyze shadow_call');
}

/** How many decisions there are, of how many units, and how the calls ended. */
export async function countShadowCalls(client: Queryable) {
  const { rows: totals } = await client.query<{ comparisons: number; units: number; references: number }>(
    `select count(*)::float8 as comparisons, count(distinct unit_id)::float8 as units,
       (count(*) filter (where r_status is not null))::float8 as "references" from shadow_call`,
  );
  const { rows: statuses } = await client.query<{
    call: 'champion' | 'candidate' | 'reference';
    status: string;
    n: number;
  }>(
    `select c.call, c.status, count(*)::float8 as n from shadow_call
     cross join lateral (values ('champion', p_status), ('candidate', c_status), ('reference', r_status)) c(call, status)
     where c.status is not null group by 1, 2 order by 1, 2`,
  );
  return { ...(totals[0] ?? { comparisons: 0, units: 0, references: 0 }), statuses };
}
