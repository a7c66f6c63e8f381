import type { MetricReport } from '../../server/contract/report-contract.ts';
import type { SegmentReport } from '../../server/contract/segment-contract.ts';
import { normalQuantile } from '../../stats/index.ts';
import { differenceScale, differenceText, z95 } from '../metric-numbers.ts';

/** The effect among the units of one value of an attribute, in the unit that is shown. */
export type SegmentRow = {
  id: string;
  name: string;
  estimate: number;
  from: number;
  to: number;
  shrunken: number;
  /** So wide that those of all values hold together: corrected for their number (Bonferroni). */
  together: { from: number; to: number };
  text: string;
};

export function segmentRows(kind: MetricReport['kind'], { values, attribute }: SegmentReport): SegmentRow[] {
  const { factor } = differenceScale(kind);
  const critical = togetherZ(values.length);
  return values.map(({ value, estimate, standardError, shrunken }) => {
    const interval = { lower: estimate - z95 * standardError, upper: estimate + z95 * standardError };
    const text = differenceText(kind, { estimate, interval });
    const name = value ?? 'all other';
    return {
      id: `${attribute} ${value === null ? 'other' : `= ${value}`}`,
      name,
      estimate: estimate * factor,
      from: interval.lower * factor,
      to: interval.upper * factor,
      shrunken: shrunken * factor,
      together: {
        from: (estimate - critical * standardError) * factor,
        to: (estimate + critical * standardError) * factor,
      },
      text,
    };
  });
}

/** The critical value at which so many intervals hold together at 95 %. */
export const togetherZ = (values: number): number => -normalQuantile(0.025 / Math.max(1, values));

/** Holds zero, every estimate, and intervals up to three times the reach of the estimates and of the usual interval. */
export function segmentDomain(rows: readonly SegmentRow[]): [number, number] {
  const halves = rows.map(({ from, to }) => (to - from) / 2).sort((a, b) => a - b);
  const usual = halves[Math.floor((halves.length - 1) / 2)] ?? 0;
  const reach = Math.max(0, ...rows.map(({ estimate }) => Math.abs(estimate))) + 3 * usual || 1;
  const ends = [0, ...rows.flatMap(({ from, to }) => [from, to])].map((end) => Math.max(-reach, Math.min(reach, end)));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = (high - low) * 0.05;
  return [low - margin, high + margin];
}
