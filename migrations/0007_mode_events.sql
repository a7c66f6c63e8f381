-- What the modes need of the hand-written tables (docs/adr/0013).

-- A phase that continues has the salt of the one before; all others have one of their own.
create unique index phase_salt on phase (salt) where not continues;
--> statement-breakpoint
-- Values of declared segments, for disagreement by segment.
alter table comparison add column segment jsonb;
--> statement-breakpoint
alter table unit_comparison add column measures jsonb not null default '{}', add column measures_reference jsonb,
  add column example jsonb, add column segment smallint[];
--> statement-breakpoint
-- Why only one ranker answered; such an impression is left out of the comparison.
alter table unit_credit add column degraded jsonb;
--> statement-breakpoint
-- The context of a decision, where the bandit has one.
alter table unit_decision add column segment smallint[];
--> statement-breakpoint
-- Of the units of a step: those first exposed in this step. Only they are compared; n counts for the sample ratio.
alter table unit_count add column fresh bigint not null default 0;
--> statement-breakpoint
update unit_count set fresh = n;
--> statement-breakpoint
alter table roll_unit add column fresh boolean not null default true;
--> statement-breakpoint
-- Phases that have started already: one step with the weights they were planned with.
insert into phase_step (phase_id, step, started_at, ended_at, weights)
select p.id, p.step, p.started_at, p.ended_at, jsonb_object_agg(v.variant_id::text, v.weight)
from phase p join phase_variant v on v.phase_id = p.id
where p.started_at is not null and p.state <> 'planned'
group by p.id, p.step, p.started_at, p.ended_at;
--> statement-breakpoint
update phase p set ended_as = case when e.state = 'concluded' and not exists (
    select from phase q where q.experiment_id = p.experiment_id and q.position > p.position and q.state <> 'planned')
  then 'concluded' else 'advanced' end
from experiment e where e.id = p.experiment_id and p.state = 'ended';
