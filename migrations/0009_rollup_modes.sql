-- What the roll-up of the modes needs (docs/adr/0005, 0013).

-- Of the rows of a unit in a phase, the one that is compared: a canary's first step; in other modes each row.
alter table unit_state add column fresh boolean not null default true;
--> statement-breakpoint
-- unit_count.fresh: units that are compared, first exposed in this step and in one variant only.
update unit_count set fresh = n - mixed;
--> statement-breakpoint
-- Sum of the outcomes of a decision; `reward` is what the measure makes of it.
alter table unit_decision add column total float8 not null default 0;
--> statement-breakpoint
-- Of several labels of a decision the first counts.
alter table unit_comparison add column label_at timestamptz;
--> statement-breakpoint
-- The last decision or impression of a unit before an outcome.
create index unit_decision_at on unit_decision (unit_id, phase_id, at);
--> statement-breakpoint
create index unit_credit_at on unit_credit (unit_id, phase_id, at);
--> statement-breakpoint
-- Decisions of an epoch, when it is closed.
create index unit_decision_step on unit_decision (phase_id, step);
--> statement-breakpoint
-- Work tables of one cycle: decisions, impressions and comparisons that are new in it, and what outcomes credit to any.
create unlogged table roll_answer (
  unit_id text collate "C" not null, phase_id int not null, answer_id text collate "C" not null,
  at timestamptz not null, received_at timestamptz not null
);
--> statement-breakpoint
create unlogged table roll_credit (
  unit_id text collate "C" not null, phase_id int not null, answer_id text collate "C" not null, measure_id int not null,
  item_id text collate "C", at timestamptz not null, received_at timestamptz not null, value float8 not null, late boolean not null
);
