-- When each phase's roll-ups last moved, by the turn of the holder that moved them: what tells open pages to ask again.
-- Unlogged, for after a crash every page asks again anyway.
create unlogged table phase_turn (phase_id int primary key, turn bigint not null) with (fillfactor = 50);
