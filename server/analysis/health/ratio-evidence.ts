import { type SampleRatioStratum, sampleRatioEvidence } from '../../../stats/index.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { controlFirst } from '../arms.ts';
import { meanEvidence, RATIO_CONCENTRATIONS } from './ratio-concentrations.ts';

/** e-value from which an uneven split is an alarm, however often it is looked at. */
export const RATIO_ALARM = 1_000;

/** Log e-value against the weights, which may be looked at all the time: over strata, each with weights of its own. */
export function logEvidence(strata: SampleRatioStratum[]): number {
  return meanEvidence(RATIO_CONCENTRATIONS.map((concentration) => sampleRatioEvidence(strata, { concentration }).logE));
}

/** Counts of a phase by variant beside its weights; A/B phases have one stratum, as their weights never change. */
export function stratumOf(
  phase: PhaseRow,
  ofVariant: (variantId: number, key: string) => number,
): { observed: number[]; weights: number[] } {
  const split = controlFirst(phase);
  return {
    observed: split.map((each) => ofVariant(each.variantId, each.variant)),
    weights: split.map((each) => each.weight),
  };
}

/** Whether counts fall on the arms in other proportions than units do, however often one looks. */
export function isUneven(phase: PhaseRow, ofVariant: (variantId: number, key: string) => number): boolean {
  return logEvidence([stratumOf(phase, ofVariant)]) >= Math.log(RATIO_ALARM);
}
