-- Attributes of a new unit's exposure until they are segments and covariates; only where its phase wants them.
alter table roll_unit add column attributes jsonb;
