import { integer, jsonb, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { environment, measure, phase } from './schema.ts';

/** What a phase takes in beyond its measures, and what it went through: reference tables like those of schema.ts. */

/** Measures whose product is summed per unit: a ratio's two, a proxy metric's and its business metric's. Frozen with the phase. */
export const phasePair = pgTable(
  'phase_pair',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    /** The smaller id of the two. */
    measureA: integer('measure_a').notNull(),
    measureB: integer('measure_b').notNull(),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.measureA, t.measureB] })],
);

/** Covariates of a phase in the order of `unit_state.covariate`, frozen when it starts: a measure before the exposure, or an attribute. */
export const phaseCovariate = pgTable(
  'phase_covariate',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    position: integer('position').notNull(),
    measureId: integer('measure_id').references(() => measure.id),
    attribute: text('attribute'),
    /** Whole days before the day of first exposure that are summed. */
    days: integer('days'),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.position] })],
);

/** Values of declared segments, at most 20 a phase and attribute; the rest is "other". `id` is what roll-ups call `segment_id`. */
export const segmentValue = pgTable(
  'segment_value',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    /** 1 and up within the phase; 0 in a roll-up means all units. */
    id: integer('id').notNull(),
    attribute: text('attribute').notNull(),
    /** null: every value beyond the first twenty, and units without the attribute. */
    value: text('value'),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.id] })],
);

/** Measures kept per unit and day, because a plan named them as covariates; earlier outcomes are not known. */
export const dayMeasure = pgTable(
  'day_measure',
  {
    environmentId: integer('environment_id')
      .notNull()
      .references(() => environment.id),
    measureId: integer('measure_id')
      .notNull()
      .references(() => measure.id),
    since: timestamp('since', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.environmentId, t.measureId] })],
);

/**
 * Steps of a canary, epochs of a bandit; one row in other modes. The weights that apply now are also those of
 * `phase_variant`: `enterStep` writes both.
 */
export const phaseStep = pgTable(
  'phase_step',
  {
    phaseId: integer('phase_id')
      .notNull()
      .references(() => phase.id),
    step: integer('step').notNull(),
    startedAt: timestamp('started_at', { withTimezone: true, mode: 'date' }).notNull(),
    endedAt: timestamp('ended_at', { withTimezone: true, mode: 'date' }),
    /** Bandits: all cells of the epoch are complete and in the roll-up. */
    closedAt: timestamp('closed_at', { withTimezone: true, mode: 'date' }),
    /** By variant id. */
    weights: jsonb('weights').$type<Record<string, number>>().notNull(),
    /** Bandits with a context: weights by value of the attribute, which go before `weights`. */
    contexts: jsonb('contexts').$type<Record<string, Record<string, number>>>(),
    /** Numbers behind the change: why it advanced, or the posterior. */
    detail: jsonb('detail').$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [primaryKey({ columns: [t.phaseId, t.step] })],
);
