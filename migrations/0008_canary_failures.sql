-- Failures of a canary are taken in order of (received_at, unit_id); a dry run takes those of an old phase again.
alter table unit_failed add column received_at timestamptz not null default now();
--> statement-breakpoint
create index unit_failed_phase on unit_failed (phase_id, received_at);
