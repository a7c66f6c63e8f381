import { type MeanSummary, meanDifference, meanLift } from '../../../stats/index.ts';
import type { MeasureSums } from '../report-store.ts';
import type { Answer, AtLevel } from './compare-input.ts';
import { meanMargin } from './mean-margin.ts';
import { postStratifiedLines } from './post-stratified-lines.ts';
import { relativeOf } from './relative-sets.ts';
import { signedZ } from './signed-z.ts';

/** Means: Welch's t, and Fieller's set by the same critical value. */
export function compareMeans(input: AtLevel, controlSums: MeasureSums, armSums: MeasureSums): Answer {
  const { level } = input;
  const [control, arm] = [asMean(controlSums), asMean(armSums)];
  const difference = meanDifference(control, arm, { level });
  if (difference.status === 'insufficient') return { missing: `Too few units: ${difference.missing}.` };
  if (difference.status === 'no_variance') {
    return { missing: 'Nothing varies within either arm: there is no error to test by.' };
  }
  const lift = meanLift(control, arm, { level });
  const { estimate, standardError, interval, method, p, log10P } = difference;
  return {
    parts: {
      difference: { estimate, standardError, interval: { ...interval }, method },
      relative: lift.status === 'ok' ? relativeOf(lift) : null,
      margin: meanMargin(input, control, arm, interval),
      others: postStratifiedLines(input, standardError),
    },
    tested: { pValue: p, log10P, z: signedZ(p, log10P, estimate) },
    pair: {
      meanA: control.mean,
      varianceOfMeanA: (control.variance ?? 0) / control.n,
      meanB: arm.mean,
      varianceOfMeanB: (arm.variance ?? 0) / arm.n,
      covariance: 0,
    },
    counts: null,
  };
}

function asMean(sums: MeasureSums): MeanSummary {
  return { n: sums.units, mean: sums.mean, variance: sums.units > 1 ? sums.m2 / (sums.units - 1) : null };
}
