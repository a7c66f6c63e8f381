import { cohortOf } from './expressions.ts';

/**
 * How changes reach the roll-ups, from the cycle and from a recomputation alike. Sums are made per combination of
 * segments first and spread over "all units" (0) and each segment afterwards, so that segments cost little and their
 * absence nothing. Cohorts are those of the units, mapped here to what they have been merged into.
 */
const SPREAD = 'cross join lateral unnest(0::smallint || c.segment) as g(id)';
const GRAIN = 'left join rollup_grain w on w.phase_id = c.phase_id';

/** Where a row `c` of moments belongs: in its cohort, or in the one of all that are merged by a grain `w`. */
export const MOMENT_COHORT = `case when c.cohort < w.merged_to then '-infinity' else c.cohort end`;

/** The same of unit counts, which charts draw over time: over all units they become points, of segments one cohort. */
export const countCohort = (segment: string): string =>
  `case when c.cohort < w.merged_to then case when ${segment} = 0 then ${cohortOf('c.cohort', 'w.point_seconds')}
    else '-infinity' end else c.cohort end`;

/** `changes`: phase_id, step, variant_id, measure_id, segment, cohort, n, s, ss, sss, capped. */
export function upsertMoments(changes: string): string {
  return `insert into moment (phase_id, step, variant_id, measure_id, segment_id, cohort, n, s, ss, sss, capped)
    select c.phase_id, c.step, c.variant_id, c.measure_id, g.id, ${MOMENT_COHORT}, sum(c.n), sum(c.s), sum(c.ss),
      sum(c.sss), sum(c.capped)
    from (${changes}) c ${GRAIN} ${SPREAD} group by 1, 2, 3, 4, 5, 6
    on conflict (phase_id, step, variant_id, measure_id, segment_id, cohort) do update
      set n = moment.n + excluded.n, s = moment.s + excluded.s, ss = moment.ss + excluded.ss, sss = moment.sss + excluded.sss,
        capped = moment.capped + excluded.capped`;
}

/** `changes`: phase_id, step, variant_id, measure_a, measure_b, cohort, sxy; for all units only. */
export function upsertPairs(changes: string): string {
  return `insert into moment_pair (phase_id, step, variant_id, measure_a, measure_b, segment_id, cohort, sxy)
    select c.phase_id, c.step, c.variant_id, c.measure_a, c.measure_b, 0, ${MOMENT_COHORT}, sum(c.sxy)
    from (${changes}) c ${GRAIN} group by 1, 2, 3, 4, 5, 7
    on conflict (phase_id, step, variant_id, measure_a, measure_b, segment_id, cohort) do update
      set sxy = moment_pair.sxy + excluded.sxy`;
}

/** `changes`: phase_id, step, variant_id, segment, cohort, n, mixed, sticky, fresh. */
export function upsertCounts(changes: string): string {
  return `insert into unit_count (phase_id, step, variant_id, segment_id, cohort, n, mixed, sticky, fresh)
    select c.phase_id, c.step, c.variant_id, g.id, ${countCohort('g.id')}, sum(c.n), sum(c.mixed), sum(c.sticky),
      sum(c.fresh)
    from (${changes}) c ${GRAIN} ${SPREAD} group by 1, 2, 3, 4, 5
    on conflict (phase_id, step, variant_id, segment_id, cohort) do update
      set n = unit_count.n + excluded.n, mixed = unit_count.mixed + excluded.mixed,
        sticky = unit_count.sticky + excluded.sticky, fresh = unit_count.fresh + excluded.fresh`;
}
