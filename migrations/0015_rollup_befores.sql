-- What a unit's total was before the cycle, and where it lies, null where it had none: looked up once, for moments, pairs
-- and totals.
alter table roll_delta add column before_at tid, add column before_n int, add column before_value float8;
--> statement-breakpoint
-- Up to when batches have been rolled up, without reading those of the whole day.
create index batch_received_at on batch using brin (received_at);
