import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bernoulliDifference, betaBinomialEValue, type Proportion, type TrialTuning } from '../../stats/index.ts';
import { PROPERTY } from './relative-error.ts';

/** Evidence of one arm against a rate, by the public function for a stated rate. */
function against({ x, n }: Proportion, p0: number, { tunedTo, alphaOpt = 0.05 }: TrialTuning): number {
  const twice = -2 * Math.log(alphaOpt);
  const prior = Math.max(tunedTo / (twice + Math.log1p(twice)) - 1, 1e-3);
  return betaBinomialEValue({ successes: x, failures: n - x, p0, priorA: prior * p0, priorB: prior * (1 - p0) }).logE;
}

/** The least evidence on a fine grid of pairs (control's rate, its image), denser towards the ends of the line. */
function bruteForce(
  a: Proportion,
  b: Proportion,
  tuning: TrialTuning,
  [from, to]: readonly [number, number],
  image: (p: number) => number,
): number {
  const parts = 20_000;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 1; k < parts; k++) {
    const p = from + ((to - from) * (1 - Math.cos((Math.PI * k) / parts))) / 2;
    least = Math.min(least, against(a, p, tuning) + against(b, image(p), tuning));
  }
  return least;
}

const arm = fc.integer({ min: 1, max: 80 }).chain((n) => fc.nat({ max: n }).map((x) => ({ x, n })));
const tunings = fc.double({ min: 1, max: 1000, noNaN: true }).map((tunedTo) => ({ tunedTo }));
const levels = fc.constantFrom(0.5, 0.8, 0.95, 0.995);

