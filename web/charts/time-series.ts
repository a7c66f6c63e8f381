export type TimePoint = { at: Date; name: string; value: number };

/** Ends each line at `to` with its last value, so that what holds now reaches the edge of the picture. */
export function heldUntil(points: readonly TimePoint[], to: Date): TimePoint[] {
  const last = new Map<string, TimePoint>();
  for (const point of points) {
    const known = last.get(point.name);
    if (!known || point.at >= known.at) last.set(point.name, point);
  }
  return [...points, ...[...last.values()].filter(({ at }) => at < to).map((point) => ({ ...point, at: to }))];
}
