import type { Comparison } from '../contract/report-contract.ts';
import type { ReportMetric } from './arms.ts';
import { EMPTY_COMPARISON } from './compare-arms.ts';
import type { LookRow } from './report-store.ts';

/** What is stored of an arm, so that the value beside a conclusion is the one it was drawn from. */
export interface LookArm {
  variant: string;
  units: number;
  value: number | null;
  standardError: number | null;
  interval: { lower: number; upper: number } | null;
  probabilityBest: number | null;
}

/** One row of `look`: a metric, a challenger, what was concluded, from what, and what later looks need of it. */
export interface LookResult {
  metricId: number;
  variantId: number;
  /** Units mature by then are in it; absent in rows of earlier releases. */
  asOf?: string;
  role: ReportMetric['role'];
  comparison: Comparison;
  control: LookArm;
  arm: LookArm;
  z: number | null;
  /** n_A n_B / (n_A + n_B) of the units compared, never less than at the look before; 0 without units. */
  information: number;
  /** Mature units at this look: the fewest over the metrics. */
  mature: number;
  /** Always valid: the variance of the effects looked for, frozen when it is first known. */
  mixingVariance: number | null;
  /** Relative effect with its error by the delta method: what past experiments are learnt from. */
  relative: { estimate: number; standardError: number } | null;
  /** Of a proxy: sampling covariance of its relative effect with that of its business metric. */
  businessCovariance: number | null;
}

/** A look that was taken, with its number. */
export interface StoredLook {
  number: number;
  at: Date;
  result: LookResult;
}

const NO_ARM = { value: null, standardError: null, interval: null, probabilityBest: null };

/** As stored; rows of the first release lack what came later. */
export function readLook({ k, at, result: stored }: LookRow): StoredLook {
  const old = stored as LookResult;
  if (old.comparison.look && old.information !== undefined) return { number: k, at, result: old };
  const [control, arm] = [
    { ...NO_ARM, ...old.control },
    { ...NO_ARM, ...old.arm },
  ];
  return {
    number: k,
    at,
    result: {
      ...old,
      comparison: { ...EMPTY_COMPARISON, ...old.comparison },
      control,
      arm,
      information: old.information ?? (control.units * arm.units) / Math.max(1, control.units + arm.units),
      mature: old.mature ?? control.units + arm.units,
      mixingVariance: old.mixingVariance ?? null,
      relative: old.relative ?? null,
      businessCovariance: old.businessCovariance ?? null,
    },
  };
}

/** The looks of a phase by number, oldest first. */
export function readLooks(rows: LookRow[]): StoredLook[] {
  return rows.map(readLook).sort((a, b) => a.number - b.number);
}

/** The last look of a phase, as far as its clock needs it; null before the first. */
export function takenLook(rows: LookRow[]): { number: number; mature: number } | null {
  const last = readLooks(rows).at(-1);
  return last ? { number: last.number, mature: last.result.mature } : null;
}
