import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { experiment, experimentMetric, phase, phaseVariant, slot, variant } from '../db/schema.ts';
import type { Margin, PhaseVerdict, Plan } from '../db/schema-types.ts';
import { listMetricsOf, type MetricRow } from '../metrics/metric-store.ts';
import { insertPhase, type NewPhase } from './phase-store.ts';

export type Role = 'primary' | 'secondary' | 'guardrail';

export interface PhaseRow extends Omit<typeof phase.$inferSelect, 'plan' | 'verdict'> {
  plan: Plan;
  /** Of ended phases; simulations have none. */
  verdict?: PhaseVerdict | null;
  /** Challengers in the order declared, the control last (R4). */
  split: { variantId: number; variant: string; weight: number; control: boolean }[];
}

export interface ExperimentRow extends Omit<typeof experiment.$inferSelect, 'slotId'> {
  slotId: number;
  slotKey: string;
  /** Time limit of a call in its slot. */
  timeoutMs: number;
  metrics: (MetricRow & { role: Role; margin: Margin | null })[];
  phases: PhaseRow[];
}

export async function listExperiments(db: Executor, environmentId: number): Promise<ExperimentRow[]> {
  const rows = await db
    .select({ experiment, slotKey: slot.key, timeoutMs: slot.timeoutMs })
    .from(experiment)
    .innerJoin(slot, eq(slot.id, experiment.slotId))
    .where(eq(experiment.environmentId, environmentId))
    .orderBy(desc(experiment.id));
  return withParts(db, rows);
}

export async function findExperiment(db: Executor, environmentId: number, key: string): Promise<ExperimentRow | null> {
  const rows = await db
    .select({ experiment, slotKey: slot.key, timeoutMs: slot.timeoutMs })
    .from(experiment)
    .innerJoin(slot, eq(slot.id, experiment.slotId))
    .where(and(eq(experiment.environmentId, environmentId), eq(experiment.key, key)));
  return (await withParts(db, rows))[0] ?? null;
}

async function withParts(
  db: Executor,
  rows: { experiment: typeof experiment.$inferSelect; slotKey: string; timeoutMs: number }[],
): Promise<ExperimentRow[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.experiment.id);
  const metrics = await listMetricsOf(db, ids);
  const phases = await listPhasesOf(db, ids);
  return rows.map((row) => ({
    ...row.experiment,
    slotKey: row.slotKey,
    timeoutMs: row.timeoutMs,
    metrics: metrics
      .filter((each) => each.experimentId === row.experiment.id)
      .map(({ experimentId: _, ...metric }) => metric),
    phases: phases.filter((each) => each.experimentId === row.experiment.id),
  }));
}

async function listPhasesOf(db: Executor, experimentIds: number[]): Promise<PhaseRow[]> {
  const { variantId, weight, control } = phaseVariant;
  const rows = await db
    .select({ phase, arm: { variantId, variant: variant.key, weight, control } })
    .from(phase)
    .innerJoin(phaseVariant, eq(phaseVariant.phaseId, phase.id))
    .innerJoin(variant, eq(variant.id, phaseVariant.variantId))
    .where(inArray(phase.experimentId, experimentIds))
    .orderBy(asc(phase.position), asc(phase.id), asc(phaseVariant.position));
  const phases = new Map<number, PhaseRow>();
  for (const row of rows) {
    const known = phases.get(row.phase.id) ?? { ...row.phase, split: [] };
    known.split.push(row.arm);
    phases.set(known.id, known);
  }
  return [...phases.values()];
}

/** Key of an experiment that is running or paused on a slot, when there is one. */
export async function runningExperimentOf(db: Executor, slotId: number): Promise<string | null> {
  const [row] = await db
    .select({ key: experiment.key })
    .from(experiment)
    .where(and(eq(experiment.slotId, slotId), inArray(experiment.state, ['running', 'paused'])));
  return row?.key ?? null;
}

export type NewMetric = { metricId: number; role: Role; margin: Margin | null };

export async function insertExperiment(
  db: Executor,
  row: typeof experiment.$inferInsert,
  metrics: NewMetric[],
  phases: NewPhase[],
): Promise<number | null> {
  const [inserted] = await db.insert(experiment).values(row).onConflictDoNothing().returning({ id: experiment.id });
  if (!inserted) return null;
  const experimentId = inserted.id;
  await insertMetrics(db, experimentId, metrics);
  let before: { salt: string } | null = null;
  for (const [position, each] of phases.entries()) {
    before = await insertPhase(db, { environmentId: row.environmentId, experimentId, position }, each, before);
  }
  return experimentId;
}

export const newMetric = ({ id, role, margin }: ExperimentRow['metrics'][number]): NewMetric => ({
  metricId: id,
  role,
  margin,
});

async function insertMetrics(db: Executor, experimentId: number, metrics: NewMetric[]): Promise<void> {
  if (metrics.length === 0) return;
  await db.insert(experimentMetric).values(metrics.map((each, position) => ({ ...each, experimentId, position })));
}

export async function replaceMetrics(db: Executor, experimentId: number, metrics: NewMetric[]): Promise<void> {
  await db.delete(experimentMetric).where(eq(experimentMetric.experimentId, experimentId));
  await insertMetrics(db, experimentId, metrics);
}

/** What changes of an experiment; undefined leaves as it is. */
type ExperimentChange = {
  [Field in
    | 'state'
    | 'startedAt'
    | 'concludedAt'
    | 'name'
    | 'hypothesis'
    | 'targeting'
    | 'audiences'
    | 'segments'
    | 'rangeFrom'
    | 'rangeTo']?: (typeof experiment.$inferInsert)[Field] | undefined;
};

export async function updateExperiment(db: Executor, id: number, set: ExperimentChange): Promise<void> {
  await db.update(experiment).set(set).where(eq(experiment.id, id));
}

export async function updatePhase(
  db: Executor,
  id: number,
  set: Partial<
    Pick<
      typeof phase.$inferInsert,
      | 'state'
      | 'startedAt'
      | 'endedAt'
      | 'closedAt'
      | 'endedAs'
      | 'endReason'
      | 'pauses'
      | 'hold'
      | 'gate'
      | 'settings'
      | 'cohortSeconds'
      | 'callsCheckedTo'
      | 'rebuildWanted'
    >
  >,
): Promise<void> {
  await db.update(phase).set(set).where(eq(phase.id, id));
}

/** Takes the row lock that orders two people's transitions of one experiment: read it only afterwards. */
export async function lockExperiment(db: Executor, environmentId: number, key: string): Promise<void> {
  await db
    .select({ id: experiment.id })
    .from(experiment)
    .where(and(eq(experiment.environmentId, environmentId), eq(experiment.key, key)))
    .for('update');
}

/** Takes the row lock that orders two people's changes of one slot; answers its champion. */
export async function lockSlot(db: Executor, slotId: number): Promise<string> {
  const [row] = await db.select({ champion: slot.champion }).from(slot).where(eq(slot.id, slotId)).for('update');
  if (!row) throw new Error(`slot ${slotId} vanished`);
  return row.champion;
}
