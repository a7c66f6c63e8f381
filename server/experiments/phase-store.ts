import { and, eq, gt, sql } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { phase, phaseVariant } from '../db/schema.ts';
import type { Gate, Mode, PhaseSettings, Plan } from '../db/schema-types.ts';
import { newSalt } from '../slots/slot-store.ts';

/** Planned phases as they are written; what has started is changed by transitions only. */
export interface NewPhase {
  mode: Exclude<Mode, 'holdout'>;
  assignment: 'hash' | 'external';
  continues: boolean;
  sticky: boolean;
  gate: Gate;
  plan: Plan;
  settings: PhaseSettings;
  startedAt: Date | null;
  endedAt: Date | null;
  split: { variantId: number; weight: number; control: boolean }[];
}

/** A planned phase; one that continues takes the salt of the phase before. */
export async function insertPhase(
  db: Executor,
  place: { environmentId: number; experimentId: number; position: number },
  { split, ...rest }: NewPhase,
  before: { salt: string } | null,
): Promise<{ salt: string }> {
  const salt = rest.continues && before ? before.salt : newSalt();
  const [made] = await db
    .insert(phase)
    .values({ ...rest, ...place, salt })
    .returning({ id: phase.id });
  if (!made) throw new Error('the phase was not stored');
  await insertSplit(db, made.id, split);
  return { salt };
}

/** Writes a planned phase anew, in its place; it keeps its salt unless it begins or ceases to continue. */
export async function replacePhase(
  db: Executor,
  old: Pick<typeof phase.$inferSelect, 'id' | 'salt' | 'continues'>,
  { split, ...rest }: NewPhase,
  before: { salt: string } | null,
): Promise<void> {
  const own = old.continues ? newSalt() : old.salt;
  const salt = rest.continues && before ? before.salt : own;
  await db
    .update(phase)
    .set({ ...rest, salt })
    .where(eq(phase.id, old.id));
  await db.delete(phaseVariant).where(eq(phaseVariant.phaseId, old.id));
  await insertSplit(db, old.id, split);
}

/** Takes a planned phase out; those after it move up. */
export async function deletePhase(
  db: Executor,
  { id, experimentId, position }: Pick<typeof phase.$inferSelect, 'id' | 'experimentId' | 'position'>,
): Promise<void> {
  await db.delete(phaseVariant).where(eq(phaseVariant.phaseId, id));
  await db.delete(phase).where(eq(phase.id, id));
  const later = and(eq(phase.experimentId, experimentId), gt(phase.position, position));
  // By way of negative places, since a place may not be taken twice even in between.
  await db
    .update(phase)
    .set({ position: sql`-${phase.position}` })
    .where(later);
  await db
    .update(phase)
    .set({ position: sql`-${phase.position} - 1` })
    .where(and(eq(phase.experimentId, experimentId), sql`${phase.position} < 0`));
}

/** After an edit: planned phases that continue have the salt of the phase before. */
export async function keepChains(
  db: Executor,
  phases: Pick<typeof phase.$inferSelect, 'id' | 'state' | 'salt' | 'continues'>[],
): Promise<void> {
  let before: string | null = null;
  for (const { id, state, salt, continues } of phases) {
    const wanted: string = state === 'planned' && continues && before !== null ? before : salt;
    if (wanted !== salt) await db.update(phase).set({ salt: wanted }).where(eq(phase.id, id));
    before = wanted;
  }
}

async function insertSplit(db: Executor, phaseId: number, split: NewPhase['split']): Promise<void> {
  await db.insert(phaseVariant).values(split.map((each, position) => ({ ...each, phaseId, position })));
}
