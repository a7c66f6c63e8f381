import type { IntervalGroup, Scale, Stretch } from './interval-rows.ts';

/** What reaches this many times farther than the upper quarter is cut at the edge, lest one row flatten the others. */
const farthest = 4;

/** An axis in the unit that is shown: holds zero, every usual interval and estimate, and margins that are not far away. */
export function liftDomain(groups: readonly IntervalGroup[]): [number, number] {
  const rows = groups.flatMap((group) => group.rows);
  const ends = rows.map(({ stretches, estimate, simultaneous }) =>
    [estimate, ...[...stretches, ...(simultaneous ? [simultaneous] : [])].flatMap(({ from, to }) => [from, to])].filter(
      (end) => end !== null,
    ),
  );
  const reaches = ends.map((values) => Math.max(0, ...values.map(Math.abs))).sort((a, b) => a - b);
  const usual = reaches[Math.floor((reaches.length - 1) * 0.75)] ?? 0;
  const margins = groups.flatMap(({ margin }) => (margin === null ? [] : [margin]));
  const limit = usual * farthest || Math.max(0, ...margins.map(Math.abs)) * 2 || 1;
  const kept = [0, ...ends.flat(), ...margins].map((end) => Math.max(-limit, Math.min(limit, end)));
  const low = Math.min(...kept);
  const high = Math.max(...kept);
  const margin = (high - low) * 0.06 || 0.05;
  return [low - margin, high + margin];
}

/**
 * Places of a picture: of a value by its metric's size. Percent share one axis, of size 1; differences are each drawn by
 * the size of their own metric, with zero at one place for all.
 */
export type Axis = { domain: [number, number]; sizes: number[] };

export function intervalAxis(groups: readonly IntervalGroup[], scale: Scale): Axis {
  if (scale === 'relative') return { domain: liftDomain(groups), sizes: groups.map(() => 1) };
  const domains = groups.map((group) => liftDomain([group]));
  const sizes = domains.map(([low, high]) => Math.max(-low, high));
  const part = (side: 0 | 1) => domains.map((domain, place) => domain[side] / (sizes[place] ?? 1));
  return { domain: [Math.min(-0.2, ...part(0)), Math.max(0.2, ...part(1))], sizes };
}

/** Whether an end that exists lies outside the axis. */
export const isCut = ({ from, to }: Stretch, [low, high]: readonly [number, number]): boolean =>
  (from !== null && from < low) || (to !== null && to > high);

export type DrawnStretch = { from: number; to: number; openLeft: boolean; openRight: boolean };

/** The part of a stretch inside the axis; an open side continues beyond the edge. */
export function clip({ from, to }: Stretch, [low, high]: readonly [number, number]): DrawnStretch {
  const left = from ?? Number.NEGATIVE_INFINITY;
  const right = to ?? Number.POSITIVE_INFINITY;
  return {
    from: Math.min(Math.max(left, low), high),
    to: Math.max(Math.min(right, high), low),
    openLeft: left < low,
    openRight: right > high,
  };
}

/** Round numbers inside an axis, zero among them, about so many. */
export function roundTicks([low, high]: readonly [number, number], about: number): number[] {
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((each) => each * power >= raw) ?? 10) * power;
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}
