-- Events, unit tables and roll-ups (docs/adr/0003). Written by hand: partitions, BRIN, unlogged and fillfactor are
-- beyond drizzle-kit. Unit tables have no foreign keys and carry unit_id in every key, so that Citus can distribute
-- them by unit; partitions are made by server/db/partitions.ts.

-- ── Batches: one row an accepted batch, the guard against counting twice ─────────────────────────────────────────
create table batch (
  batch_id uuid primary key,
  environment_id int not null,
  received_at timestamptz not null,
  rejected jsonb not null default '[]',
  rolled_at timestamptz
) partition by range (batch_id);
--> statement-breakpoint
create index batch_unrolled on batch (received_at) where rolled_at is null;
--> statement-breakpoint

-- ── Raw events: append only, partitioned by day of receipt; BRIN costs COPY nothing ──────────────────────────────
create table exposure (
  environment_id int not null, unit_id text collate "C" not null, batch_id uuid not null,
  received_at timestamptz not null, at timestamptz not null,
  phase_id int not null, step int not null, variant_id int not null, band text,
  decision_id text collate "C" not null, propensity float8 not null, ruleset int not null,
  source text not null, call boolean not null, bucket smallint not null, segment jsonb
) partition by range (received_at);
--> statement-breakpoint
create index exposure_received_at on exposure using brin (received_at);
--> statement-breakpoint
create table outcome (
  environment_id int not null, unit_id text collate "C" not null, batch_id uuid not null,
  received_at timestamptz not null, at timestamptz not null,
  name text collate "C" not null, value float8 not null,
  decision_id text collate "C", impression_id text collate "C", item_id text collate "C", properties jsonb
) partition by range (received_at);
--> statement-breakpoint
create index outcome_received_at on outcome using brin (received_at);
--> statement-breakpoint
create table impression (
  environment_id int not null, unit_id text collate "C" not null, batch_id uuid not null,
  received_at timestamptz not null, at timestamptz not null,
  phase_id int not null, step int not null, impression_id text collate "C" not null, ruleset int not null,
  depth smallint, items jsonb not null, degraded jsonb
) partition by range (received_at);
--> statement-breakpoint
create index impression_received_at on impression using brin (received_at);
--> statement-breakpoint
create table comparison (
  environment_id int not null, unit_id text collate "C" not null, batch_id uuid not null,
  received_at timestamptz not null, at timestamptz not null,
  phase_id int not null, decision_id text collate "C" not null,
  champion jsonb not null, candidate jsonb not null, reference jsonb,
  measures jsonb not null, measures_reference jsonb, example jsonb
) partition by range (received_at);
--> statement-breakpoint
create index comparison_received_at on comparison using brin (received_at);
--> statement-breakpoint

-- ── One row a unit: rebuilt from raw events at any time ──────────────────────────────────────────────────────────
create table unit_state (
  unit_id text collate "C", phase_id int, step int, environment_id int not null,
  variant_id int not null, band text, source text not null, cohort timestamptz not null, bucket smallint not null,
  first_at timestamptz not null, mixed_at timestamptz, segment smallint[], covariate float8[],
  primary key (unit_id, phase_id, step)
) with (fillfactor = 80);
--> statement-breakpoint
-- Sparse: no row means 0.
create table unit_total (
  unit_id text collate "C", phase_id int, step int, measure_id int,
  n int not null, value float8 not null,
  primary key (unit_id, phase_id, step, measure_id)
) with (fillfactor = 70);
--> statement-breakpoint
create table unit_day (
  unit_id text collate "C", environment_id int, measure_id int, day date, n int not null, value float8 not null,
  primary key (unit_id, environment_id, measure_id, day)
) with (fillfactor = 70);
--> statement-breakpoint
create table unit_decision (
  unit_id text collate "C", phase_id int, step int not null, decision_id text collate "C", at timestamptz not null,
  variant_id int not null, propensity float8 not null, n int not null default 0, reward float8 not null default 0,
  primary key (unit_id, phase_id, decision_id)
) with (fillfactor = 70);
--> statement-breakpoint
create table unit_credit (
  unit_id text collate "C", phase_id int, impression_id text collate "C", at timestamptz not null,
  items jsonb not null, wins jsonb not null default '{}',
  primary key (unit_id, phase_id, impression_id)
) with (fillfactor = 70);
--> statement-breakpoint
create table unit_comparison (
  unit_id text collate "C", phase_id int, decision_id text collate "C", at timestamptz not null,
  champion jsonb not null, candidate jsonb not null, reference jsonb, label float8,
  primary key (unit_id, phase_id, decision_id)
) with (fillfactor = 70);
--> statement-breakpoint
create table unit_failed (
  unit_id text collate "C", phase_id int, metric_id int, at timestamptz not null, step int not null, band text,
  primary key (unit_id, phase_id, metric_id)
);
--> statement-breakpoint

