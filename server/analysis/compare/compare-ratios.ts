import { type CoMoments, type MeanDifference, type RatioTest, ratioDifference } from '../../../stats/index.ts';
import type { Comparison } from '../../contract/report-contract.ts';
import type { Arm, ReportMetric } from '../arms.ts';
import type { Answer, AtLevel } from './compare-input.ts';
import { linearMargin } from './linear-margin.ts';
import { relativeOf } from './relative-sets.ts';
import { signedZ } from './signed-z.ts';

/** Ratios of sums by the delta method over all units, those with a denominator of 0 included. */
export function compareRatios(input: AtLevel): Answer {
  const { level, metric } = input;
  const [control, arm] = [coMomentsOfArm(input.control), coMomentsOfArm(input.arm)];
  if (!control || !arm) return { missing: 'The sums behind this ratio are not there yet.' };
  const test = ratioDifference(control, arm, { level });
  if (test.status === 'insufficient') return { missing: `Too few units: ${test.missing}.` };
  if (test.status === 'undefined') return { missing: `The ratio is not defined: ${test.reason}.` };
  if (test.status === 'no_variance') {
    return { missing: 'The ratio does not vary within either arm: there is no error to test by.' };
  }
  const { estimate, standardError, degreesOfFreedom, interval, p, log10P } = test;
  const pair = {
    meanA: test.control.ratio,
    varianceOfMeanA: test.control.varianceOfRatio,
    meanB: test.treatment.ratio,
    varianceOfMeanB: test.treatment.varianceOfRatio,
    covariance: 0,
  };
  return {
    parts: {
      difference: { estimate, standardError, interval: { ...interval }, method: `Welch t, ${test.method}` },
      relative: relativeOf(test.lift),
      components: componentsOf(metric, test),
      margin: linearMargin(input, { estimate, standardError, degreesOfFreedom, interval, pair }),
    },
    tested: { pValue: p, log10P, z: signedZ(p, log10P, estimate) },
    pair,
    counts: null,
  };
}

/** Numerator and denominator of an arm over its mature units. */
export function coMomentsOfArm({ mature, denominator }: Arm): CoMoments | null {
  const below = denominator?.mature;
  const product = denominator?.product;
  if (!mature || !below || !product) return null;
  return {
    n: mature.units,
    means: [mature.mean, below.mean],
    products: [
      [mature.m2, product.m11],
      [product.m11, below.m2],
    ],
  };
}

/** Effects on numerator and denominator, as they are, whatever made the test of the ratio; none for other kinds. */
export function ratioComponents({ metric, control, arm, level }: AtLevel): Comparison['components'] {
  const [below, above] = [coMomentsOfArm(control), coMomentsOfArm(arm)];
  if (metric.kind !== 'ratio' || !below || !above) return [];
  const test = ratioDifference(below, above, { level });
  return test.status === 'ok' ? componentsOf(metric, test) : [];
}

function componentsOf(metric: ReportMetric, test: RatioTest): Comparison['components'] {
  const part = (name: string, effect: MeanDifference, control: number) =>
    effect.status === 'insufficient'
      ? []
      : [
          {
            name,
            estimate: effect.estimate,
            interval: effect.status === 'ok' ? { ...effect.interval } : null,
            control,
          },
        ];
  return [
    ...part(perUnit(metric.aggregate, metric.outcome), test.numerator, test.control.numeratorMean),
    ...part(
      perUnit(metric.denominatorAggregate ?? 'sum', metric.denominatorOutcome ?? ''),
      test.denominator,
      test.control.denominatorMean,
    ),
  ];
}

const MEASURED = { any: 'units with', sum: 'sum of', count: 'count of' } as const;

function perUnit(aggregate: keyof typeof MEASURED, outcome: string): string {
  return `${MEASURED[aggregate]} ${outcome} per unit`;
}
