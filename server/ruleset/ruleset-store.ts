import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { phaseStep } from '../db/phase-inputs-schema.ts';
import { environment, experiment, phase, phaseVariant, rulesetVersion, slot, variant } from '../db/schema.ts';

/** Marks a change of anything an SDK reads; call it in the transaction of the change. */
export async function bumpRuleset(db: Executor, environmentId: number): Promise<void> {
  await db
    .update(rulesetVersion)
    .set({ version: sql`${rulesetVersion.version} + 1`, changedAt: sql`now()` })
    .where(eq(rulesetVersion.environmentId, environmentId));
}

/** The ruleset of an environment, and since when it is in force. */
export async function rulesetInForce(
  db: Executor,
  environmentId: number,
): Promise<{ version: number; changedAt: Date }> {
  const [row] = await db
    .select({ version: rulesetVersion.version, changedAt: rulesetVersion.changedAt })
    .from(rulesetVersion)
    .where(eq(rulesetVersion.environmentId, environmentId));
  if (!row) throw new Error(`environment ${environmentId} has no ruleset`);
  return row;
}

/** Version of each environment's ruleset: the one small read that every process repeats. */
export async function readVersions(db: Executor): Promise<Map<number, number>> {
  const rows = await db
    .select({ id: rulesetVersion.environmentId, version: rulesetVersion.version })
    .from(rulesetVersion);
  return new Map(rows.map((row) => [row.id, row.version]));
}

export interface RulesetRows {
  version: number;
  environment: string;
  slots: (typeof slot.$inferSelect)[];
  variants: (typeof variant.$inferSelect)[];
  experiments: (typeof experiment.$inferSelect)[];
  phases: (typeof phase.$inferSelect)[];
  splits: (typeof phaseVariant.$inferSelect & { key: string })[];
  /** Weights by context of the current epochs that have some. */
  contexts: { phaseId: number; contexts: NonNullable<(typeof phaseStep.$inferSelect)['contexts']> }[];
}

/** All rows a ruleset is compiled from; call it in a transaction that reads one snapshot. */
export async function readRulesetRows(db: Executor, environmentId: number): Promise<RulesetRows | null> {
  const [version] = await db
    .select({ version: rulesetVersion.version, name: environment.name })
    .from(rulesetVersion)
    .innerJoin(environment, eq(environment.id, rulesetVersion.environmentId))
    .where(eq(rulesetVersion.environmentId, environmentId));
  if (!version) return null;
  const slots = await db.select().from(slot).where(eq(slot.environmentId, environmentId)).orderBy(asc(slot.key));
  const ids = slots.map((row) => row.id);
  const variants = ids.length
    ? await db.select().from(variant).where(inArray(variant.slotId, ids)).orderBy(asc(variant.id))
    : [];
  const experiments = await db
    .select()
    .from(experiment)
    .where(eq(experiment.environmentId, environmentId))
    .orderBy(asc(experiment.id));
  const phases = await db.select().from(phase).where(eq(phase.environmentId, environmentId)).orderBy(asc(phase.id));
  const splits = await db
    .select({
      phaseId: phaseVariant.phaseId,
      variantId: phaseVariant.variantId,
      position: phaseVariant.position,
      weight: phaseVariant.weight,
      control: phaseVariant.control,
      key: variant.key,
    })
    .from(phaseVariant)
    .innerJoin(variant, eq(variant.id, phaseVariant.variantId))
    .innerJoin(slot, eq(slot.id, variant.slotId))
    .where(eq(slot.environmentId, environmentId))
    .orderBy(asc(phaseVariant.phaseId), asc(phaseVariant.position));
  const current = await db
    .select({ phaseId: phaseStep.phaseId, contexts: phaseStep.contexts })
    .from(phaseStep)
    .innerJoin(phase, and(eq(phase.id, phaseStep.phaseId), eq(phase.step, phaseStep.step)))
    .where(and(eq(phase.environmentId, environmentId), isNotNull(phaseStep.contexts)));
  const contexts = current.flatMap(({ phaseId, contexts: found }) => (found ? [{ phaseId, contexts: found }] : []));
  return {
    version: version.version,
    environment: version.name,
    slots,
    variants,
    experiments,
    phases,
    splits,
    contexts,
  };
}
