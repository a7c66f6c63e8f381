import { momentsOf } from '../moments.ts';

/**
 * A covariate with missing values as covariates that the regressions take: the values, missing ones filled, and a mark
 * of what was missing.
 *
 * Input: per arm the values, `null` where unknown (a unit that is known and was idle has a true 0).
 * Output: per arm one or two lists. Filled with the mean of all known values; with the mark beside it, any constant
 * gives the same effect. Where nothing is missing the mark, which would not vary, is left out; where nothing is known
 * in either arm, so is everything.
 * Assumes: whether a value is known was settled before exposure.
 * Edges: an arm in which nothing (or everything) is missing while the other differs has a mark that does not vary there,
 * which `linDifference` answers with `undefined`.
 * Source: Zhao and Ding 2024 (missingness-indicator method in randomised experiments).
 * @throws RangeError if a known value is not finite.
 * @example
 * withMissingIndicator([1, null, 3], [2, 2]); // { control: [[1, 2, 3], [0, 1, 0]], treatment: [[2, 2], [0, 0]] }
 */
export function withMissingIndicator(
  control: readonly (number | null)[],
  treatment: readonly (number | null)[],
): { readonly control: number[][]; readonly treatment: number[][] } {
  const known = [...control, ...treatment].filter((value) => value !== null);
  const { mean } = momentsOf(known);
  if (known.length === 0) return { control: [], treatment: [] };
  const complete = known.length === control.length + treatment.length;
  const columns = (values: readonly (number | null)[]): number[][] => {
    const filled = values.map((value) => value ?? mean);
    return complete ? [filled] : [filled, values.map((value) => (value === null ? 1 : 0))];
  };
  return { control: columns(control), treatment: columns(treatment) };
}
