import { logHypergeometricPmf } from '../special/log-mass.ts';
import { toLog10 } from '../special/log-space.ts';
import { exactLogP } from '../special/point-probability.ts';
import { missingUnits, type NoUnits, type Proportion } from './proportion.ts';

/** Exact p-values of a 2 × 2 table given its margins. */
export interface FisherTest {
  readonly status: 'ok';
  readonly method: 'Fisher exact';
  readonly p: number;
  readonly log10P: number;
  /** One-sided, against "treatment's rate is not higher" and "not lower". */
  readonly pGreater: number;
  readonly pLess: number;
}

/**
 * Fisher's exact test of two rates, two-sided by point probability.
 *
 * Input: per arm x events of n units. Output: {@link FisherTest}.
 * Error: relative 1e-11 for tables of tens of thousands, also below 1e-300 by its logarithm (mpmath, R fisher.test).
 * Assumes: both margins fixed; where they are not it is conservative.
 * Edges: no events, or nothing but events, in both arms: p = 1; an arm without units: `insufficient`.
 * Source: Fisher 1935; two-sided as R's fisher.test, with its slack of 1e-7.
 * @throws RangeError if a count is not a whole number of at least 0 or x is above n.
 * @example
 * fisherExactTest({ x: 0, n: 20 }, { x: 10, n: 10 }).p; // 3.328339160423119e-8
 */
export function fisherExactTest(control: Proportion, treatment: Proportion): FisherTest | NoUnits {
  const missing = missingUnits(control, treatment, 0.95);
  if (missing) return missing;
  const events = control.x + treatment.x;
  const units = control.n + treatment.n;
  const ratio = (x: number): number => ((treatment.n - x) / (x + 1)) * ((events - x) / (control.n - events + x + 1));
  const log = exactLogP(treatment.x, {
    low: Math.max(0, events - control.n),
    high: Math.min(treatment.n, events),
    mode: Math.floor(((treatment.n + 1) / (units + 2)) * (events + 1)),
    logMass: (x) => logHypergeometricPmf(x, treatment.n, control.n, events),
    ratio,
  });
  return {
    status: 'ok',
    method: 'Fisher exact',
    p: Math.exp(log.twoSided),
    log10P: toLog10(log.twoSided),
    pGreater: Math.exp(log.greater),
    pLess: Math.exp(log.less),
  };
}
