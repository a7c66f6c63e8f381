-- Extremes cannot be taken away from, so that they are no part of sums kept incrementally: the job stores them by bucket.
alter table moment drop column lo, drop column hi;
--> statement-breakpoint
alter table bucket_moment add column units bigint not null, add column lo float8 not null, add column hi float8 not null;
