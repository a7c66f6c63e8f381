import fc from 'fast-check';
import {
  ancovaDifference,
  asymptoticSequence,
  brunnerMunzel,
  type Cluster,
  clusterDifference,
  coMomentsOf,
  cupedDifference,
  type Interval,
  linDifference,
  meanDifference,
  meanSummary,
  momentsOf,
  normalMixtureTest,
  pairedDifference,
  pooledMeanDifference,
  postStratifiedDifference,
  type RatioSet,
  ratioCuped,
  ratioDifference,
  repeatedTest,
  zMeanDifference,
} from '../../stats/index.ts';

/** Units of an arm: an outcome, a denominator above 0, and the same two from before. */
export type Arm = readonly { readonly y: number; readonly d: number; readonly x: number; readonly w: number }[];

/** What the methods have in common: effects on the scale of the outcome, with a test of no difference. */
export interface Answer {
  readonly estimate: number;
  readonly p: number;
  readonly interval: Interval;
  /** The relative view of the same test, where the method has one. */
  readonly set?: RatioSet;
}

type TwoArms = (control: Arm, treatment: Arm, level: number) => Answer | null;

const columnsOf = (arm: Arm, keys: readonly ('y' | 'd' | 'x' | 'w')[]): number[][] =>
  keys.map((key) => arm.map((unit) => unit[key]));
const sumsOf = (arm: Arm, keys: readonly ('y' | 'd' | 'x' | 'w')[]) => coMomentsOf(columnsOf(arm, keys));
const summaryOf = (arm: Arm) => meanSummary(momentsOf(arm.map(({ y }) => y)));
const rowsOf = (arm: Arm) => ({ outcome: arm.map(({ y }) => y), covariates: [arm.map(({ x }) => x)] });
/** Every three units are a cluster. */
const clustersIn = (arm: Arm, name: 'control' | 'treatment'): Cluster[] =>
  Array.from({ length: Math.ceil(arm.length / 3) }, (_, k) => ({
    [name]: momentsOf(arm.slice(3 * k, 3 * k + 3).map(({ y }) => y)),
  }));

function ok(
  answer:
    | { status: 'ok'; estimate: number; p: number; interval: Interval; lift?: { set: RatioSet } }
    | { status: 'insufficient' | 'no_variance' | 'undefined' },
): Answer | null {
  if (answer.status !== 'ok') return null;
  const { estimate, p, interval, lift } = answer;
  return lift ? { estimate, p, interval, set: lift.set } : { estimate, p, interval };
}

function sequenceOf(control: Arm, treatment: Arm) {
  const test = zMeanDifference(summaryOf(control), summaryOf(treatment));
  return test.status === 'ok' ? test : null;
}

export const METHODS: Readonly<Record<string, TwoArms>> = {
  Welch: (a, b, level) => ok(meanDifference(summaryOf(a), summaryOf(b), { level })),
  Student: (a, b, level) => ok(pooledMeanDifference(summaryOf(a), summaryOf(b), { level })),
  z: (a, b, level) => ok(zMeanDifference(summaryOf(a), summaryOf(b), { level })),
  paired: (a, b, level) => {
    const n = Math.min(a.length, b.length);
    const column = (arm: Arm): number[] => arm.slice(0, n).map(({ y }) => y);
    return ok(pairedDifference(column(a), column(b), { level }));
  },
  ratio: (a, b, level) => ok(ratioDifference(sumsOf(a, ['y', 'd']), sumsOf(b, ['y', 'd']), { level })),
  'ratio CUPED': (a, b, level) =>
    ok(ratioCuped(sumsOf(a, ['y', 'd', 'x', 'w']), sumsOf(b, ['y', 'd', 'x', 'w']), { level })),
  CUPED: (a, b, level) => ok(cupedDifference(sumsOf(a, ['y', 'x']), sumsOf(b, ['y', 'x']), { level })),
  ANCOVA: (a, b, level) => ok(ancovaDifference(rowsOf(a), rowsOf(b), { level })),
  Lin: (a, b, level) => ok(linDifference(rowsOf(a), rowsOf(b), { level })),
  clusters: (a, b, level) =>
    ok(clusterDifference([...clustersIn(a, 'control'), ...clustersIn(b, 'treatment')], { level })),
  'post-stratified': (a, b, level) => {
    const half = (arm: Arm, odd: boolean): Arm => arm.filter((_, i) => i % 2 === Number(odd));
    const strata = [false, true].map((odd) => ({
      control: summaryOf(half(a, odd)),
      treatment: summaryOf(half(b, odd)),
    }));
    return ok(postStratifiedDifference(strata, { level }));
  },
  'always-valid': (a, b, level) => {
    const test = sequenceOf(a, b);
    if (!test) return null;
    const { estimate, standardError } = test;
    return {
      estimate,
      ...asymptoticSequence({ estimate, standardError, n: a.length + b.length, tunedTo: 20, level }),
    };
  },
  'normal mixture': (a, b, level) => {
    const test = sequenceOf(a, b);
    if (!test) return null;
    const { estimate, standardError } = test;
    return { estimate, ...normalMixtureTest({ estimate, variance: standardError ** 2, mixingVariance: 4, level }) };
  },
  'group-sequential': (a, b, level) => {
    const test = sequenceOf(a, b);
    return (
      test && {
        estimate: test.estimate,
        ...repeatedTest({ type: 'obrien_fleming' }, [0.4, 0.7], test, { alpha: 1 - level }),
      }
    );
  },
  'Brunner–Munzel': (a, b, level) => {
    const column = (arm: Arm): number[] => arm.map(({ y }) => y);
    const test = brunnerMunzel(column(a), column(b), { level });
    if (test.status !== 'ok') return null;
    const { lower, upper } = test.interval;
    return {
      estimate: test.superiority - 0.5,
      p: test.p,
      interval: { lower: lower - 0.5, upper: upper - 0.5 },
    };
  },
};

const unit = fc.record({
  y: fc.integer({ min: 0, max: 12 }),
  d: fc.integer({ min: 1, max: 5 }),
  x: fc.integer({ min: 0, max: 9 }),
  w: fc.integer({ min: 1, max: 4 }),
});

/** Two arms whose effect is anything from nothing to clear. */
export const twoArms = fc
  .tuple(
    fc.array(unit, { minLength: 6, maxLength: 15 }),
    fc.array(unit, { minLength: 6, maxLength: 15 }),
    fc.nat({ max: 10 }),
  )
  .map(([control, raw, shift]): [Arm, Arm] => [control, raw.map((one) => ({ ...one, y: one.y + shift }))]);

export const levels = fc.constantFrom(0.8, 0.9, 0.95, 0.99);
