import type { LegendEntry } from './chart-picture.ts';
import { dashOf, pointsOf } from './variant-marks.ts';

/** What stands for a variant in the drawing: its line with its dash, or its dot with its shape. */
export function LegendMark({ entry: { colour, mark } }: { entry: LegendEntry }) {
  if (mark === 'line') {
    return (
      <svg width={26} height={10} aria-hidden="true" style={{ flex: 'none' }}>
        <path d="M0 5h26" stroke={colour} strokeWidth={2.5} strokeDasharray={dashOf(colour) || undefined} />
      </svg>
    );
  }
  const points = mark === 'dot' ? pointsOf(colour, 6, 6, 5) : null;
  return (
    <svg width={12} height={12} aria-hidden="true" style={{ flex: 'none' }}>
      {points === null ? <circle cx={6} cy={6} r={5} fill={colour} /> : <polygon points={points} fill={colour} />}
    </svg>
  );
}
