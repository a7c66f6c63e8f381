import type { Executor } from '../db/database.ts';
import { dayMeasure, phaseCovariate, phasePair, segmentValue } from '../db/phase-inputs-schema.ts';
import { phaseMeasure } from '../db/schema.ts';
import type { PhaseInputs } from './phase-inputs.ts';

/** Freezes what a phase is computed from. */
export async function insertPhaseInputs(db: Executor, phaseId: number, inputs: PhaseInputs): Promise<void> {
  const { measures, pairs, covariates, segments } = inputs;
  if (measures.length > 0) {
    await db
      .insert(phaseMeasure)
      .values(measures.map(({ measureId, latenessSeconds }) => ({ phaseId, measureId, latenessSeconds })));
  }
  if (pairs.length > 0) await db.insert(phasePair).values(pairs.map((each) => ({ ...each, phaseId })));
  if (covariates.length > 0) {
    await db.insert(phaseCovariate).values(covariates.map((each, position) => ({ ...each, phaseId, position })));
  }
  if (segments.length > 0) {
    // "Other" of each attribute comes first, so that no unit is without a value; the roll-up numbers the rest.
    const others = segments.map((attribute, i) => ({ phaseId, id: i + 1, attribute, value: null }));
    await db.insert(segmentValue).values(others);
  }
}

/** From now on these measures are kept per unit and day. */
export async function keepDays(db: Executor, environmentId: number, measures: number[], now: Date): Promise<void> {
  if (measures.length === 0) return;
  await db
    .insert(dayMeasure)
    .values(measures.map((measureId) => ({ environmentId, measureId, since: now })))
    .onConflictDoNothing();
}
