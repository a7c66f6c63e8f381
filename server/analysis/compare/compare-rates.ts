import {
  agrestiCaffoInterval,
  bernoulliDifference,
  fisherExactTest,
  newcombeInterval,
  type Proportion,
  pooledZTest,
  proportionDifference,
  proportionLift,
  type TrialTuning,
  unconditionalExactDifference,
  unconditionalExactLift,
  unconditionalExactTest,
} from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { MeasureSums } from '../report-store.ts';
import type { Answer, AtLevel, Compared, Found } from './compare-input.ts';
import { postStratifiedLines } from './post-stratified-lines.ts';
import { exactRateMargin, rateMargin } from './rate-margin.ts';
import { boundedSet } from './relative-sets.ts';
import { signedZ } from './signed-z.ts';

/** Below this many expected events, or non-events, in an arm the score test gives way to the exact one. */
const LEAST_EXPECTED = 5;

/**
 * Rates: the score test and its intervals; with few events, at a look, the exact test on the same statistic. With a band,
 * the test and intervals that hold over all looks by themselves.
 */
export function compareRates(input: AtLevel, control: MeasureSums, arm: MeasureSums): Answer {
  const counts = { control: asProportion(control), arm: asProportion(arm) };
  if (input.band) return compareByBand(input, counts, input.band);
  const expected = expectedCount(counts.control, counts.arm);
  if (expected >= LEAST_EXPECTED) return compareMany(input, counts);
  if (input.occasion === 'look') return compareFew(input, counts, expected);
  const missing = `Few events so far, ${expected.toFixed(1)} expected in an arm: the next look will test them exactly.`;
  return { missing };
}

export function asProportion(sums: MeasureSums): Proportion {
  return { x: Math.round(sums.sum), n: sums.units };
}

/** Whether there are too few events, or non-events, for anything but the exact test. */
export function hasFewEvents(control: MeasureSums, arm: MeasureSums): boolean {
  return expectedCount(asProportion(control), asProportion(arm)) < LEAST_EXPECTED;
}

/** The smallest expected count, of events or non-events, of the table if both arms shared one rate; NaN without units. */
export function expectedCount(control: Proportion, arm: Proportion): number {
  const events = control.x + arm.x;
  const rarer = Math.min(events, control.n + arm.n - events);
  return (rarer * Math.min(control.n, arm.n)) / (control.n + arm.n);
}

type Counts = NonNullable<Compared['counts']>;

function compareMany(input: AtLevel, counts: Counts): Answer {
  const { level } = input;
  const difference = proportionDifference(counts.control, counts.arm, { level });
  const lift = proportionLift(counts.control, counts.arm, { level });
  if (difference.status !== 'ok') return { missing: 'All units of both arms are alike: there is nothing to compare.' };
  return found(input, counts, {
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
    tested: { pValue: difference.p, log10P: difference.log10P, z: difference.z },
    others: [...otherLines(counts, level), ...postStratifiedLines(input, difference.standardError)],
  });
}

/** p and interval both from the exact unconditional test on the score statistic. */
function compareFew(input: AtLevel, counts: Counts, expected: number): Answer {
  const { level } = input;
  const difference = unconditionalExactDifference(counts.control, counts.arm, { level });
  const lift = unconditionalExactLift(counts.control, counts.arm, { level });
  if (difference.status !== 'ok' || difference.estimate === null) {
    const missing = `Too few units in the smaller arm: ${expected.toFixed(1)} events are expected there, at least ${LEAST_EXPECTED} are needed.`;
    return { missing };
  }
  const unpooled = proportionDifference(counts.control, counts.arm, { level });
  const { estimate, p, log10P } = difference;
  return found(input, counts, {
    difference: {
      estimate,
      standardError: unpooled.status === 'ok' ? unpooled.standardError : null,
      interval: { ...difference.interval },
      method: difference.method,
    },
    relative:
      lift.status === 'ok'
        ? { estimate: lift.estimate, set: boundedSet(lift.interval.lower, lift.interval.upper), method: lift.method }
        : null,
    tested: { pValue: p, log10P, z: signedZ(p, log10P, estimate) },
    others: [...exactLines(counts), ...otherLines(counts, level)],
  });
}

/** p, e-value and intervals from the product of both arms' beta-binomial e-processes. */
function compareByBand(input: AtLevel, counts: Counts, band: TrialTuning): Answer {
  const exact = bernoulliDifference(counts.control, counts.arm, band, { level: input.level });
  const pair = pairOf(counts);
  const estimate = pair.meanB - pair.meanA;
  const standardError = Math.sqrt(pair.varianceOfMeanA + pair.varianceOfMeanB) || null;
  const method = 'exact always-valid (beta-binomial)';
  const { interval, lift, p, log10P, logE } = exact;
  return {
    parts: {
      difference: { estimate, standardError, interval: { ...interval }, method },
      relative: {
        estimate: counts.control.x === 0 ? null : estimate / pair.meanA,
        set: boundedSet(lift.lower, lift.upper),
        method,
      },
      others: otherLines(counts, input.level),
      ...exactRateMargin(input, exact),
    },
    tested: { pValue: p, log10P, z: signedZ(p, log10P, estimate), logE },
    pair,
    counts,
  };
}

function found(
  input: AtLevel,
  counts: Counts,
  { tested, ...parts }: Pick<Comparison, 'difference' | 'relative' | 'others'> & Pick<Found, 'tested'>,
): Found {
  const { margin, warnings } = rateMargin(input, counts, parts.difference?.interval ?? null);
  return { parts: { ...parts, margin, warnings }, tested, pair: pairOf(counts), counts };
}

function pairOf({ control, arm }: Counts): NonNullable<Found['pair']> {
  const variance = ({ x, n }: Proportion) => (x / n) * ((n - x) / n / n);
  return {
    meanA: control.x / control.n,
    varianceOfMeanA: variance(control),
    meanB: arm.x / arm.n,
    varianceOfMeanB: variance(arm),
    covariance: 0,
  };
}

/** What other tools would show, for who compares with them. */
function otherLines({ control, arm }: Counts, level: number): Comparison['others'] {
  const newcombe = newcombeInterval(control, arm, { level });
  const agrestiCaffo = agrestiCaffoInterval(control, arm, { level });
  const pooled = pooledZTest(control, arm);
  return [
    ...('lower' in newcombe ? [{ method: 'Newcombe interval', pValue: null, interval: { ...newcombe } }] : []),
    ...('lower' in agrestiCaffo
      ? [{ method: 'Agresti–Caffo interval', pValue: null, interval: { ...agrestiCaffo } }]
      : []),
    ...(pooled.status === 'ok' ? [{ method: 'pooled z test', pValue: pooled.p, interval: null }] : []),
  ];
}

function exactLines({ control, arm }: Counts): Comparison['others'] {
  const fisher = fisherExactTest(control, arm);
  const boschloo = unconditionalExactTest(control, arm, 'fisher');
  return [fisher, boschloo].flatMap((each) =>
    each.status === 'ok' ? [{ method: `${each.method} test`, pValue: each.p, interval: null }] : [],
  );
}
