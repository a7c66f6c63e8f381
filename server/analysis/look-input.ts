import type { PhaseRow } from '../experiments/experiment-store.ts';
import type { Arm, ReportMetric } from './arms.ts';
import type { DueLook } from './look-clock.ts';
import type { StoredLook } from './look-result.ts';
import type { PastEffects } from './past-effects.ts';
import type { ReportRows } from './report-store.ts';

/** One comparison at a look that is due. */
export interface LookInput {
  metric: ReportMetric;
  control: Arm;
  arm: Arm;
  rows: ReportRows;
  current: PhaseRow;
  due: DueLook;
  /** Looks at this comparison, oldest first. */
  earlier: StoredLook[];
  mature: number;
  now: Date;
  views: boolean;
  past: PastEffects | null;
}