-- ── Work tables of one roll-up cycle ─────────────────────────────────────────────────────────────────────────────
create unlogged table roll_unit (
  unit_id text collate "C" not null, phase_id int not null, step int not null, environment_id int not null,
  variant_id int not null, band text, source text not null, cohort timestamptz not null, bucket smallint not null,
  first_at timestamptz not null, received_at timestamptz not null, kind text not null
);
--> statement-breakpoint
create unlogged table roll_delta (
  unit_id text collate "C" not null, phase_id int not null, step int not null, measure_id int not null,
  variant_id int not null, cohort timestamptz not null, n int not null, value float8 not null
);
--> statement-breakpoint
-- Units to be computed again from raw events; logged, because it must survive a crash.
create table roll_dirty (
  unit_id text collate "C", phase_id int, marked_at timestamptz not null default now(),
  primary key (unit_id, phase_id)
);
--> statement-breakpoint

-- ── Roll-ups of bounded size: all that a report reads ────────────────────────────────────────────────────────────
-- Exact sums over units of q = (x - c)::numeric, c = moment_shift.c; segment_id 0 is "all units".
create table moment (
  phase_id int, step int, variant_id int, measure_id int, segment_id int, cohort timestamptz,
  n bigint not null, s numeric not null, ss numeric not null, sss numeric not null, lo float8, hi float8,
  primary key (phase_id, step, variant_id, measure_id, segment_id, cohort)
);
--> statement-breakpoint
create table moment_pair (
  phase_id int, step int, variant_id int, measure_a int, measure_b int, segment_id int, cohort timestamptz,
  sxy numeric not null,
  primary key (phase_id, step, variant_id, measure_a, measure_b, segment_id, cohort)
);
--> statement-breakpoint
create table moment_shift (phase_id int, measure_id int, c float8 not null, primary key (phase_id, measure_id));
--> statement-breakpoint
create table unit_count (
  phase_id int, step int, variant_id int, segment_id int, cohort timestamptz,
  n bigint not null, mixed bigint not null, sticky bigint not null,
  primary key (phase_id, step, variant_id, segment_id, cohort)
);
--> statement-breakpoint
create table exposure_hour (
  phase_id int, step int, variant_id int, hour timestamptz, n bigint not null,
  primary key (phase_id, step, variant_id, hour)
);
--> statement-breakpoint
create table call_hour (
  phase_id int, step int, variant_id int, hour timestamptz, status text, n bigint not null, ms numeric not null,
  primary key (phase_id, step, variant_id, hour, status)
);
--> statement-breakpoint
create table bucket_moment (
  phase_id int, step int, variant_id int, measure_id int, bucket smallint,
  n bigint not null, s numeric not null, ss numeric not null,
  primary key (phase_id, step, variant_id, measure_id, bucket)
);
--> statement-breakpoint
create table histogram (
  phase_id int, step int, variant_id int, measure_id int, bucket smallint, kind text, bins jsonb not null,
  primary key (phase_id, step, variant_id, measure_id, bucket, kind)
);
--> statement-breakpoint
create table ipw (
  phase_id int, variant_id int, s1 numeric not null, sr numeric not null, products jsonb not null default '{}',
  primary key (phase_id, variant_id)
);
--> statement-breakpoint
create table holistic (
  phase_id int, metric_id int, computed_at timestamptz not null, result jsonb not null,
  primary key (phase_id, metric_id)
);
--> statement-breakpoint
create table late_day (
  phase_id int, variant_id int, measure_id int, day date, n bigint not null,
  primary key (phase_id, variant_id, measure_id, day)
);
--> statement-breakpoint
create table slot_minute (
  environment_id int not null, slot_id int not null, minute timestamptz not null,
  counters jsonb not null, ms jsonb not null
);
--> statement-breakpoint
create index slot_minute_minute on slot_minute (environment_id, slot_id, minute);
--> statement-breakpoint

-- ── Conclusions: written once, never rewritten ───────────────────────────────────────────────────────────────────
create table look (
  phase_id int, metric_id int, comparison int, k int, at timestamptz not null,
  n_mature bigint[] not null, information float8, z float8, bound float8, spent float8, log_e float8,
  result jsonb not null,
  primary key (phase_id, metric_id, comparison, k)
);
--> statement-breakpoint
create table process (
  phase_id int, metric_id int, kind text, stratum int, log_e float8[] not null, at timestamptz not null,
  primary key (phase_id, metric_id, kind, stratum)
);
--> statement-breakpoint

insert into project (name) values ('default');
--> statement-breakpoint
insert into environment (project_id, name) select id, 'production' from project;
--> statement-breakpoint
insert into ruleset_version (environment_id) select id from environment;
