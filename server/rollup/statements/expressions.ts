/** Pieces of SQL that several statements share, so that they cannot disagree. */

/** Start of the cohort a first exposure falls in. */
export function cohortOf(at: string, seconds: string): string {
  return `to_timestamp(floor(extract(epoch from ${at}) / ${seconds}) * ${seconds})`;
}

/** A float as the decimal it prints as: all its digits, where a plain cast to numeric keeps fifteen. */
export function exactly(float: string): string {
  return `(${float})::text::numeric`;
}

/** A unit's value of a measure, exactly, from how many outcomes it had and their sum. */
export function unitValue(aggregate: string, n: string, value: string): string {
  return `case ${aggregate} when 'any' then least(${n}, 1)::numeric when 'count' then ${n}::numeric else ${exactly(value)} end`;
}

/**
 * Which outcomes can count for a measure `m` in a phase: `any` asks for a value other than 0; the call records that
 * the SDK writes itself (`assay.ms`, `assay.error`) count only in the phase they name.
 */
export const OUTCOME_FITS = `o.name = m.outcome and o.environment_id = m.environment_id
  and (m.aggregate <> 'any' or o.value <> 0)
  and (m.filter = '{}'::jsonb or o.properties @> m.filter)
  and (o.name not like 'assay.%' or o.properties->'phase' = to_jsonb(pm.phase_id))`;

/** Batches that no cycle has rolled up yet: their rows must not count anywhere else either. */
export const UNROLLED = '(select batch_id from batch where rolled_at is null)';

export const seconds = (expression: string): string => `make_interval(secs => ${expression})`;
