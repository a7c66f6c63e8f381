import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportMetric } from '../../server/analysis/arms.ts';
import type { LookResult } from '../../server/analysis/look-result.ts';
import { nextLooks } from '../../server/analysis/next-looks.ts';
import type { LookRow } from '../../server/analysis/report-store.ts';
import type { Plan } from '../../server/db/schema-types.ts';
import { bernoulliDifference, type Interval } from '../../stats/index.ts';
import { afterDays, experimentOf, metricOf, phaseOf, rowsOf, stored } from './report-fixture.ts';

const OPEN: Partial<Plan> = { design: 'always_valid', looks: null, minimumEffect: 0.5 };
const PLANNED: Partial<Plan> = { design: 'group_sequential', looks: 2, units: 100 };
const EXACT = 'exact always-valid (beta-binomial)';

type Step = [control: { x: number; n: number }, arm: { x: number; n: number }];

/** Takes every look that is due while data come in; answers the first result of each. */
function lookOver(plan: Partial<Plan>, steps: Iterable<Step>, changes: Partial<ReportMetric> = {}): LookResult[] {
  const phase = phaseOf(plan);
  const row = experimentOf([metricOf(changes)], phase);
  const taken: LookResult[] = [];
  let looks: LookRow[] = [];
  let day = 0;
  for (const [control, arm] of steps) {
    day += 1;
    const rows = rowsOf(
      [
        { variantId: 1, ...control },
        { variantId: 2, ...arm },
      ],
      looks,
    );
    const results = nextLooks(row, phase, rows, null, afterDays(day), { views: false });
    if (!results) continue;
    taken.push(results[0]!);
    looks = [...looks, ...stored(results, afterDays(day))];
  }
  return taken;
}

const methodOf = ({ comparison }: LookResult) => comparison.difference?.method;

/** Steps of units with events at a small rate, from few to more than 25 expected in an arm. */
const growing = fc
  .array(fc.tuple(fc.integer({ min: 50, max: 400 }), fc.nat({ max: 12 }), fc.nat({ max: 12 })), {
    minLength: 6,
    maxLength: 6,
  })
  .map((parts) => {
    const sums = { n: 0, x: 0, y: 0 };
    return parts.map(([n, x, y]): Step => {
      sums.n += n;
      sums.x += x;
      sums.y += y;
      return [
        { x: sums.x, n: sums.n },
        { x: sums.y, n: sums.n },
      ];
    });
  });

