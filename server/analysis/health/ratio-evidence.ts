import { type SampleRatioStratum, sampleRatioEvidence } from '../../../stats/index.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { controlFirst } from '../arms.ts';

/** e-value from which an uneven split is an alarm, however often it is looked at. */
export const RATIO_ALARM = 1_000;
/**
 * Prior units behind the weights: few notice a gross mismatch in a small experiment, many a slight one in a large one.
 * The mean of their e-values is an e-value again.
 */
export const RATIO_CONCENTRATIONS = [10, 100, 1_000, 10_000];

/** Log e-value against the weights, which may be looked at all the time: over strata, each with weights of its own. */
export function logEvidence(strata: SampleRatioStratum[]): number {
  return meanEvidence(RATIO_CONCENTRATIONS.map((concentration) => sampleRatioEvidence(strata, { concentration }).logE));
}

/** Log of the mean of the e-values of all concentrations. */
export function meanEvidence(logs: number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0) / logs.length);
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
