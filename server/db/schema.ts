import { sql } from 'drizzle-orm';
import {
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import type { TargetingRule } from '../../sdk/index.ts';
import type {
  ExperimentState,
  Gate,
  Hold,
  Margin,
  MetricKind,
  Mode,
  Pause,
  PhaseEnd,
  PhaseSettings,
  PhaseState,
  PhaseVerdict,
  Plan,
} from './schema-types.ts';

/**
 * The reference tables: small, read by every process, replicated to every node on Citus. The event, unit and roll-up
 * tables are written by hand in migrations/0001_events.sql, because they are partitioned, unlogged or have no ORM user.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const createdAt = () => instant('created_at').notNull().default(sql`now()`);

export const project = pgTable('project', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
});

export const environment = pgTable(
  'environment',
  {
    id: serial('id').primaryKey(),
    projectId: integer('project_id')
      .notNull()
      .references(() => project.id),
    name: text('name').notNull(),
  },
  (t) => [unique().on(t.projectId, t.name)],
);

const environmentId = () =>
  integer('environment_id')
    .notNull()
    .references(() => environment.id);

export const slot = pgTable(
  'slot',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    key: text('key').notNull(),
    output: text('output').$type<'value' | 'ranking'>().notNull(),
    /** Salt of the slot's layer (R3). */
    salt: text('salt').notNull().unique(),
    champion: text('champion').notNull(),
    timeoutMs: integer('timeout_ms').notNull(),
    fallback: text('fallback').$type<'champion'>(),
    createdAt: createdAt(),
  },
  (t) => [unique().on(t.environmentId, t.key)],
);

export const variant = pgTable(
  'variant',
  {
    id: serial('id').primaryKey(),
    slotId: integer('slot_id')
      .notNull()
      .references(() => slot.id),
    key: text('key').notNull(),
    payload: jsonb('payload').$type<unknown>(),
    createdAt: createdAt(),
  },
  (t) => [unique().on(t.slotId, t.key)],
);

/** What is summed per unit: metrics share measures. Never changed once made. */
export const measure = pgTable(
  'measure',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    outcome: text('outcome').notNull(),
    filter: jsonb('filter').$type<Record<string, string | number | boolean>>().notNull().default({}),
    /** The window of time since a unit's first exposure whose outcomes count: from `startSeconds` to before `windowSeconds`. */
    startSeconds: integer('start_seconds').notNull().default(0),
    windowSeconds: integer('window_seconds').notNull(),
    /** any: 1 when an outcome with a value other than 0 happened; count: how many; sum: of their values. */
    aggregate: text('aggregate').$type<'any' | 'count' | 'sum'>().notNull(),
    /** A unit's value is clipped to these limits: winsorised at fixed caps. */
    lower: doublePrecision('lower').notNull().default(sql`'-Infinity'`),
    upper: doublePrecision('upper').notNull().default(sql`'Infinity'`),
  },
  (t) => [
    unique('measure_definition').on(
      t.environmentId,
      t.outcome,
      t.filter,
      t.startSeconds,
      t.windowSeconds,
      t.aggregate,
      t.lower,
      t.upper,
    ),
  ],
);

export const metric = pgTable(
  'metric',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    key: text('key').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull().default(''),
    kind: text('kind').$type<MetricKind>().notNull(),
    direction: text('direction').$type<'increase' | 'decrease'>().notNull(),
    measureId: integer('measure_id')
      .notNull()
      .references(() => measure.id),
    /** Of a ratio. */
    denominatorId: integer('denominator_id').references(() => measure.id),
    /** Of a quantile metric: which quantile of the single outcome values, 0-1. */
    quantile: doublePrecision('quantile'),
    /** Of a mean: caps at this quantile of both arms' unit values together; computed from unit totals. */
    capQuantile: doublePrecision('cap_quantile'),
    /** The business metric that this one stands for while an experiment runs. */
    proxyForId: integer('proxy_for_id'),
    /** The outcome does not depend on the answer shown, so that it may judge answers that were not. */
    independentOfAnswer: boolean('independent_of_answer').notNull().default(false),
    createdAt: createdAt(),
  },
  (t) => [unique().on(t.environmentId, t.key)],
);

