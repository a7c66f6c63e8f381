import {
  groupSequentialBoundary,
  groupSequentialCrossing,
  handOverBoundary,
  normalMixtureTest,
  normalQuantile,
  type SpendingFunction,
} from '../../stats/index.ts';
import { atLeast, atMost, type Check, countRuns, equal, exactly, share, type Theme } from './check.ts';
import type { RandomStream } from './random-stream.ts';

const ARMITAGE = 'Armitage, McPherson, Rowe 1969; recursion checked against mvtnorm';
const Z_95 = -normalQuantile(0.025);
/** Expected z at the end of a test with power 0.8. */
export const DRIFT = Z_95 + normalQuantile(0.8);

/** n looks at equal steps of information, the last at 1. */
export function equalLooks(n: number): number[] {
  return Array.from({ length: n }, (_, k) => (k + 1) / n);
}

function constant(z: number, n: number): number[] {
  return Array.from({ length: n }, () => z);
}

/** The bound of |z| of the normal mixture that is narrowest at `tunedTo`, in the unit of the times. */
export function mixtureBounds(times: readonly number[], tunedTo: number, level = 0.95): number[] {
  const log = -2 * Math.log(1 - level);
  const rho = (log + Math.log1p(log)) / tunedTo;
  return times.map((n) => normalMixtureTest({ estimate: 0, variance: 1, mixingVariance: n * rho, level }).criticalZ);
}

const peeking: Check = {
  name: 'peeking-exact',
  world:
    'No effect, looks at equal steps, stopping at the first |z| above 1.96: what happens to people who look at a test of fixed length. By integration.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    [
      [5, 0.1416893325909635],
      [10, 0.1934],
      [14, 0.2196459983611256],
      [28, 0.2746815911608479],
      [100, 0.37361873903939785],
    ].map(([looks = 0, value = 0]) => {
      const found = groupSequentialCrossing(constant(Z_95, looks), equalLooks(looks), { sides: 2 }).overall;
      const rounding = looks === 10 ? 5e-5 : 1e-5;
      return exactly(`beside: ${looks} looks`, found, equal(value, ARMITAGE, { rounding }));
    }),
};

const SPENDING: [string, SpendingFunction][] = [
  ['O’Brien–Fleming', { type: 'obrien_fleming' }],
  ['Pocock', { type: 'pocock' }],
  ['power 2', { type: 'power', rho: 2 }],
  ['Hwang–Shih–DeCani −4', { type: 'hwang_shih_decani', gamma: -4 }],
];

const spending: Check = {
  name: 'spending-exact',
  world: 'No effect, group-sequential bounds: all the error probability is spent, never more. By integration.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    SPENDING.flatMap(([name, shape]) =>
      [1, 5, 14, 28].map((looks) => {
        const times = equalLooks(looks);
        const { z } = groupSequentialBoundary(shape, times);
        const found = groupSequentialCrossing(z, times, { sides: 2 }).overall;
        return exactly(`${name}, ${looks} looks`, found, equal(0.05, 'definition', { rounding: 1e-8 }));
      }),
    ),
};

/** The share of Brownian paths without drift, seen at `times`, that reach a bound. */
function crossings(random: RandomStream, runs: number, times: readonly number[], bounds: readonly number[]): number {
  const steps = times.map((time, k) => Math.sqrt(time - (times[k - 1] ?? 0)));
  const walls = times.map((time, k) => (bounds[k] ?? Number.POSITIVE_INFINITY) * Math.sqrt(time));
  return countRuns(runs, () => {
    let path = 0;
    for (let k = 0; k < steps.length; k++) {
      path += (steps[k] ?? 0) * random.normal();
      if (Math.abs(path) >= (walls[k] ?? 0)) return true;
    }
    return false;
  });
}

function geometricLooks(last: number, count: number): number[] {
  const looks = Array.from({ length: count }, (_, k) => Math.round(last ** ((k + 1) / count)));
  return [...new Set(looks)].filter((n) => n >= 1);
}

