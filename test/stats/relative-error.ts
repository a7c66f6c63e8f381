/** |actual / expected - 1|, absolute where 0 is expected. */
export function relativeError(actual: number, expected: number): number {
  return expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1);
}

/** One seed for every property: a failure is repeated by running again. */
export const PROPERTY = { seed: 20260822, numRuns: 300 } as const;
