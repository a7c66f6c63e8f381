import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustP,
  P_ADJUST_METHODS,
  type PAdjustMethod,
  sampleRatioEvidence,
  sampleRatioExact,
  sampleRatioLogBayesFactor,
  sampleRatioSequential,
  sampleRatioTest,
} from '../../stats/index.ts';
import reference from './fixtures/reference.json' with { type: 'json' };
import { PROPERTY, relativeError } from './relative-error.ts';

describe('the sample ratio', () => {
  it('an arm of weight 0 is neither a degree of freedom nor part of the total', () => {
    expect(sampleRatioTest([5100, 4900, 0], [1, 1, 0])).toMatchObject({
      degreesOfFreedom: 1,
      p: expect.closeTo(0.0455, 4),
      unexpected: 0,
    });
    const leaking = sampleRatioTest([5100, 4900, 77], [1, 1, 0]);
    expect(leaking).toMatchObject({ p: expect.closeTo(0.0455, 4), unexpected: 77 });
  });

  it('one open arm or no units are insufficient', () => {
    expect(sampleRatioTest([10, 0], [1, 0])).toMatchObject({ status: 'insufficient' });
    expect(sampleRatioTest([0, 0], [1, 1])).toMatchObject({ status: 'insufficient', missing: 'no units in any arm' });
    expect(sampleRatioExact([0, 0], [1, 1])).toMatchObject({ status: 'insufficient' });
  });

  it.each(reference.sequentialRatio)(
    'log Bayes factor of $counts agrees with mpmath',
    ({ counts, weights, logBayesFactor }) => {
      expect(relativeError(sampleRatioLogBayesFactor(counts, weights), logBayesFactor)).toBeLessThan(1e-10);
    },
  );

  it('the Bayes factor has expectation 1 under healthy assignment, exactly', () => {
    for (const n of [1, 7, 40]) {
      let expectation = 0;
      let choose = 1;
      for (let x = 0; x <= n; x++) {
        const mass = choose * 0.3 ** x * 0.7 ** (n - x);
        expectation += mass * Math.exp(sampleRatioLogBayesFactor([x, n - x], [3, 7], { concentration: 20 }));
        choose = (choose * (n - x)) / (x + 1);
      }
      expect(expectation).toBeCloseTo(1, 12);
    }
  });

  it('the sequential p only falls, and strata multiply', () => {
    const looks = sampleRatioSequential(
      [
        [1000, 1010],
        [9800, 10400],
        [50000, 50100],
      ],
      [1, 1],
    );
    for (let i = 1; i < looks.length; i++) expect(looks[i]!.p).toBeLessThanOrEqual(looks[i - 1]!.p);
    const strata = [
      { observed: [905, 95], weights: [0.9, 0.1] },
      { observed: [9800, 10400, 3], weights: [1, 1, 0] },
    ];
    const evidence = sampleRatioEvidence(strata);
    expect(evidence.logE).toBeCloseTo(evidence.perStratum[0]! + evidence.perStratum[1]!, 14);
    expect(evidence.unexpected).toBe(3);
    expect(evidence.p).toBeCloseTo(Math.exp(-Math.max(0, evidence.logE)), 14);
    expect(sampleRatioEvidence(strata.slice(0, 1)).p).toBe(1);
  });

  it('the order of arms and the scale of weights do not matter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 2,
          maxLength: 5,
        }),
        (arms) => {
          const observed = arms.map(([count]) => count);
          const weights = arms.map(([, weight]) => weight);
          const plain = sampleRatioTest(observed, weights);
          const turned = sampleRatioTest(
            [...observed].reverse(),
            [...weights].reverse().map((w) => w / 16),
          );
          if (plain.status !== 'ok' || turned.status !== 'ok') return;
          expect(relativeError(turned.log10P, plain.log10P)).toBeLessThan(1e-9);
          expect(plain.p).toBeGreaterThanOrEqual(0);
          expect(plain.p).toBeLessThanOrEqual(1);
        },
      ),
      PROPERTY,
    );
  });

  it('exact tests: 60 to 40 as R binom.test, three arms by enumeration, too large said so', () => {
    expect(sampleRatioExact([60, 40], [1, 1])).toMatchObject({ p: expect.closeTo(0.05688793364098088, 13) });
    expect(sampleRatioExact([2, 2, 6], [1, 1, 2])).toMatchObject({ p: expect.closeTo(1, 13) });
    // (4, 0, 0) and its two turns: 3 of 81 ways
    expect(sampleRatioExact([4, 0, 0], [1, 1, 1])).toMatchObject({ p: expect.closeTo(3 / 81, 13) });
    expect(sampleRatioExact([5000, 5000, 5000], [1, 1, 1])).toEqual({ status: 'too_large', unexpected: 0 });
    expect(sampleRatioExact([0, 2000], [1, 1])).toMatchObject({ log10P: expect.closeTo(-1999 * Math.log10(2), 8) });
  });

  it.each<[string, () => unknown]>([
    ['observed and weights must have the same length, got 1 and 2', () => sampleRatioTest([1], [1, 1])],
    ['observed[0] must be a whole number of at least 0, got -1', () => sampleRatioTest([-1, 2], [1, 1])],
    ['weights[1] must be a finite number of at least 0, got NaN', () => sampleRatioExact([1, 2], [1, Number.NaN])],
    ['weights must have a finite sum above 0, got 0', () => sampleRatioLogBayesFactor([1, 2], [0, 0])],
    [
      'concentration must be a finite number above 0, got 0',
      () => sampleRatioSequential([[1, 2]], [1, 1], { concentration: 0 }),
    ],
    ['strata must not be empty, got a length of 0', () => sampleRatioEvidence([])],
  ])('refuses by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});

describe('adjusted p-values', () => {
  const list = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });

  it('meet the 15 p-values of Benjamini and Hochberg 1995: BH rejects 4, Bonferroni 3, at 0.05', () => {
    const p = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];
    const rejected = (method: PAdjustMethod): number => adjustP(p, method).filter((value) => value <= 0.05).length;
    expect([rejected('BH'), rejected('bonferroni'), rejected('hochberg'), rejected('holm')]).toEqual([4, 3, 3, 3]);
  });

  it('never fall below p, and order as their methods do', () => {
    fc.assert(
      fc.property(list, (p) => {
        const by = Object.fromEntries(P_ADJUST_METHODS.map((method) => [method, adjustP(p, method)]));
        p.forEach((value, i) => {
          const at = (method: PAdjustMethod): number => by[method]![i]!;
          for (const method of P_ADJUST_METHODS) {
            expect(at(method)).toBeGreaterThanOrEqual(value * (1 - 1e-12));
            expect(at(method)).toBeLessThanOrEqual(1);
          }
          const slack = 1 + 1e-12;
          expect(at('holm')).toBeLessThanOrEqual(at('bonferroni') * slack);
          expect(at('hochberg')).toBeLessThanOrEqual(at('holm') * slack);
          expect(at('hommel')).toBeLessThanOrEqual(at('hochberg') * slack);
          expect(at('BH')).toBeLessThanOrEqual(at('hommel') * slack);
        });
      }),
      PROPERTY,
    );
  });

  it("Hommel rejects exactly when the closed test with Simes' rejects", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 6 }), (p) => {
        const closed = p.map((_, i) => {
          let largest = 0;
          for (let set = 1; set < 1 << p.length; set++) {
            if (!(set & (1 << i))) continue;
            const members = p.filter((__, j) => set & (1 << j)).sort((x, y) => x - y);
            largest = Math.max(
              largest,
              Math.min(...members.map((value, rank) => (members.length * value) / (rank + 1))),
            );
          }
          return Math.min(1, largest);
        });
        adjustP(p, 'hommel').forEach((value, i) => {
          expect(Math.abs(value - closed[i]!)).toBeLessThan(1e-12);
        });
      }),
      PROPERTY,
    );
  });

  it('an undefined p stays null and does not count as a test', () => {
    expect(adjustP([0.01, null, 0.04])).toEqual([0.02, null, 0.04]);
    expect(adjustP([])).toEqual([]);
    expect(adjustP([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  it.each<[string, () => unknown]>([
    ['p[1] must be from 0 to 1, got 1.2', () => adjustP([0.1, 1.2])],
    ['p[0] must be from 0 to 1, got NaN', () => adjustP([Number.NaN])],
    [
      `method must be one of ${P_ADJUST_METHODS.join(', ')}, got toString`,
      () => adjustP([0.1], 'toString' as PAdjustMethod),
    ],
  ])('refuses by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});
