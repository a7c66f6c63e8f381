CREATE TABLE "day_measure" (
	"environment_id" integer NOT NULL,
	"measure_id" integer NOT NULL,
	"since" timestamp with time zone NOT NULL,
	CONSTRAINT "day_measure_environment_id_measure_id_pk" PRIMARY KEY("environment_id","measure_id")
);
--> statement-breakpoint
CREATE TABLE "phase_covariate" (
	"phase_id" integer NOT NULL,
	"position" integer NOT NULL,
	"measure_id" integer,
	"attribute" text,
	"days" integer,
	CONSTRAINT "phase_covariate_phase_id_position_pk" PRIMARY KEY("phase_id","position")
);
--> statement-breakpoint
CREATE TABLE "phase_pair" (
	"phase_id" integer NOT NULL,
	"measure_a" integer NOT NULL,
	"measure_b" integer NOT NULL,
	CONSTRAINT "phase_pair_phase_id_measure_a_measure_b_pk" PRIMARY KEY("phase_id","measure_a","measure_b")
);
--> statement-breakpoint
CREATE TABLE "segment_value" (
	"phase_id" integer NOT NULL,
	"id" integer NOT NULL,
	"attribute" text NOT NULL,
	"value" text,
	CONSTRAINT "segment_value_phase_id_id_pk" PRIMARY KEY("phase_id","id")
);
--> statement-breakpoint
ALTER TABLE "measure" DROP CONSTRAINT "measure_environment_id_outcome_filter_window_seconds_aggregate_unique";--> statement-breakpoint
ALTER TABLE "experiment_metric" ADD COLUMN "margin" jsonb;--> statement-breakpoint
ALTER TABLE "measure" ADD COLUMN "lower" double precision DEFAULT '-Infinity' NOT NULL;--> statement-breakpoint
ALTER TABLE "measure" ADD COLUMN "upper" double precision DEFAULT 'Infinity' NOT NULL;--> statement-breakpoint
ALTER TABLE "metric" ADD COLUMN "denominator_id" integer;--> statement-breakpoint
ALTER TABLE "metric" ADD COLUMN "quantile" double precision;--> statement-breakpoint
ALTER TABLE "metric" ADD COLUMN "cap_quantile" double precision;--> statement-breakpoint
ALTER TABLE "metric" ADD COLUMN "proxy_for_id" integer;--> statement-breakpoint
ALTER TABLE "day_measure" ADD CONSTRAINT "day_measure_environment_id_environment_id_fk" FOREIGN KEY ("environment_id") REFERENCES "public"."environment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "day_measure" ADD CONSTRAINT "day_measure_measure_id_measure_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measure"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "phase_covariate" ADD CONSTRAINT "phase_covariate_phase_id_phase_id_fk" FOREIGN KEY ("phase_id") REFERENCES "public"."phase"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "phase_covariate" ADD CONSTRAINT "phase_covariate_measure_id_measure_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measure"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "phase_pair" ADD CONSTRAINT "phase_pair_phase_id_phase_id_fk" FOREIGN KEY ("phase_id") REFERENCES "public"."phase"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "segment_value" ADD CONSTRAINT "segment_value_phase_id_phase_id_fk" FOREIGN KEY ("phase_id") REFERENCES "public"."phase"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric" ADD CONSTRAINT "metric_denominator_id_measure_id_fk" FOREIGN KEY ("denominator_id") REFERENCES "public"."measure"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "measure" ADD CONSTRAINT "measure_definition" UNIQUE("environment_id","outcome","filter","window_seconds","aggregate","lower","upper");