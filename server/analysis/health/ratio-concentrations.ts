/**
 * Prior units behind the weights: few notice a gross mismatch in a small experiment, many a slight one in a large one.
 * The mean of their e-values is an e-value again.
 */
export const RATIO_CONCENTRATIONS = [10, 100, 1_000, 10_000];

/** Log of the mean of the e-values of all concentrations. */
export function meanEvidence(logs: number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - most), 0) / logs.length);
}
