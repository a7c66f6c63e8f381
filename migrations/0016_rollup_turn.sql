-- One row that every holder of the roll-up lock changes: who saw the database before the last holder was done cannot change
-- it, and begins again.
create table rollup_turn (turn bigint not null);
--> statement-breakpoint
insert into rollup_turn values (0);
