import { z } from 'zod';
import { experimentState } from './catalog.ts';
import { instant, key } from './field-types.ts';
import { verdict } from './report-contract.ts';

const attentionKind = z.enum([
  'rolled_back',
  'alarm',
  'shadow_failed',
  'do_not_ship',
  'decide',
  'gate',
  'refused',
  'held',
  'no_data',
  'stale',
  'paused',
]);
export type AttentionKind = z.infer<typeof attentionKind>;

/** Something that a person should look at, or that waits for one. */
export const attentionItem = z.object({
  kind: attentionKind.meta({
    description:
      'rolled_back: a phase was taken back, and nothing runs since; alarm: data not to be trusted; shadow_failed, do_not_ship: what a phase found; decide: a test has its answer; gate: the next phase may start; refused: it could not; held: a ramp waits; no_data, stale: nothing comes, or is not counted; paused: everyone gets the champion',
  }),
  severity: z.enum(['act', 'decide', 'check']).meta({
    description: 'act: harm or false numbers; decide: an answer waits for a person; check: look whether it is meant so',
  }),
  experiment: z.object({ key, name: z.string() }),
  slot: key,
  sentence: z.string(),
  since: instant.nullable().meta({ description: 'null: not known' }),
});
export type AttentionItem = z.infer<typeof attentionItem>;

const progress = z.object({
  share: z.number().min(0).max(1).nullable().meta({ description: 'Of the plan, 0-1; null: it has no end' }),
  unit: z.enum(['units', 'steps', 'comparisons', 'seconds']),
  done: z.number(),
  of: z.number().nullable(),
  daysLeft: z.number().nullable().meta({ description: 'Forecast; null: not known' }),
});
export type BriefProgress = z.infer<typeof progress>;

const sparkline = z.object({
  from: instant.meta({ description: 'Start of the first bucket' }),
  bucketSeconds: z.int(),
  counts: z.array(z.int()).meta({ description: 'In each bucket, up to now' }),
  of: z.enum(['units', 'decisions']).meta({ description: 'New units; of shadow phases decisions compared' }),
});
export type Sparkline = z.infer<typeof sparkline>;

/** What fits in a line about an experiment that is under way. */
export const runningExperiment = z.object({
  key,
  name: z.string(),
  slot: key,
  state: experimentState,
  mode: z.string().nullable(),
  phase: z.object({ position: z.int(), of: z.int() }).nullable(),
  startedAt: instant.nullable(),
  units: z.int(),
  verdict,
  progress: progress.nullable(),
  sparkline: sparkline.nullable(),
});
export type RunningExperiment = z.infer<typeof runningExperiment>;

export const home = z.object({
  computedAt: instant,
  attention: z.array(attentionItem).meta({ description: 'Most urgent first' }),
  running: z
    .array(runningExperiment)
    .meta({ description: 'Running and paused, newest first; what was rolled back stands in `attention` only' }),
  drafts: z.array(z.object({ key, name: z.string(), slot: key, createdAt: instant })).meta({
    description: 'Newest first, at most 5',
  }),
  decided: z
    .array(
      z.object({
        key,
        name: z.string(),
        slot: key,
        concludedAt: instant,
        promoted: key.nullable().meta({ description: 'The variant that became champion with it' }),
        verdict: verdict.nullable().meta({ description: 'null: not kept yet' }),
      }),
    )
    .meta({ description: 'Concluded, the latest first, at most 5' }),
  counts: z.object({
    slots: z.int(),
    metrics: z.int(),
    drafts: z.int(),
    running: z.int().meta({ description: 'Neither drafts nor concluded' }),
    concluded: z.int(),
  }),
});
export type Home = z.infer<typeof home>;
