import type { MeanLift } from '../../../stats/index.ts';
import type { RelativeSet } from '../../contract/report-contract.ts';

export function boundedSet(lower: number, upper: number): RelativeSet {
  return { shape: 'bounded', lower, upper: Number.isFinite(upper) ? upper : null };
}

/** A half-line has one infinite end: it is shown as unbounded, as JSON has no infinity. */
export function liftSet(set: MeanLift['set']): RelativeSet {
  if (set.kind === 'bounded') return boundedSet(set.lower, set.upper);
  if (set.kind === 'whole_line') return { shape: 'unbounded' };
  if (set.below === Number.NEGATIVE_INFINITY) return { shape: 'bounded', lower: set.above, upper: null };
  if (set.above === Number.POSITIVE_INFINITY) return { shape: 'unbounded' };
  return { shape: 'outside', below: set.below, above: set.above };
}

export function relativeOf(lift: MeanLift): { estimate: number | null; set: RelativeSet; method: string } {
  return { estimate: lift.estimate, set: liftSet(lift.set), method: lift.method };
}
