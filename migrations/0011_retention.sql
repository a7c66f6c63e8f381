ALTER TABLE "measure" DROP CONSTRAINT "measure_definition";--> statement-breakpoint
ALTER TABLE "measure" ADD COLUMN "start_seconds" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "measure" ADD CONSTRAINT "measure_definition" UNIQUE("environment_id","outcome","filter","start_seconds","window_seconds","aggregate","lower","upper");