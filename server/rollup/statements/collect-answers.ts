import type { ClientBase } from 'pg';
import type { AnswerKind } from './answer-kinds.ts';
import type { ClaimedBatches } from './claim-batches.ts';
import { seconds, UNROLLED } from './expressions.ts';
import { keepStatistics } from './keep-statistics.ts';
import type { UnitSelection } from './recompute-units.ts';
import { NUMBERING, numberSegments } from './segments.ts';

/** Events of the claimed batches. */
const CLAIMED = 'e.received_at >= $2 and e.received_at <= $3 and e.batch_id = any($1)';
/** Events of the selected units in rolled batches. */
const SELECTED = `e.phase_id = $1 and ($2::text[] is null or e.unit_id = any($2)) and e.received_at >= $3
  and e.batch_id not in ${UNROLLED}`;

/** One event an answer: of several that name the same one, the first; at equal times the one that was stored first. */
const seenOf = ({ mode, events, id }: AnswerKind, which: string) => `
  select distinct on (e.unit_id, e.phase_id, e.${id}) e.*
  from ${events} e join phase p on p.id = e.phase_id
  where p.mode = '${mode}' and p.assignment = 'hash' and p.frozen_at is null and ${which}
  order by e.unit_id, e.phase_id, e.${id}, e.at, e.received_at, e.ctid`;

const insertSeen = ({ table, id, columns, values }: AnswerKind) => `
  insert into ${table} (unit_id, phase_id, ${id}, at, ${columns})
  select f.unit_id, f.phase_id, f.${id}, f.at, ${values}
  from seen f join phase p on p.id = f.phase_id left join numbering g on g.phase_id = f.phase_id
  order by 1, 2, 3
  on conflict do nothing`;

/**
 * Answers of the claimed batches into their unit table, and those that are new, or older than was known, into
 * `roll_answer`. A unit is to be computed again when an answer is older than was known, or came over ten minutes late.
 */
export async function collectAnswers(client: ClientBase, kind: AnswerKind, batches: ClaimedBatches): Promise<void> {
  const values = [batches.ids, batches.from, batches.to];
  const { table, id } = kind;
  await client.query('truncate roll_answer');
  await numberAnswers(client, kind, CLAIMED, values);
  // First what is new, with its statistics: joins of derived tables of unknown size become quadratic.
  await client.query(
    `insert into roll_answer (unit_id, phase_id, answer_id, at, received_at)
     select f.unit_id, f.phase_id, f.${id}, f.at, f.received_at
     from (${seenOf(kind, CLAIMED)}) f left join ${table} a using (unit_id, phase_id, ${id})
     where a.unit_id is null or f.at < a.at`,
    values,
  );
  await client.query('analyze roll_answer');
  const { rowCount } = await client.query(
    `with ${NUMBERING}, seen as (${seenOf(kind, CLAIMED)}) ${insertSeen(kind)}`,
    values,
  );
  await keepStatistics(client, table, rowCount ?? 0);
  await client.query(
    `insert into roll_dirty (unit_id, phase_id)
     select distinct r.unit_id, r.phase_id
     from roll_answer r join ${table} a on a.unit_id = r.unit_id and a.phase_id = r.phase_id and a.${id} = r.answer_id
     where r.at < a.at or r.received_at > r.at + interval '10 minutes'
     order by 1, 2 on conflict do nothing`,
  );
  await markMoved(client, kind);
}

/**
 * Units with an outcome that names no answer, was credited to an older one and belongs to one learnt of only now.
 */
async function markMoved(client: ClientBase, { mode, table, measures, fits, about, unnamed }: AnswerKind) {
  if (!unnamed) return;
  await client.query(
    `insert into roll_dirty (unit_id, phase_id)
     with waiting as materialized (   -- rolled outcomes that name no answer, of units with a new one
       select o.*, p.id as phase_id, m.window_seconds
       from phase p ${measures} join outcome o on ${fits}
       where p.mode = '${mode}' and o.received_at >= ${EARLIEST} and o.batch_id not in ${UNROLLED}
         and o.${unnamed.name} is null and o.unit_id in (select unit_id from roll_answer)
     )
     select distinct r.unit_id, r.phase_id
     from waiting o
     join roll_answer r on r.unit_id = o.unit_id and r.phase_id = o.phase_id and r.at <= o.at
     cross join lateral (    -- one at a time, by its index
       select from ${table} a
       where a.unit_id = r.unit_id and a.phase_id = r.phase_id and a.at <= r.at and ${unnamed.credited} and (${about})
         and a.at > o.at - ${seconds('o.window_seconds')} limit 1) a
     order by 1, 2
     on conflict do nothing`,
  );
}

/** Since when outcomes of new answers may have been waiting; units that are computed again look for themselves. */
export const EARLIEST = `(select coalesce(min(r.at), 'infinity') from roll_answer r
  where not exists (select from roll_dirty d where d.unit_id = r.unit_id and d.phase_id = r.phase_id))`;

/** Answers of the selected units from raw events of rolled batches, by the same rule. */
export async function recomputeAnswers(client: ClientBase, kind: AnswerKind, selection: UnitSelection): Promise<void> {
  const { phaseId, units, since } = selection;
  const values = [phaseId, units, since];
  await client.query(`delete from ${kind.table} where phase_id = $1 and ($2::text[] is null or unit_id = any($2))`, [
    phaseId,
    units,
  ]);
  await numberAnswers(client, kind, SELECTED, values);
  await client.query(`with ${NUMBERING}, seen as (${seenOf(kind, SELECTED)}) ${insertSeen(kind)}`, values);
  if (units === null) await client.query(`analyze ${kind.table}`);
}

async function numberAnswers(client: ClientBase, kind: AnswerKind, which: string, values: unknown[]): Promise<void> {
  const { mode, events, attributes } = kind;
  if (attributes === null) return;
  const described = `select e.phase_id, ${attributes} as attributes, e.at as first_at
    from ${events} e join phase p on p.id = e.phase_id and p.mode = '${mode}' and p.assignment = 'hash' where ${which}`;
  await numberSegments(client, described, values);
}
