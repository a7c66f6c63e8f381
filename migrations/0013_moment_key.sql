-- Reports read all units of every cohort, and of segments only the cohorts that have matured: both are ranges of this key.
alter table moment drop constraint moment_pkey;
--> statement-breakpoint
alter table moment add primary key (phase_id, segment_id, cohort, step, variant_id, measure_id);