describe('always-valid looks at rates with few events', () => {
  it.each([
    ['always valid', OPEN],
    ['after planned looks', PLANNED],
  ])('p, interval, lift and e-value decide alike at every look: %s', (_, plan) => {
    const methods = new Map<string, number>();
    fc.assert(
      fc.property(growing, (steps) => {
        for (const result of lookOver(plan, steps)) {
          const { difference, relative, pValue, look, significant } = result.comparison;
          if (look?.rule !== 'always_valid' || !difference?.interval) continue;
          methods.set(difference.method, (methods.get(difference.method) ?? 0) + 1);
          const excludes = difference.interval.lower > 0 || difference.interval.upper < 0;
          expect((pValue ?? 1) < 0.05).toBe(excludes);
          expect(significant).toBe(excludes);
          if (difference.method !== EXACT || relative?.set.shape !== 'bounded') continue;
          if (plan === OPEN) {
            expect(relative.set.lower > 0 || (relative.set.upper ?? 1) < 0).toBe(excludes);
            expect(Math.exp(-look.logEValue!)).toBeGreaterThanOrEqual(pValue! * (1 - 1e-9));
          }
        }
      }),
      { seed: 20261122, numRuns: plan === OPEN ? 60 : 10 },
    );
    expect([...methods.keys()]).toContain(EXACT);
    expect(methods.size).toBeGreaterThan(1);
  });

  it('a first look with few events takes a tenth of alpha, tuned once', () => {
    const [first, second] = lookOver(OPEN, [
      [
        { x: 4, n: 100 },
        { x: 9, n: 100 },
      ],
      [
        { x: 7, n: 150 },
        { x: 12, n: 150 },
      ],
    ]);
    const rate = 0.04;
    const tunedTo = Math.min((2 * 3.03 ** 2 * (1 - rate)) / (0.25 * rate), 25 / rate);
    for (const [each, control, arm] of [
      [first!, { x: 4, n: 100 }, { x: 9, n: 100 }],
      [second!, { x: 7, n: 150 }, { x: 12, n: 150 }],
    ] as const) {
      const exact = bernoulliDifference(control, arm, { tunedTo, alphaOpt: 0.005 }, { level: 0.995 });
      expect(methodOf(each)).toBe(EXACT);
      expect(each.comparison.look!.logEValue).toBeCloseTo(exact.logE + Math.log(0.1), 9);
      if (each === first) {
        expect(each.comparison.difference!.interval!.lower).toBeCloseTo(exact.interval.lower, 8);
        expect(each.comparison.difference!.interval!.upper).toBeCloseTo(exact.interval.upper, 8);
        expect(each.comparison.pValue).toBeCloseTo(Math.min(1, exact.p / 0.1), 9);
      }
    }
  });

  it('goes over to the normal mixture with nine tenths; one that starts with many events has it throughout', () => {
    const few: Step = [
      { x: 10, n: 500 },
      { x: 12, n: 500 },
    ];
    const many: Step = [
      { x: 60, n: 2000 },
      { x: 70, n: 2000 },
    ];
    const both = lookOver(OPEN, [few, many]);
    expect(methodOf(both[0]!)).toBe(EXACT);
    expect(methodOf(both[1]!)).not.toBe(EXACT);
    const alone = lookOver(OPEN, [many]);
    // nine tenths of alpha: a higher limit than all of it
    expect(both[1]!.comparison.look!.criticalZ!).toBeGreaterThan(alone[0]!.comparison.look!.criticalZ!);
    const fewAgain: Step = [
      { x: 10, n: 2500 },
      { x: 12, n: 2500 },
    ];
    expect(methodOf(lookOver(OPEN, [many, fewAgain])[1]!)).not.toBe(EXACT);
  });

  it('concludes from 0 of 50 against 25 of 50, whatever the effect looked for', () => {
    for (const minimumEffect of [0.05, 0.2, 1]) {
      const plan = { ...OPEN, minimumEffect };
      const [look] = lookOver(plan, [
        [
          { x: 0, n: 50 },
          { x: 25, n: 50 },
        ],
      ]);
      expect(methodOf(look!)).toBe(EXACT);
      expect(look!.comparison.significant).toBe(true);
      expect(look!.comparison.difference!.interval!.lower).toBeGreaterThan(0.1);
      expect(look!.comparison.relative!.estimate).toBeNull();
      expect(look!.comparison.relative!.set).toMatchObject({ shape: 'bounded', upper: null });
    }
  });

  it('waits without any event', () => {
    const looks = lookOver(OPEN, [
      [
        { x: 0, n: 60 },
        { x: 0, n: 60 },
      ],
      [
        { x: 0, n: 90 },
        { x: 4, n: 90 },
      ],
    ]);
    expect(looks[0]!.comparison.significant ?? false).toBe(false);
    expect(looks[0]!.comparison.difference?.interval ?? null).toBeNull();
    expect(looks[0]!.mixingVariance).toBeNull();
    expect(methodOf(looks[1]!)).toBe(EXACT);
    expect(looks[1]!.mixingVariance).toBeGreaterThan(0);
  });

  it('a margin is kept where the end of the interval on the bad side lies within it', () => {
    let kept = 0;
    const check = (changes: Partial<ReportMetric>, holds: (interval: Interval, lift: Interval) => boolean) =>
      fc.property(growing, (steps) => {
        const [look] = lookOver(OPEN, steps, { role: 'guardrail', ...changes });
        const { margin, difference, relative } = look!.comparison;
        if (difference?.method !== EXACT || !difference.interval || relative?.set.shape !== 'bounded') return;
        const { lower, upper } = relative.set;
        const expected = holds(difference.interval, { lower, upper: upper ?? Number.POSITIVE_INFINITY });
        expect(margin).toMatchObject({ pValue: null, nonInferior: expected });
        kept += Number(expected);
      });
    const options = { seed: 20261122, numRuns: 60 };
    fc.assert(
      check({ direction: 'decrease', margin: { absolute: 0.06 } }, ({ upper }) => upper < 0.06),
      options,
    );
    expect(kept).toBeGreaterThan(3);
    kept = 0;
    fc.assert(
      check({ direction: 'increase', margin: { relative: 0.9 } }, (_, { lower }) => lower > -0.9),
      options,
    );
    expect(kept).toBeGreaterThan(3);
  });

  it('errs with a probability below alpha over all looks, by simulation', () => {
    const random = uniform(20_261_122);
    const runs = 100;
    let wrong = 0;
    let exact = 0;
    for (let run = 0; run < runs; run++) {
      const looks = lookOver(OPEN, nullSteps(random, 0.01, 3500));
      exact += looks.filter((each) => methodOf(each) === EXACT).length;
      wrong += Number(looks.some((each) => each.comparison.significant));
    }
    expect(exact).toBeGreaterThan(20 * runs);
    expect(wrong / runs).toBeLessThanOrEqual(0.05);
  }, 60_000);
});

function* nullSteps(random: () => number, rate: number, most: number): Generator<Step> {
  const [x, y] = [{ n: 0 }, { n: 0 }];
  const events = [0, 0];
  for (let next = 50; next <= most; next = Math.ceil(next * 1.1)) {
    for (; x.n < next; x.n++) {
      events[0]! += Number(random() < rate);
      events[1]! += Number(random() < rate);
    }
    y.n = x.n;
    yield [
      { x: events[0]!, n: x.n },
      { x: events[1]!, n: y.n },
    ];
  }
}

/** Uniform numbers by mulberry32, so that a failure is repeated. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
