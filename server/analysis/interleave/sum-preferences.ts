import type { ClientBase } from 'pg';
import type { MetricSums } from './interleave-result.ts';

export interface PreferenceInput {
  phaseId: number;
  measureId: number;
  /** Outcomes of an item count once. */
  once: boolean;
  /** A unit is complete so long after its last impression. */
  completeAfterSeconds: number;
  /** Impressions after a gap as long came when the unit was complete. */
  gapSeconds: number;
  /** Fewer outcomes are better. */
  decrease: boolean;
  /** Variants in the order of the split. */
  teams: string[];
}

/**
 * One pass over the impressions of a phase: each is won by the team whose items earned more, each unit scores the mean of
 * its impressions, and only scores of complete units are summed. A unit whose impressions were all degraded has none.
 */
export async function sumPreferences(client: ClientBase, input: PreferenceInput, asOf: Date): Promise<MetricSums> {
  const { phaseId, measureId, once, completeAfterSeconds, gapSeconds, decrease, teams } = input;
  const { rows } = await client.query<{ sums: Omit<MetricSums, 'asOf'> }>(SUM_PREFERENCES, [
    phaseId,
    String(measureId),
    once,
    completeAfterSeconds,
    gapSeconds,
    decrease ? -1 : 1,
    teams,
    asOf,
  ]);
  return { asOf: asOf.toISOString(), ...rows[0]!.sums };
}

/** The sums of one pair by one kind of score. */
const scores = (kind: 'contested' | 'plain') => `json_build_object(
  'sum', sum(${kind}), 'sumOfSquares', sum(${kind} * ${kind}),
  'wins', count(*) filter (where ${kind} > 0), 'ties', count(*) filter (where ${kind} = 0),
  'losses', count(*) filter (where ${kind} < 0),
  'impressionWins', sum(${kind}_wins), 'impressionLosses', sum(${kind}_losses))`;

const SUM_PREFERENCES = `
  with shown as (         -- a gap begins a new stay
    select unit_id, impression_id, at, items, degraded is null as whole, wins->$2::text as credit,
      coalesce(at - lag(at) over stay > make_interval(secs => $5::float8), false) as gap
    from unit_credit where phase_id = $1 window stay as (partition by unit_id order by at, impression_id)
  ), told as (
    select *, count(*) filter (where gap) over (partition by unit_id order by at, impression_id) > 0 as late from shown
  ), unit as (
    select unit_id, count(*) filter (where whole and not late) as n, count(*) filter (where late) as late,
      max(at) filter (where not late) + make_interval(secs => $4::float8) <= $8::timestamptz as complete
    from told group by 1
  ), compared as (
    select t.unit_id, t.impression_id, t.items, t.credit from told t join unit u using (unit_id)
    where u.complete and t.whole and not t.late
  ), place as (
    select c.unit_id, c.impression_id, i.ordinality as position, i.item->>'team' as team,
      (i.item->>'contested')::boolean as contested, coalesce(e.value, 0) as value
    from compared c cross join lateral jsonb_array_elements(c.items) with ordinality as i(item, ordinality)
    cross join lateral (select (c.credit->>(i.item->>'id'))::numeric as earned) r
    cross join lateral (select case when $3 and r.earned <> 0 then 1 else r.earned end as value) e
  ), pair as (
    select row_number() over (order by a.n, b.n) as pair, a.team as variant, b.team as against
    from unnest($7::text[]) with ordinality as a(team, n) join unnest($7::text[]) with ordinality as b(team, n) on a.n < b.n
  ), lead as (            -- exact sums: a tie of 0.1 + 0.2 and 0.3 is a tie
    select p.pair, e.unit_id,
      $6 * sign(sum(case e.team when p.variant then e.value else -e.value end)) as plain,
      $6 * sign(coalesce(sum(case e.team when p.variant then e.value else -e.value end) filter (where e.contested), 0)) as contested,
      coalesce(sum(e.value) filter (where e.team = p.variant), 0) as to_variant,
      coalesce(sum(e.value) filter (where e.team = p.against), 0) as to_against
    from place e join pair p on e.team in (p.variant, p.against)
    where e.value <> 0 group by p.pair, e.unit_id, e.impression_id
  ), won as (
    select pair, unit_id, sum(to_variant) as to_variant, sum(to_against) as to_against,
      sum(plain) as plain, count(*) filter (where plain > 0) as plain_wins, count(*) filter (where plain < 0) as plain_losses,
      sum(contested) as contested, count(*) filter (where contested > 0) as contested_wins,
      count(*) filter (where contested < 0) as contested_losses
    from lead group by 1, 2
  ), score as (
    select p.pair, p.variant, p.against, coalesce(w.to_variant, 0) as to_variant, coalesce(w.to_against, 0) as to_against,
      coalesce(w.plain, 0)::float8 / u.n as plain, coalesce(w.contested, 0)::float8 / u.n as contested,
      coalesce(w.plain_wins, 0) as plain_wins, coalesce(w.plain_losses, 0) as plain_losses,
      coalesce(w.contested_wins, 0) as contested_wins, coalesce(w.contested_losses, 0) as contested_losses
    from unit u cross join pair p left join won w on w.pair = p.pair and w.unit_id = u.unit_id
    where u.complete and u.n > 0
  ), earned as (
    select unit_id, case when $3 then max(value) else sum(value) end::float8 as value from place group by 1
  )
  select json_build_object(
    'units', (select json_build_object('complete', count(*) filter (where complete and n > 0),
      'open', count(*) filter (where not complete)) from unit),
    'impressions', (select json_build_object('complete', coalesce(sum(n) filter (where complete), 0),
      'late', coalesce(sum(late), 0)) from unit),
    'value', (select json_build_object('sum', coalesce(sum(value), 0), 'sumOfSquares', coalesce(sum(value * value), 0)) from earned),
    'pairs', (select coalesce(json_agg(sums order by pair), '[]') from (
      select pair, json_build_object('variant', variant, 'against', against,
        'contested', ${scores('contested')}, 'plain', ${scores('plain')},
        'outcomes', json_build_object('variant', sum(to_variant), 'against', sum(to_against))) as sums
      from score group by pair, variant, against) one),
    'positions', (select coalesce(json_agg(json_build_object('position', position, 'variant', team, 'shown', shown,
        'withOutcome', earned) order by position, team), '[]') from (
      select position, team, count(*) as shown, count(*) filter (where value <> 0) as earned
      from place where position <= 100 group by 1, 2) one)
  ) as sums`;