const mixture: Check = {
  name: 'always-valid-band',
  world:
    'No effect, the always-valid band tuned to 5 000 units. 14 equal looks by integration; about 2 000 looks at geometric steps by simulation.',
  runs: { quick: 1000, full: 20_000 },
  measure: (random, runs) => {
    const few = equalLooks(14).map((share) => share * 1e5);
    const exact = groupSequentialCrossing(mixtureBounds(few, 5000), few, { sides: 2 }).overall;
    const dense = (last: number) => {
      const looks = geometricLooks(last, 2000);
      return crossings(random, runs, looks, mixtureBounds(looks, 5000));
    };
    const [medium, long] = [dense(1e5), dense(1e7)];
    const source = 'Howard et al. 2021; simulated with numpy';
    return [
      exactly('14 looks up to 100 000 units', exact, equal(0.0096, 'recursion', { rounding: 5e-5 })),
      share('2 000 looks up to 100 000', medium, runs, equal(0.03695, source, { standardError: 0.00133 })),
      share('2 000 looks up to 10 million', long, runs, equal(0.045, source, { standardError: 0.0015 })),
      share('2 000 looks up to 10 million: promise', long, runs, atMost(0.05, 'definition')),
    ];
  },
};

const handOver: Check = {
  name: 'hand-over',
  world:
    'No effect; group-sequential looks up to the planned maximum (14), then the always-valid band at each growth by 2 %, up to a hundred times the maximum.',
  runs: { quick: 2000, full: 100_000 },
  measure: (random, runs) => {
    const after = Array.from({ length: 233 }, (_, k) => 1.02 ** (k + 1));
    const times = [...equalLooks(14), ...after];
    const split = handOverBoundary(times).z;
    const full = handOverBoundary(times, { alphaPlanned: 0.05, alphaAfter: 0.05 - 1e-9 }).z;
    const planned = groupSequentialCrossing(split.slice(0, 14), equalLooks(14), { sides: 2 }).overall;
    return [
      exactly('up to the maximum', planned, equal(0.045, 'definition', { rounding: 1e-8 })),
      share('with all that follow', crossings(random, runs, times, split), runs, atMost(0.05, 'union bound')),
      share(
        'beside: the full 5 % on both',
        crossings(random, runs, times, full),
        runs,
        atLeast(0.0505, 'simulated before: 5.7 %'),
      ),
    ];
  },
};

const chanceToWin: Check = {
  name: 'chance-to-win',
  world:
    'No effect, flat prior, stopping when "95 % likely better" or "95 % likely worse" comes up. By integration. The report shows this cost beside its Bayesian view and never decides by it.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    [
      [1, 0.1, 0],
      [14, 0.3816095451784155, 1e-5],
      [28, 0.461, 5e-4],
    ].map(([looks = 0, value = 0, rounding = 0]) => {
      const found = groupSequentialCrossing(constant(normalQuantile(0.95), looks), equalLooks(looks), { sides: 2 });
      return exactly(`beside: ${looks} looks`, found.overall, equal(value, 'recursion', { rounding }));
    }),
};

/** Looks; power of O’Brien–Fleming, Pocock, always valid tuned to half the end, Bonferroni; digits of the source. */
const POWERS: [number, number, number, number, number, number][] = [
  [5, 0.7902929693485519, 0.7152543420229036, 0.44982093964876185, 0.6475028733943936, 1e-6],
  // printed to three digits, some cut off
  [14, 0.783, 0.697, 0.484, 0.545, 1e-3],
  [28, 0.780743993600689, 0.6918301971740863, 0.501301413976375, 0.47521626188532046, 1e-6],
];

const power: Check = {
  name: 'power-by-rule',
  world:
    'An effect that a test of fixed length finds with probability 0.8, seen at equal looks: what each rule keeps of it. By integration.',
  runs: { quick: 1, full: 1 },
  measure: () =>
    POWERS.flatMap(([looks, obrien, pocock, mixed, bonferroni, rounding]) => {
      const times = equalLooks(looks);
      const found = (label: string, z: readonly number[], value: number) => {
        const { upper } = groupSequentialCrossing(z, times, { sides: 2, drift: DRIFT });
        return exactly(
          `${label}, ${looks} looks`,
          upper.reduce((sum, p) => sum + p, 0), // in the right direction
          equal(value, 'recursion checked against mvtnorm', { rounding }),
        );
      };
      return [
        found('O’Brien–Fleming', groupSequentialBoundary({ type: 'obrien_fleming' }, times).z, obrien),
        found('Pocock', groupSequentialBoundary({ type: 'pocock' }, times).z, pocock),
        found('always valid', mixtureBounds(times, 0.5), mixed),
        found('beside: Bonferroni over looks', constant(-normalQuantile(0.025 / looks), looks), bonferroni),
      ];
    }),
};

export const looking: Theme = {
  title: 'Looking more than once',
  checks: [peeking, spending, mixture, handOver, chanceToWin, power],
};