describe('the exact always-valid comparison of two rates', () => {
  it('takes the least evidence over all pairs of rates', () => {
    const tuning = { tunedTo: 60, alphaOpt: 0.01 };
    for (const [x, n, y, m] of [
      [3, 40, 15, 40],
      [0, 30, 9, 25],
      [1, 50, 20, 45],
      [38, 40, 20, 40],
      [7, 7, 2, 9],
    ] as const) {
      const [a, b] = [
        { x, n },
        { x: y, n: m },
      ];
      const { logE, interval, lift } = bernoulliDifference(a, b, tuning, { level: 0.9 });
      const grid = bruteForce(a, b, tuning, [0, 1], (p) => p);
      expect(logE).toBeLessThanOrEqual(grid + 1e-12);
      expect(grid - logE).toBeLessThan(1e-5);
      for (const end of [interval.lower, interval.upper].filter((each) => Math.abs(each) < 1)) {
        const line = [Math.max(0, -end), Math.min(1, 1 - end)] as const;
        expect(bruteForce(a, b, tuning, line, (p) => p + end)).toBeCloseTo(-Math.log(0.1), 4);
      }
      for (const end of [lift.lower, lift.upper].filter((each) => each > -1 && each < 20)) {
        const ray = [0, Math.min(1, 1 / (1 + end))] as const;
        expect(bruteForce(a, b, tuning, ray, (p) => p * (1 + end))).toBeCloseTo(-Math.log(0.1), 4);
      }
    }
  });

  it('p is below 1 - level exactly when the interval excludes 0, and when the lift does', () => {
    let significant = 0;
    fc.assert(
      fc.property(arm, arm, tunings, levels, (a, b, tuning, level) => {
        const { p, interval, lift } = bernoulliDifference(a, b, tuning, { level });
        fc.pre(Math.abs(p - (1 - level)) > 1e-9);
        const rejects = p < 1 - level;
        significant += Number(rejects);
        expect(interval.lower > 0 || interval.upper < 0).toBe(rejects);
        expect(lift.lower > 0 || lift.upper < 0).toBe(rejects);
        const estimate = b.x / b.n - a.x / a.n;
        expect(interval.lower).toBeLessThanOrEqual(estimate + 1e-12);
        expect(interval.upper).toBeGreaterThanOrEqual(estimate - 1e-12);
      }),
      PROPERTY,
    );
    expect(significant).toBeGreaterThan(50);
  });

  it('swapping arms mirrors it, and so does counting what did not happen', () => {
    fc.assert(
      fc.property(arm, arm, tunings, levels, (a, b, tuning, level) => {
        const one = bernoulliDifference(a, b, tuning, { level });
        const not = ({ x, n }: Proportion) => ({ x: n - x, n });
        for (const other of [
          bernoulliDifference(b, a, tuning, { level }),
          bernoulliDifference(not(a), not(b), tuning, { level }),
        ]) {
          expect(other.logE).toBeCloseTo(one.logE, 9);
          expect(other.interval.lower).toBeCloseTo(-one.interval.upper, 9);
          expect(other.interval.upper).toBeCloseTo(-one.interval.lower, 9);
        }
        const swapped = bernoulliDifference(b, a, tuning, { level }).lift;
        expect(1 / (1 + swapped.upper)).toBeCloseTo(1 + one.lift.lower, 9);
        expect(1 / (1 + one.lift.upper)).toBeCloseTo(1 + swapped.lower, 9);
      }),
      PROPERTY,
    );
  });

  it('holds over all looks: every path of twelve pairs of units, looked at after each', () => {
    const alpha = 0.2;
    const tuning = { tunedTo: 8, alphaOpt: alpha };
    const pairs = 12;
    const answers = Array.from({ length: pairs + 1 }, (_, n) =>
      Array.from({ length: (n + 1) ** 2 }, (_, i) => {
        const [x, y] = [Math.floor(i / (n + 1)), i % (n + 1)];
        return bernoulliDifference({ x, n }, { x: y, n }, tuning, { level: 1 - alpha });
      }),
    );
    const everWrong = (p: number, q: number) => {
      const wrong = (answer: ReturnType<typeof bernoulliDifference>) =>
        answer.interval.lower > q - p || answer.interval.upper < q - p || (p === q && answer.p <= alpha);
      let alive = [1];
      let error = 0;
      for (let n = 1; n <= pairs; n++) {
        const next = new Array<number>((n + 1) ** 2).fill(0);
        alive.forEach((mass, i) => {
          const [x, y] = [Math.floor(i / n), i % n];
          const add = (dx: number, dy: number, share: number) => {
            next[(x + dx) * (n + 1) + y + dy]! += mass * share;
          };
          add(0, 0, (1 - p) * (1 - q));
          add(1, 0, p * (1 - q));
          add(0, 1, (1 - p) * q);
          add(1, 1, p * q);
        });
        alive = next.map((mass, i) => {
          if (!wrong(answers[n]![i]!)) return mass;
          error += mass;
          return 0;
        });
      }
      return error;
    };
    const grid = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);
    const errors = grid.flatMap((p) => [everWrong(p, p), everWrong(p, p / 2), everWrong(p, (1 + p) / 2)]);
    expect(Math.max(...errors)).toBeLessThanOrEqual(alpha);
    // a test that never rejects would hold too
    expect(Math.max(...errors)).toBeGreaterThan(alpha / 20);
  });

  it('holds at rare events, by simulation', () => {
    const random = stream(20_261_122);
    const runs = 150;
    const alpha = 0.3;
    let wrong = 0;
    for (let run = 0; run < runs; run++) {
      const events = [0, 0];
      let units = 0;
      let found = false;
      for (let look = 20; look < 2000; look = Math.ceil(look * 1.2)) {
        for (; units < look; units++) {
          events[0]! += Number(random() < 0.03);
          events[1]! += Number(random() < 0.03);
        }
        const [control, treatment] = events.map((x) => ({ x, n: units })) as [Proportion, Proportion];
        found ||= bernoulliDifference(control, treatment, { tunedTo: 300, alphaOpt: alpha }).p < alpha;
      }
      wrong += Number(found);
    }
    expect(wrong).toBeGreaterThan(0);
    expect(wrong / runs).toBeLessThanOrEqual(alpha);
  });

  it('answers where there is nothing, or nearly nothing, to go by', () => {
    const none = { x: 0, n: 0 };
    expect(bernoulliDifference(none, none, { tunedTo: 10 })).toMatchObject({
      p: 1,
      interval: { lower: -1, upper: 1 },
      lift: { lower: -1, upper: Number.POSITIVE_INFINITY },
    });
    expect(bernoulliDifference(none, { x: 5, n: 10 }, { tunedTo: 10 }).p).toBe(1);
    expect(bernoulliDifference({ x: 0, n: 500 }, { x: 0, n: 400 }, { tunedTo: 10 }).p).toBe(1);
    expect(bernoulliDifference({ x: 500, n: 500 }, { x: 400, n: 400 }, { tunedTo: 10 }).p).toBe(1);
    const all = bernoulliDifference({ x: 50, n: 50 }, { x: 0, n: 50 }, { tunedTo: 10 });
    expect(all.lift.lower).toBe(-1);
    expect(all.interval.lower).toBe(-1);
    expect(all.interval.upper).toBeLessThan(-0.7);
  });

  it('at a million units an arm it is near the normal mixture, which is right there', () => {
    const { interval } = bernoulliDifference({ x: 10_000, n: 1e6 }, { x: 10_500, n: 1e6 }, { tunedTo: 1e6 });
    const variance = (0.01 * 0.99 + 0.0105 * 0.9895) / 1e6;
    const half = (interval.upper - interval.lower) / 2;
    expect(half / Math.sqrt(variance)).toBeGreaterThan(2.9);
    expect(half / Math.sqrt(variance)).toBeLessThan(3.8);
    const rare = bernoulliDifference({ x: 20, n: 1e6 }, { x: 90, n: 1e6 }, { tunedTo: 1e6 });
    expect(rare.interval.lower).toBeGreaterThan(0);
    expect(rare.lift.lower).toBeGreaterThan(0.5);
  });

  it('refuses what cannot be', () => {
    const good = { x: 1, n: 5 };
    expect(() => bernoulliDifference({ x: 6, n: 5 }, good, { tunedTo: 10 })).toThrow(/control\.x.*got 6/);
    expect(() => bernoulliDifference(good, { x: 0.5, n: 5 }, { tunedTo: 10 })).toThrow(/treatment\.x.*got 0\.5/);
    expect(() => bernoulliDifference(good, good, { tunedTo: 0 })).toThrow(/tunedTo.*got 0/);
    expect(() => bernoulliDifference(good, good, { tunedTo: 10 }, { level: 1 })).toThrow(/level.*got 1/);
  });
});

/** Uniform numbers by mulberry32, so that a failure is repeated. */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
