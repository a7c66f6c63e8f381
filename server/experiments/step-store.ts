import { and, eq, isNull } from 'drizzle-orm';
import type { Executor } from '../db/database.ts';
import { phaseStep } from '../db/phase-inputs-schema.ts';
import { phase, phaseVariant } from '../db/schema.ts';

export interface NewStep {
  step: number;
  /** By variant id; all variants of the phase. */
  weights: Record<string, number>;
  contexts?: Record<string, Record<string, number>> | null;
  /** Numbers behind the change. */
  detail?: Record<string, unknown>;
}

/**
 * Moves a phase to its next step or epoch: ends the one before, writes the new one with its weights, and puts those in
 * force. Call it in a transaction that bumps the ruleset.
 */
export async function enterStep(db: Executor, phaseId: number, next: NewStep, now: Date): Promise<void> {
  const { step, weights, contexts = null, detail = {} } = next;
  await endStep(db, phaseId, now);
  await db.insert(phaseStep).values({ phaseId, step, startedAt: now, weights, contexts, detail });
  await db.update(phase).set({ step }).where(eq(phase.id, phaseId));
  for (const [variantId, weight] of Object.entries(weights)) {
    await db
      .update(phaseVariant)
      .set({ weight })
      .where(and(eq(phaseVariant.phaseId, phaseId), eq(phaseVariant.variantId, Number(variantId))));
  }
}

/** Ends the step under way: with the next one, or with its phase. */
export async function endStep(db: Executor, phaseId: number, now: Date): Promise<void> {
  await db
    .update(phaseStep)
    .set({ endedAt: now })
    .where(and(eq(phaseStep.phaseId, phaseId), isNull(phaseStep.endedAt)));
}
