-- How coarse the roll-ups of a phase are by now. Cohorts that start before merged_to are mature in all measures: in moments
-- they are one cohort, '-infinity'; in unit counts, which charts draw over time, they are added up to point_seconds.
create table rollup_grain (
  phase_id int primary key, merged_to timestamptz not null, point_seconds int not null
);
--> statement-breakpoint
-- Written since the first release and read by nothing.
drop table exposure_hour;
