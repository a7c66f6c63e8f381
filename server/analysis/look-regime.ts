import { mixingVarianceForEffect, type Proportion } from '../../stats/index.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { armValue } from './compare/arm-value.ts';
import { asProportion, expectedCount } from './compare/compare-rates.ts';
import { EXACT_SHARE } from './look-bounds.ts';
import type { LookInput } from './look-input.ts';
import type { LookArm, StoredLook } from './look-result.ts';
import { clusterOf } from './unit-job/needs-unit-job.ts';

/** Below this many expected events, or non-events, in an arm the normal mixture gives way to the exact band of rates. */
const LEAST_EXPECTED = 25;
/** Critical z of a band where it is narrowest, at an error probability of 5 %. */
const NARROWEST_Z = 3.03;

/** By what an always-valid look compares, and its part of the alpha for such looks. */
export interface RateRegime {
  exact: boolean;
  share: number;
}

type Counts = { control: Proportion; arm: Proportion };

/**
 * A comparison of rates whose first always-valid look has few events shares its alpha: to the exact band while there are
 * few, the rest to the normal mixture. Any other has the normal mixture with all of it, at all looks.
 */
export function rateRegime(input: LookInput): RateRegime {
  const counts = rateCounts(input);
  const first = input.earlier.find(({ result }) => result.comparison.look?.rule === 'always_valid');
  if (!counts || !isFew(first ? countsThen(first) : counts)) return { exact: false, share: 1 };
  const exact = isFew(counts);
  return { exact, share: exact ? EXACT_SHARE : 1 - EXACT_SHARE };
}

/** Counts of what may be tested as a rate; null for other kinds and for units randomised together. */
function rateCounts({ metric, control, arm, current }: LookInput): Counts | null {
  if (metric.kind !== 'proportion' || clusterOf(current) !== null) return null;
  const countsOf = ({ mature }: LookInput['arm']) => (mature ? asProportion(mature) : { x: 0, n: 0 });
  return { control: countsOf(control), arm: countsOf(arm) };
}

function countsThen({ result }: StoredLook): Counts {
  const countsOf = ({ value, units }: LookArm) => ({ x: Math.round((value ?? 0) * units), n: units });
  return { control: countsOf(result.control), arm: countsOf(result.arm) };
}

/** Without units too. */
function isFew({ control, arm }: Counts): boolean {
  return !(expectedCount(control, arm) >= LEAST_EXPECTED);
}

/**
 * The size of the control's value, to which the effect looked for is relative: of a rank metric 1/2; of a rate in whose
 * control all units are alike the rate of both arms; 0 where there is none.
 */
export function sizeOfControl(input: LookInput): number {
  const { metric, control: arm, rows } = input;
  if (metric.kind === 'rank') return 0.5;
  const counts = rateCounts(input);
  if (!counts) return Math.abs(armValue(metric, arm, rows).value ?? 0);
  const rate = ({ x, n }: Proportion) => (0 < x && x < n ? x / n : 0);
  const { control, arm: challenger } = counts;
  return rate(control) || rate({ x: control.x + challenger.x, n: control.n + challenger.n });
}

/**
 * Trials per arm that the exact band is tuned to: at which its half-width is the effect looked for, or at which it is no
 * longer needed, whichever comes first. From the variance frozen at the first look, so that it stays.
 */
export function bandTrials({ plan }: PhaseRow, mixingVariance: number): number {
  const effect = plan.minimumEffect ?? 1;
  const rate = Math.sqrt(mixingVariance / mixingVarianceForEffect(effect, 1 - plan.level));
  const detecting = (2 * NARROWEST_Z ** 2 * (1 - rate)) / (effect * effect * rate);
  return Math.min(detecting, LEAST_EXPECTED / Math.min(rate, 1 - rate));
}
