/** Pieces of SQL that several statements share, so that they cannot disagree. */

/** Start of the cohort a first exposure falls in. */
export function cohortOf(at: string, seconds: string): string {
  return `to_timestamp(floor(extract(epoch from ${at}) / ${seconds}) * ${seconds})`;
}

/** A float as the decimal it prints as: all its digits, where a plain cast to numeric keeps fifteen. */
export function exactly(float: string): string {
  return `(${float})::text::numeric`;
}

/**
 * A unit's value of a measure from how many outcomes it had and their sum, clipped to the measure's limits. A unit
 * without outcomes has n 0 and value 0, which the limits may clip too.
 */
export function unitNumber(aggregate: string, n: string, value: string, lower: string, upper: string): string {
  return `greatest(least(${wholeNumber(aggregate, n, value)}, ${upper}), ${lower})`;
}

/** The same before it is clipped. */
function wholeNumber(aggregate: string, n: string, value: string): string {
  return `case ${aggregate} when 'any' then least(${n}, 1) when 'count' then ${n} else ${value} end`;
}

/** Whether the limits change a unit's value, as 1 or 0. */
export function unitCapped(aggregate: string, n: string, value: string, lower: string, upper: string): string {
  return `(not ${wholeNumber(aggregate, n, value)} between ${lower} and ${upper})::int`;
}

/** The same as an exact decimal: above unit values all arithmetic is exact. */
export function unitValue(aggregate: string, n: string, value: string, lower: string, upper: string): string {
  return exactly(unitNumber(aggregate, n, value, lower, upper));
}

/** Value of a unit without outcomes. */
export const zeroValue = (lower: string, upper: string): string => unitValue("'sum'", '0', '0', lower, upper);

/** Which outcomes a measure `m` is about, whatever their value. */
export const OUTCOME_NAMED = `o.name = m.outcome and o.environment_id = m.environment_id
  and (m.filter = '{}'::jsonb or o.properties @> m.filter)`;

/** Which of them it counts: `any` asks for a value other than 0. */
export const OUTCOME_MATCHES = `${OUTCOME_NAMED} and (m.aggregate <> 'any' or o.value <> 0)`;

/**
 * Which of them can count in a phase: the call records that the SDK writes itself (`assay.ms`, `assay.error`) count
 * only in the phase they name.
 */
export const OUTCOME_FITS = `${OUTCOME_MATCHES}
  and (o.name not like 'assay.%' or o.properties->'phase' = to_jsonb(pm.phase_id))`;

/**
 * The rows of `unit_state` whose outcomes are compared: of a canary a unit's first step, whose band is not waiting; never
 * a unit that was seen in two variants. `unit_count.fresh` counts exactly these, `n` every row but the waiting ones, for
 * the sample ratio, and `mixed` those in two variants.
 */
export const COMPARED = `u.fresh and u.mixed_at is null and u.band is distinct from 'waiting'`;

/** Phases that continue, with every phase of their chain before them: whose units they leave out. */
export const CHAIN = `(
  select b.id as phase_id, a.id as earlier_id
  from phase b join phase a on a.experiment_id = b.experiment_id and a.position < b.position
  where not exists (select from phase g
    where g.experiment_id = b.experiment_id and g.position > a.position and g.position <= b.position and not g.continues))`;

/**
 * Whether the unit of an exposure `e` of a phase `p` is known from an earlier phase of the chain. A remembered variant may be
 * that of the person before login, under another unit id: such units are left out too (docs/adr/0033).
 */
export const SEEN_EARLIER = `p.continues and (e.source = 'sticky' or exists (
  select from ${CHAIN} c join unit_state s on s.phase_id = c.earlier_id where c.phase_id = e.phase_id and s.unit_id = e.unit_id))`;

/** Batches that no cycle has rolled up yet: their rows must not count anywhere else either. */
export const UNROLLED = '(select batch_id from batch where rolled_at is null)';

/** Step that a call record names; its properties are whatever a client sent. */
export const STEP_OF_CALL = `case when o.properties->>'step' ~ '^[1-9][0-9]{0,8}$' then (o.properties->>'step')::int else 1 end`;

export const seconds = (expression: string): string => `make_interval(secs => ${expression})`;

/** Whether an outcome `o` happened in the window of a measure `m`, counted from `since`; its start belongs to it, its end does not. */
export const inWindow = (since: string): string =>
  `o.at >= ${since} + ${seconds('m.start_seconds')} and o.at < ${since} + ${seconds('m.window_seconds')}`;

/** Whether it also arrived in time: before the window and the allowance `pm` of its phase had passed. Later it is late. */
export const inTime = (since: string): string =>
  `o.received_at < ${since} + ${seconds('m.window_seconds + pm.lateness_seconds')}`;
