import {
  type MeanSummary,
  meanDifference,
  meanLift,
  type Proportion,
  proportionDifference,
  proportionLift,
  unconditionalExactDifference,
  unconditionalExactLift,
} from '../../stats/index.ts';
import type { Comparison, RelativeSet } from '../contract/report-contract.ts';
import type { Arm, ReportMetric } from './arms.ts';
import type { MeasureSums } from './report-store.ts';

/** Below this many expected events, or non-events, in an arm the score test gives way to the exact one. */
const LEAST_EXPECTED = 5;

/** Small tables are tested exactly only at a look: it takes up to a second, too long for every reading of a page. */
export type Occasion = 'reading' | 'look';
/** A comparison that says nothing yet. */
export const EMPTY_COMPARISON: Omit<Comparison, 'variant' | 'control' | 'status'> = {
  missing: null,
  lookAt: null,
  look: null,
  difference: null,
  relative: null,
  pValue: null,
  log10P: null,
  adjustedPValue: null,
  significant: null,
  simultaneous: null,
  components: [],
  adjustment: null,
  capped: null,
  margin: null,
  bayes: null,
  others: [],
  warnings: [],
};
type Numbers = Pick<Comparison, 'difference' | 'relative' | 'pValue' | 'log10P'> & { z: number | null };
type Result = { missing: string } | Numbers;

/**
 * A challenger against the control, over mature units only. Live comparisons carry no p-value: a test of fixed length
 * has none before its end.
 */
export function compareArms(
  kind: ReportMetric['kind'],
  control: Arm,
  arm: Arm,
  level: number,
  occasion: Occasion,
): { comparison: Comparison; tested: Pick<Comparison, 'pValue' | 'log10P'>; z: number | null } {
  const result = compareMature(kind, control, arm, level, occasion);
  const base = { ...EMPTY_COMPARISON, variant: arm.variant, control: control.variant };
  const untested = {};
  if ('missing' in result) {
    const { missing } = result;
    const comparison = {
      ...base,
      ...untested,
      status: 'insufficient' as const,
      missing,
      difference: null,
      relative: null,
    };
    return { comparison, tested: { pValue: null, log10P: null }, z: null };
  }
  const { pValue, log10P, z, difference, relative } = result;
  const comparison = { ...base, ...untested, status: 'live' as const, missing: null, difference, relative };
  return { comparison, tested: { pValue, log10P }, z };
}

function compareMature(kind: ReportMetric['kind'], control: Arm, arm: Arm, level: number, occasion: Occasion): Result {
  if (!control.mature || !arm.mature) {
    const empty = [control, arm].filter((each) => !each.mature).map((each) => `"${each.variant}"`);
    return { missing: `No unit of ${empty.join(' and ')} has completed its window yet.` };
  }
  return kind === 'proportion'
    ? compareRates(asProportion(control.mature), asProportion(arm.mature), level, occasion)
    : compareMeans(asMean(control.mature), asMean(arm.mature), level);
}

function compareRates(control: Proportion, arm: Proportion, level: number, occasion: Occasion): Result {
  const events = control.x + arm.x;
  const rarer = Math.min(events, control.n + arm.n - events);
  const expected = (rarer * Math.min(control.n, arm.n)) / (control.n + arm.n);
  if (expected < LEAST_EXPECTED) {
    return occasion === 'look'
      ? compareFew(control, arm, level)
      : {
          missing: `Few events so far, ${expected.toFixed(1)} expected in an arm: the final look will test them exactly.`,
        };
  }
  const difference = proportionDifference(control, arm, { level });
  const lift = proportionLift(control, arm, { level });
  if (difference.status !== 'ok') return { missing: 'All units of both arms are alike: there is nothing to compare.' };
  return {
    difference: {
      estimate: difference.estimate,
      standardError: difference.standardError,
      interval: { ...difference.interval },
      method: difference.method,
    },
    relative:
      lift.status === 'insufficient'
        ? null
        : { estimate: lift.estimate, set: boundedSet(lift.interval.lower, lift.interval.upper), method: lift.method },
    pValue: difference.p,
    log10P: difference.log10P,
    z: difference.z,
  };
}

/** p and interval both from the exact unconditional test on the score statistic. */
function compareFew(control: Proportion, arm: Proportion, level: number): Result {
  const difference = unconditionalExactDifference(control, arm, { level });
  const lift = unconditionalExactLift(control, arm, { level });
  if (difference.status !== 'ok' || difference.estimate === null) return { missing: 'Too few events to compare.' };
  const unpooled = proportionDifference(control, arm, { level });
  return {
    difference: {
      estimate: difference.estimate,
      standardError: unpooled.status === 'ok' ? unpooled.standardError : null,
      interval: { ...difference.interval },
      method: difference.method,
    },
    relative:
      lift.status === 'ok'
        ? { estimate: lift.estimate, set: boundedSet(lift.interval.lower, lift.interval.upper), method: lift.method }
        : null,
    pValue: difference.p,
    log10P: difference.log10P,
    z: null,
  };
}

function compareMeans(control: MeanSummary, arm: MeanSummary, level: number): Result {
  const difference = meanDifference(control, arm, { level });
  const lift = meanLift(control, arm, { level });
  if (difference.status === 'insufficient') return { missing: `Too few units: ${difference.missing}.` };
  if (difference.status === 'no_variance')
    return { missing: 'Nothing varies within either arm: there is no error to test by.' };
  return {
    difference: {
      estimate: difference.estimate,
      standardError: difference.standardError,
      interval: { ...difference.interval },
      method: difference.method,
    },
    relative: lift.status === 'ok' ? { estimate: lift.estimate, set: liftSet(lift.set), method: lift.method } : null,
    pValue: difference.p,
    log10P: difference.log10P,
    z: difference.statistic,
  };
}

function boundedSet(lower: number, upper: number): RelativeSet {
  return { shape: 'bounded', lower, upper: Number.isFinite(upper) ? upper : null };
}

function liftSet(set: Extract<ReturnType<typeof meanLift>, { status: 'ok' }>['set']): RelativeSet {
  if (set.kind === 'bounded') return boundedSet(set.lower, set.upper);
  if (set.kind === 'outside') return { shape: 'outside', below: set.below, above: set.above };
  return { shape: 'unbounded' };
}

function asProportion(sums: MeasureSums): Proportion {
  return { x: Math.round(sums.sum), n: sums.units };
}

function asMean(sums: MeasureSums): MeanSummary {
  return { n: sums.units, mean: sums.mean, variance: sums.units > 1 ? sums.m2 / (sums.units - 1) : 0 };
}
