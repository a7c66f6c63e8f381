import { type MeanTest, meanTest, type NoVariance } from './mean-test.ts';

/** As `meanTest`, for estimates whose squares may overflow: these are refused, as values that large are no metric. */
export function finiteTest(
  method: string,
  estimate: number,
  squaredError: number,
  df: number,
  level: number,
): MeanTest | NoVariance {
  if (!Number.isFinite(estimate) || !Number.isFinite(squaredError)) {
    throw new RangeError(`values must have a finite difference and error, got ${estimate} and ${squaredError}`);
  }
  if (squaredError > 0 && !(df > 0)) {
    throw new RangeError(`values must give degrees of freedom above 0, got ${df}`);
  }
  return meanTest(method, estimate, squaredError, df, level);
}
