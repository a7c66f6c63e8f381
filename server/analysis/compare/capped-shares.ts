import { proportionDifference } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';

/** Units of one arm, and how many of them lie beyond a cap. */
export interface CappedArm {
  variant: string;
  units: number;
  capped: number;
}

/** Beyond this p the shares of capped units are said to differ. */
const DIFFERENT = 0.01;

/** The share of each arm beyond its caps, and what is to be said when they differ: that difference is itself a finding. */
export function cappedShares(
  limits: { lower: number | null; upper: number | null },
  control: CappedArm,
  arm: CappedArm,
): { capped: NonNullable<Comparison['capped']>; warnings: string[] } {
  const share = ({ capped, units }: CappedArm) => capped / (units || 1);
  const capped = { ...limits, shareControl: share(control), shareVariant: share(arm) };
  const count = (each: CappedArm) => ({ x: each.capped, n: each.units });
  const difference = proportionDifference(count(control), count(arm));
  if (difference.status !== 'ok' || difference.p >= DIFFERENT) return { capped, warnings: [] };
  const percent = (each: CappedArm) => `${(100 * share(each)).toFixed(1)} %`;
  return {
    capped,
    warnings: [
      `${percent(control)} of the units of "${control.variant}" and ${percent(arm)} of "${arm.variant}" lie beyond the cap: what differs there is cut off.`,
    ],
  };
}
