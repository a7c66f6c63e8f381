/** Most points that the merged part of an exposure chart is kept in, one variant. */
export const KEPT_POINTS = 240;

/**
 * Length of the steps in which something of `spanSeconds` is drawn with at most `most` steps, one at the end apart:
 * cohorts times a power of two, so that longer steps are whole numbers of shorter ones, whoever made these.
 */
export function pointSeconds(cohortSeconds: number, spanSeconds: number, most: number): number {
  let seconds = cohortSeconds;
  while (spanSeconds > seconds * most) seconds *= 2;
  return seconds;
}
