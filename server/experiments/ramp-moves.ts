import type { Executor } from '../db/database.ts';
import type { Hold } from '../db/schema-types.ts';
import { type PhaseRow, updatePhase } from './experiment-store.ts';
import { enterStep } from './step-store.ts';

/** A person's stop of a ramp: neither the controller nor anybody else takes a step until `release`. */
export async function hold(db: Executor, phase: PhaseRow, by: Hold): Promise<void> {
  await updatePhase(db, phase.id, { hold: by });
}

export async function release(db: Executor, phase: PhaseRow): Promise<void> {
  await updatePhase(db, phase.id, { hold: null });
}

/** The weights of a canary's next step, by variant id; null at its last one. */
export function nextShare(phase: PhaseRow): { step: number; share: number; weights: Record<string, number> } | null {
  const next = phase.settings.canary?.steps[phase.step];
  if (!next) return null;
  const weights = phase.split.map((each) => [each.variantId, each.control ? 1 - next.share : next.share]);
  return { step: phase.step + 1, share: next.share, weights: Object.fromEntries(weights) };
}

/** Takes a canary to its next step; answers its number and share, or null at the last one. */
export async function takeStep(
  db: Executor,
  phase: PhaseRow,
  detail: Record<string, unknown>,
  now: Date,
): Promise<{ step: number; share: number } | null> {
  const next = nextShare(phase);
  if (!next) return null;
  const { step, share, weights } = next;
  await enterStep(db, phase.id, { step, weights, detail }, now);
  return { step, share };
}
