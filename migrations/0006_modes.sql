CREATE TABLE "phase_step" (
	"phase_id" integer NOT NULL,
	"step" integer NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"weights" jsonb NOT NULL,
	"contexts" jsonb,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "phase_step_phase_id_step_pk" PRIMARY KEY("phase_id","step")
);
--> statement-breakpoint
ALTER TABLE "phase" DROP CONSTRAINT "phase_salt_unique";--> statement-breakpoint
ALTER TABLE "metric" ADD COLUMN "independent_of_answer" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "gate" text DEFAULT 'manual' NOT NULL;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "settings" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "ended_as" text;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "end_reason" text;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "pauses" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "phase" ADD COLUMN "hold" jsonb;--> statement-breakpoint
ALTER TABLE "phase_step" ADD CONSTRAINT "phase_step_phase_id_phase_id_fk" FOREIGN KEY ("phase_id") REFERENCES "public"."phase"("id") ON DELETE no action ON UPDATE no action;