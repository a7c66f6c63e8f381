import type { Context, Decision } from './decision.ts';
import { quietly } from './problems.ts';
import type { CallStatus } from './slot-meter.ts';

/**
 * Looks on: what it throws or rejects with stays without effect, and it cannot change a decision, for decisions are pure.
 * Each is called on the path of the request: what takes time belongs elsewhere.
 */
export interface Hook {
  /** Before a decision of `decide`, `run` or `rank`. */
  before?(about: { slot: string; context: Context }): unknown;
  /** Once it is made, and its exposure recorded. */
  after?(about: { slot: string; context: Context; decision: Decision }): unknown;
  /** When the call of `run` or `rank` is over; in an interleave phase once for each variant. Shadow calls are not told. */
  called?(about: { slot: string; unit: string | undefined; decision: Decision; call: CallReport }): unknown;
}

export interface CallReport {
  status: CallStatus;
  /** Key of the variant that answered: the champion's, where it stood in for a challenger. */
  served: string;
  ms: number;
}

/** Tells every hook, in the order given. */
export function tell<Moment extends keyof Hook>(
  hooks: readonly Hook[],
  moment: Moment,
  about: Parameters<NonNullable<Hook[Moment]>>[0],
): void {
  for (const hook of hooks) quietly(() => (hook[moment] as ((about: unknown) => unknown) | undefined)?.(about));
}