export const experiment = pgTable(
  'experiment',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    slotId: integer('slot_id')
      .notNull()
      .references(() => slot.id),
    key: text('key').notNull(),
    name: text('name').notNull(),
    hypothesis: text('hypothesis').notNull().default(''),
    state: text('state').$type<ExperimentState>().notNull().default('draft'),
    targeting: jsonb('targeting').$type<TargetingRule[]>().notNull().default([]),
    /** Rules of the audiences that `targeting` names, by key, as they were at the start; empty in a draft. */
    audiences: jsonb('audiences').$type<Record<string, TargetingRule[]>>().notNull().default({}),
    segments: jsonb('segments').$type<string[]>().notNull().default([]),
    /** Part of the slot's layer, 0-1. */
    rangeFrom: doublePrecision('range_from').notNull(),
    rangeTo: doublePrecision('range_to').notNull(),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    concludedAt: instant('concluded_at'),
  },
  (t) => [unique().on(t.environmentId, t.key), index().on(t.slotId)],
);

export const experimentMetric = pgTable(
  'experiment_metric',
  {
    experimentId: integer('experiment_id')
      .notNull()
      .references(() => experiment.id),
    metricId: integer('metric_id')
      .notNull()
      .references(() => metric.id),
    role: text('role').$type<'primary' | 'secondary' | 'guardrail'>().notNull(),
    position: integer('position').notNull(),
    margin: jsonb('margin').$type<Margin>(),
  },
  (t) => [primaryKey({ columns: [t.experimentId, t.metricId] })],
);

export const phase = pgTable(
  'phase',
  {
    id: serial('id').primaryKey(),
    environmentId: environmentId(),
    experimentId: integer('experiment_id')
      .notNull()
      .references(() => experiment.id),
    position: integer('position').notNull(),
    mode: text('mode').$type<Mode>().notNull(),
    assignment: text('assignment').$type<'hash' | 'external'>().notNull(),
    state: text('state').$type<PhaseState>().notNull().default('planned'),
    /** Unique, but that a phase which continues has the salt of the one before. */
    salt: text('salt').notNull(),
    continues: boolean('continues').notNull().default(false),
    /** SDKs with a store keep units on the variant that they remember. */
    sticky: boolean('sticky').notNull().default(false),
    gate: text('gate').$type<Gate>().notNull().default('manual'),
    /** Step of a canary, epoch of a bandit, 1 otherwise. */
    step: integer('step').notNull().default(1),
    plan: jsonb('plan').$type<Plan>().notNull(),
    settings: jsonb('settings').$type<PhaseSettings>().notNull().default({}),
    /** How it ended, and why, as a sentence. */
    endedAs: text('ended_as').$type<PhaseEnd>(),
    endReason: text('end_reason'),
    pauses: jsonb('pauses').$type<Pause[]>().notNull().default([]),
    hold: jsonb('hold').$type<Hold>(),
    /** What an ended phase came to, for the list; kept by analysis/verdict-job.ts. */
    verdict: jsonb('verdict').$type<PhaseVerdict>(),
    /** Length of a cohort of first exposures: 60 where a window plus lateness is under two hours, else 3600. */
    cohortSeconds: integer('cohort_seconds').notNull().default(3600),
    startedAt: instant('started_at'),
    endedAt: instant('ended_at'),
    /** When it was ended here; the stated end of an external phase may lie far before. */
    closedAt: instant('closed_at'),
    /** Since when raw events of this phase are partly gone; it can then not be rebuilt. */
    frozenAt: instant('frozen_at'),
    /** Exposures marked `call` received up to here have been checked for their call record. */
    callsCheckedTo: instant('calls_checked_to'),
    /** External phases: raw events have come since `rebuiltAt`. */
    rebuildWanted: boolean('rebuild_wanted').notNull().default(false),
    rebuiltAt: instant('rebuilt_at'),
  },
  (t) => [unique().on(t.experimentId, t.position), index().on(t.environmentId, t.state)],
);

export const phaseVariant = pgTable(
  'phase_variant',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    variantId: integer('variant_id')
      .notNull()
      .references(() => variant.id),
    /** Challengers in the order declared, the control last (R4). */
    position: integer('position').notNull(),
    weight: doublePrecision('weight').notNull(),
    control: boolean('control').notNull(),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.variantId] })],
);

/** Measures of a phase, frozen when it starts. */
export const phaseMeasure = pgTable(
  'phase_measure',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    measureId: integer('measure_id')
      .notNull()
      .references(() => measure.id),
    latenessSeconds: integer('lateness_seconds').notNull(),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.measureId] })],
);

/** One row an environment; every change of anything an SDK reads adds 1 in the same transaction. */
export const rulesetVersion = pgTable('ruleset_version', {
  environmentId: integer('environment_id')
    .primaryKey()
    .references(() => environment.id),
  version: integer('version').notNull().default(1),
  changedAt: instant('changed_at').notNull().default(sql`now()`),
});
