import {
  agrestiCaffoInterval,
  deltaLift,
  fiellerSet,
  meanDifference,
  newcombeInterval,
  normalQuantile,
  type Proportion,
  proportionDifference,
  type RatioSet,
  unconditionalExactTest,
  waldDifference,
} from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, equal, exactly, share, type Theme } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const NEWCOMBE = 'full enumeration; Newcombe 1998';
/** Tables less likely than this are left out of an enumeration. */
const NEGLIGIBLE = 1e-13;

const welch: Check = {
  name: 'welch-ten-units',
  world: 'No effect, 10 normal units an arm, Welch’s test at 5 %.',
  runs: { quick: 4000, full: 200_000 },
  measure: (random, runs) => {
    const arm = () => ({ n: 10, mean: random.normal() / Math.sqrt(10), variance: random.chiSquare(9) / 9 });
    const hits = countRuns(runs, () => {
      const test = meanDifference(arm(), arm());
      return test.status === 'ok' && test.p < 0.05;
    });
    const known = equal(0.047425, 'simulated with numpy', { standardError: 0.00106 });
    return [
      share('false positives', hits, runs, known),
      share('false positives: promise', hits, runs, atMost(0.05, 'definition')),
    ];
  },
};

function binomialMasses(n: number, p: number): number[] {
  const masses = [Math.exp(n * Math.log1p(-p))];
  for (let x = 0; x < n; x++) masses.push(((masses[x] ?? 0) * (n - x) * p) / ((x + 1) * (1 - p)));
  return masses;
}

/** The probability of all tables for which something holds. */
function probabilityOf(n: number, rates: [number, number], holds: (a: Proportion, b: Proportion) => boolean): number {
  const [control = [], treatment = []] = rates.map((rate) => binomialMasses(n, rate));
  let sum = 0;
  control.forEach((p, x) => {
    treatment.forEach((q, y) => {
      if (p * q > NEGLIGIBLE && holds({ x, n }, { x: y, n })) sum += p * q;
    });
  });
  return sum;
}

const holds = (set: { lower: number; upper: number }, value: number) => set.lower <= value && value <= set.upper;

/** The test of the report: score, or exact where an arm expects fewer than five events. */
function isDefaultP(a: Proportion, b: Proportion): boolean {
  const exact = (a.x + b.x) / 2 < 5;
  const test = exact ? unconditionalExactTest(a, b) : proportionDifference(a, b);
  return test.status === 'ok' && test.p < 0.05;
}

const proportions: Check = {
  name: 'proportion-intervals',
  world:
    'Two rates, every table that can happen with its probability: how often the 95 % interval of the difference holds the truth.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    [
      { n: 100, rates: [0.05, 0.05] as [number, number], newcombe: 0.9636, wald: 0.9459, caffo: 0.9657 },
      {
        n: 100,
        rates: [0.05, 0.15] as [number, number],
        newcombe: 0.9558407601432835,
        wald: 0.9450373705149887,
        caffo: 0.9582503754056998,
      },
      {
        n: 50,
        rates: [0.02, 0.02] as [number, number],
        newcombe: 0.9976172990278044,
        wald: 0.9867082587340035,
        caffo: 0.9976172990278049,
      },
    ].flatMap(({ n, rates, newcombe, wald, caffo }) => {
      const truth = rates[1] - rates[0];
      const where = `${n} units an arm, rates ${rates.join(' and ')}`;
      const line = (name: string, value: number, covers: (a: Proportion, b: Proportion) => boolean) => {
        const known = equal(value, NEWCOMBE, { rounding: value === Number(value.toFixed(4)) ? 5e-5 : 1e-8 });
        return exactly(`${name}, ${where}`, probabilityOf(n, rates, covers), known);
      };
      return [
        line('Newcombe', newcombe, (a, b) => {
          const set = newcombeInterval(a, b);
          return 'lower' in set && holds(set, truth);
        }),
        line('Agresti–Caffo', caffo, (a, b) => {
          const set = agrestiCaffoInterval(a, b);
          return 'lower' in set && holds(set, truth);
        }),
        line('beside: Wald', wald, (a, b) => {
          const test = waldDifference(a, b);
          return test.status === 'ok' ? holds(test.interval, truth) : truth === 0;
        }),
      ];
    }),
};

const defaultTest: Check = {
  name: 'proportion-default',
  world:
    'Two equal rates: the rule of the report, which is the score test, or the exact one where an arm expects fewer than five events. Every table with its probability; and the coverage of its interval at a true difference.',
  runs: { quick: 1, full: 1 },
  measure: () => {
    const size = (n: number, rate: number, target: ReturnType<typeof atMost>) =>
      exactly(`false positives, ${n} units an arm, rate ${rate}`, probabilityOf(n, [rate, rate], isDefaultP), target);
    const covers = (a: Proportion, b: Proportion) => {
      const test = proportionDifference(a, b);
      return test.status === 'ok' && holds(test.interval, 0.1);
    };
    const score = probabilityOf(100, [0.05, 0.15], covers);
    return [
      size(50, 0.02, atMost(0.05, 'definition')),
      size(100, 0.05, atMost(0.05, 'definition')),
      // a score test keeps its level on average over rates, not at each
      size(1000, 0.01, atMost(0.0507922, 'pooled z, full enumeration')),
      exactly(
        'Miettinen–Nurminen covers, 100 units an arm, rates 0.05 and 0.15',
        score,
        atLeast(0.949, 'nominal, less a thousandth'),
      ),
    ];
  },
};

const Z = -normalQuantile(0.025);

function contains(set: RatioSet, ratio: number): boolean {
  if (set.kind === 'whole_line') return true;
  return set.kind === 'bounded' ? holds({ ...set }, ratio) : ratio <= set.below || ratio >= set.above;
}

function liftCoverage(random: RandomStream, runs: number, distance: number, lift: number) {
  let [fieller, delta] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const meanA = distance + random.normal();
    const meanB = distance * (1 + lift) + random.normal();
    const { set } = fiellerSet({ meanA, varianceOfMeanA: 1, meanB, varianceOfMeanB: 1 }, Z);
    if (contains(set, 1 + lift)) fieller += 1;
    const plain = deltaLift({ n: 2, mean: meanA, variance: 2 }, { n: 2, mean: meanB, variance: 2 });
    if (plain.status === 'ok' && holds(plain.interval, lift)) delta += 1;
  }
  return { fieller, delta };
}

const lift: Check = {
  name: 'lift-coverage',
  world:
    'The relative lift of a mean whose control lies only a few standard errors from 0: how often the 95 % set holds the truth. Unbounded sets count as sets.',
  runs: { quick: 20_000, full: 400_000 },
  measure: (random, runs) =>
    [
      { distance: 2.5, lift: 0.2, fieller: 0.9506, delta: 0.925 },
      { distance: 4, lift: 0.2, fieller: 0.95008, delta: 0.939305 },
      { distance: 4, lift: 3, fieller: 0.95008, delta: 0.92622 },
    ].flatMap((world) => {
      const found = liftCoverage(random, runs, world.distance, world.lift);
      const where = `control ${world.distance} errors from 0, lift ${world.lift}`;
      const known = { standardError: 0.0006 };
      return [
        share(
          `Fieller, ${where}`,
          found.fieller,
          runs,
          equal(world.fieller, 'simulated with numpy; Fieller 1954', known),
        ),
        share(`beside: delta method, ${where}`, found.delta, runs, equal(world.delta, 'simulated with numpy', known)),
      ];
    }),
};

export const coverage: Theme = {
  title: 'One look: false positives and coverage',
  checks: [welch, proportions, defaultTest, lift],
};
