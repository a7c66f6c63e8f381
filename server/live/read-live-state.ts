import type { Queryable } from '../db/queryable.ts';

/** What an environment is like, as far as it takes to see that something changed. */
export interface LiveState {
  /** By experiment: a text that is another one when its numbers or life cycle are. */
  experiments: Map<string, string>;
  /** Version of what SDKs decide by. */
  rules: number;
  /** Newest entries of the audit, by id. */
  audit: Map<number, string>;
}

/** A transaction may commit after one that began later: so many of the last entries are compared, not only the last. */
const AUDIT_ENTRIES = 100;

/**
 * One small query, however many people watch. Of experiments that can change without anybody's doing: the version of their
 * rows, the turn of the roll-up that last moved them, when jobs last stored results, and how many times units of theirs
 * have come to maturity.
 */
const STATE = `
  with watched as (
    select p.id, p.environment_id, p.experiment_id, p.cohort_seconds, p.xmin::text as version
    from phase p
    where p.state = 'running' or p.state = 'ended' and not coalesce((p.verdict->>'settled')::boolean, false)
  ), stamp as (
    select w.environment_id, w.experiment_id, string_agg(concat_ws(' ', w.version, t.turn, r.at, m.times), ',' order by w.id) as stamp
    from watched w
    left join phase_turn t on t.phase_id = w.id
    left join lateral (select max(h.computed_at) as at from holistic h where h.phase_id = w.id) r on true
    left join lateral (
      select sum(floor((extract(epoch from $1::timestamptz) - m.window_seconds - pm.lateness_seconds) / w.cohort_seconds)) as times
      from phase_measure pm join measure m on m.id = pm.measure_id where pm.phase_id = w.id
    ) m on true
    group by 1, 2
  )
  select v.environment_id, v.version as rules,
    (select coalesce(jsonb_object_agg(e.key, concat_ws(' ', e.xmin::text, s.stamp)), '{}')
     from stamp s join experiment e on e.id = s.experiment_id where s.environment_id = v.environment_id) as experiments,
    (select coalesce(jsonb_object_agg(a.id, a.subject), '{}')
     from (select * from audit order by id desc limit ${AUDIT_ENTRIES}) a where a.environment_id = v.environment_id) as audit
  from ruleset_version v`;

/** By environment. */
export async function readLiveState(db: Queryable, now: Date): Promise<Map<number, LiveState>> {
  const { rows } = await db.query<{
    environment_id: number;
    rules: number;
    experiments: Record<string, string>;
    audit: Record<string, string>;
  }>({ name: 'live state', text: STATE, values: [now] });
  return new Map(
    rows.map(({ environment_id, rules, experiments, audit }) => [
      environment_id,
      {
        rules,
        experiments: new Map(Object.entries(experiments)),
        audit: new Map(Object.entries(audit).map(([id, subject]) => [Number(id), subject])),
      },
    ]),
  );
}
