/** A number with its interval, in the unit that is shown; no interval: an estimate that stands alone. */
export type EstimateRow = {
  id: string;
  name: string;
  estimate: number;
  interval: { lower: number; upper: number } | null;
  colour: string;
  /** What stands beside the bar, with its unit. */
  text: string;
};

/**
 * Holds every estimate and the reference, and intervals up to six times the usual one: a single wide interval must not
 * press the others to points. Ends within `limits` where the quantity has limits.
 */
export function estimateDomain(
  rows: readonly EstimateRow[],
  reference: number | null,
  limits: { lower?: number; upper?: number } = {},
): [number, number] {
  const halves = rows
    .flatMap(({ interval }) => (interval ? [(interval.upper - interval.lower) / 2] : []))
    .sort((a, b) => a - b);
  const usual = halves[Math.floor((halves.length - 1) / 2)] ?? 0;
  const points = [...rows.map(({ estimate }) => estimate), ...(reference === null ? [] : [reference])];
  const [least, most] = [Math.min(...points), Math.max(...points)];
  const reach = Math.max(most - least, 6 * usual);
  const ends = rows.flatMap(({ interval }) => (interval ? [interval.lower, interval.upper] : []));
  const low = Math.max(least - reach, Math.min(least, ...ends));
  const high = Math.min(most + reach, Math.max(most, ...ends));
  const margin = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
  return [Math.max(limits.lower ?? -Infinity, low - margin), Math.min(limits.upper ?? Infinity, high + margin)];
}
