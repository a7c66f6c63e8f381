import type { ClientBase } from 'pg';
import type { AnswerKind } from './answer-kinds.ts';
import type { ClaimedBatches } from './claim-batches.ts';
import { EARLIEST } from './collect-answers.ts';
import { exactly, inTime, inWindow, UNROLLED, unitNumber } from './expressions.ts';
import type { UnitSelection } from './recompute-units.ts';

const CLAIMED = 'o.received_at >= $2 and o.received_at <= $3 and o.batch_id = any($1)';
const SELECTED = `p.id = $1 and ($2::text[] is null or o.unit_id = any($2)) and o.received_at >= $3
  and o.batch_id not in ${UNROLLED}`;
/** Outcomes of batches rolled earlier. */
const WAITING = `o.received_at >= ${EARLIEST} and o.batch_id not in ${UNROLLED}
  and o.unit_id in (select unit_id from roll_answer)`;
/** Answers that are new in this cycle. */
const isNew = (id: string) => `exists (select from roll_answer r
  where r.unit_id = a.unit_id and r.phase_id = a.phase_id and r.answer_id = a.${id})`;
const NOT_DIRTY = 'not exists (select from roll_dirty d where d.unit_id = a.unit_id and d.phase_id = a.phase_id)';

/** Outcomes with the one answer that each is about: named, or the unit's last before it. Beyond its window it is nobody's. */
function credits(kind: AnswerKind, outcomes: string, answers: string): string {
  const { mode, table, id, measures, fits, about } = kind;
  return `select a.unit_id, a.phase_id, a.${id}, pm.measure_id, o.item_id, o.at, o.received_at, o.value, not ${inTime('a.at')}
    from phase p
    ${measures}
    join outcome o on ${fits}
    cross join lateral (
      select a.* from ${table} a
      where a.unit_id = o.unit_id and a.phase_id = p.id and a.at <= o.at and (${about})
      order by a.at desc, a.${id} desc limit 1) a
    where p.mode = '${mode}' and ${outcomes} and ${inWindow('a.at')} and ${answers}`;
}

/** What the claimed outcomes, and those that came before their answer did, add to answers. Late ones are counted. */
export async function creditAnswers(client: ClientBase, kind: AnswerKind, batches: ClaimedBatches): Promise<void> {
  await client.query('truncate roll_credit');
  await client.query(`insert into roll_credit ${credits(kind, CLAIMED, NOT_DIRTY)}`, [
    batches.ids,
    batches.from,
    batches.to,
  ]);
  await client.query(
    `insert into late_day (phase_id, variant_id, measure_id, day, n)
     select c.phase_id, ${kind.variant}, c.measure_id, (c.received_at at time zone 'UTC')::date, count(*)
     from roll_credit c where c.late and ${kind.variant} is not null
     group by 1, 2, 3, 4
     on conflict (phase_id, variant_id, measure_id, day) do update set n = late_day.n + excluded.n`,
  );
  await client.query(`insert into roll_credit ${credits(kind, WAITING, `${isNew(kind.id)} and ${NOT_DIRTY}`)}`);
  await addCredits(client, kind);
}

/** The same for units whose answers have been computed again. */
export async function recomputeCredits(client: ClientBase, kind: AnswerKind, selection: UnitSelection): Promise<void> {
  await client.query('truncate roll_credit');
  await client.query(`insert into roll_credit ${credits(kind, SELECTED, 'true')}`, [
    selection.phaseId,
    selection.units,
    selection.since,
  ]);
  await addCredits(client, kind);
}

async function addCredits(client: ClientBase, { mode }: AnswerKind): Promise<void> {
  await client.query('analyze roll_credit');
  await client.query({ bandit: ADD_REWARDS, interleave: ADD_WINS, shadow: ADD_LABELS }[mode]);
}

const ADD_REWARDS = `
  update unit_decision a set n = a.n + c.n, total = a.total + c.value,
    reward = ${unitNumber('m.aggregate', '(a.n + c.n)', '(a.total + c.value)', 'm.lower', 'm.upper')}
  from (
    select unit_id, phase_id, answer_id, measure_id, count(*)::int as n, sum(value) as value
    from roll_credit where not late group by 1, 2, 3, 4) c
  join measure m on m.id = c.measure_id
  where a.unit_id = c.unit_id and a.phase_id = c.phase_id and a.decision_id = c.answer_id`;

/** `wins`: by measure and item, how many outcomes or their sum. Decimals, so that their order does not matter. */
const ADD_WINS = `
  update unit_credit a set wins = w.wins
  from (
    select unit_id, phase_id, answer_id, jsonb_object_agg(measure, items) as wins
    from (
      select unit_id, phase_id, answer_id, measure, jsonb_object_agg(item, value) as items
      from (
        select unit_id, phase_id, answer_id, measure, item, trim_scale(sum(value)) as value
        from (
          select c.unit_id, c.phase_id, c.answer_id, c.measure_id::text as measure, c.item_id as item,
            case m.aggregate when 'sum' then ${exactly('c.value')} else 1 end as value
          from roll_credit c join measure m on m.id = c.measure_id where not c.late
          union all      -- what these impressions were credited before
          select b.unit_id, b.phase_id, b.impression_id, w.key, i.key, i.value::numeric
          from unit_credit b
          cross join lateral jsonb_each(b.wins) w cross join lateral jsonb_each_text(w.value) i
          where (b.unit_id, b.phase_id, b.impression_id) in
            (select unit_id, phase_id, answer_id from roll_credit where not late)
        ) one group by 1, 2, 3, 4, 5
      ) item group by 1, 2, 3, 4
    ) measure group by 1, 2, 3
  ) w
  where a.unit_id = w.unit_id and a.phase_id = w.phase_id and a.impression_id = w.answer_id`;

/** Of several labels of a decision the first counts. */
const ADD_LABELS = `
  update unit_comparison a set label = c.value, label_at = c.at
  from (
    select distinct on (unit_id, phase_id, answer_id) * from roll_credit where not late
    order by unit_id, phase_id, answer_id, at, value) c
  where a.unit_id = c.unit_id and a.phase_id = c.phase_id and a.decision_id = c.answer_id
    and (a.label_at is null or (c.at, c.value) < (a.label_at, a.label))`;
