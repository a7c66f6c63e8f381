-- What analysis beyond rates and means needs of the unit tables (docs/adr/0011, 0012).
alter table roll_unit add column segment smallint[], add column covariate float8[];
--> statement-breakpoint
alter table roll_delta add column segment smallint[];
--> statement-breakpoint
-- Plans made before designs could be chosen: one look at a fixed size.
update phase set plan = '{"design": "fixed", "looks": 1, "minimumEffect": null, "correction": "holm", "covariates": null, "cluster": null}'::jsonb || plan;
