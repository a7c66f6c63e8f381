import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareLabels, sendableLabel } from '../../sdk/compare-label.ts';
import { compareNumbers } from '../../sdk/compare-number.ts';
import { compareObjects } from '../../sdk/compare-object.ts';
import { compareRankings, idsOf } from '../../sdk/compare-ranking.ts';
import { boundMeasures } from '../../sdk/shadow-measures.ts';

const settings = { numRuns: 500, seed: 20_260_722 };

describe('Numbers', () => {
  test('agree within the tolerance; the difference is candidate less champion', () => {
    expect(compareNumbers(0.5, 0.75, 0.25)).toEqual({ agree: true, difference: 0.25 });
    expect(compareNumbers(0.75, 0.5, 0.2)).toEqual({ agree: false, difference: -0.25 });
    expect(compareNumbers(1, 1 + Number.EPSILON, 0)).toMatchObject({ agree: false });
  });

  test('that are decimal fractions apart by the very tolerance agree, a little further apart they do not', () => {
    for (let hundredths = -200; hundredths <= 200; hundredths++) {
      expect(compareNumbers(hundredths / 100, (hundredths + 1) / 100, 0.01)!.agree, String(hundredths)).toBe(true);
      expect(compareNumbers(hundredths / 100, (hundredths + 1.001) / 100, 0.01)!.agree).toBe(false);
    }
  });

  test('that are not finite agree with themselves and have no difference', () => {
    expect(compareNumbers(Number.NaN, Number.NaN, 0)).toEqual({ agree: true });
    expect(compareNumbers(1, Number.NaN, 5)).toEqual({ agree: false });
    expect(compareNumbers(Infinity, Infinity, 0)).toEqual({ agree: true });
    expect(compareNumbers(1, Infinity, 5)).toEqual({ agree: false });
  });

  test('disagree with anything else; a champion that gives no number cannot be compared', () => {
    expect(compareNumbers(1, '1', 0)).toEqual({ agree: false });
    expect(compareNumbers('1', 1, 0)).toBeNull();
  });
});

describe('Labels', () => {
  test('agree when they are the same value of the same type', () => {
    expect(compareLabels('fraud', 'fraud')).toEqual({ agree: true });
    expect(compareLabels('1', 1)).toEqual({ agree: false });
    expect(compareLabels(false, undefined)).toEqual({ agree: false });
    expect(compareLabels({ label: 'fraud' }, 'fraud')).toBeNull();
  });

  test('travel only where they fit an event', () => {
    expect(['x', '', 'x'.repeat(129), 'a\0b', 5, Number.NaN, 1e16, true, null, {}].map(sendableLabel)).toEqual([
      'x',
      undefined,
      undefined,
      undefined,
      5,
      undefined,
      undefined,
      true,
      undefined,
      undefined,
    ]);
  });
});

describe('Objects', () => {
  const compare = (a: unknown, b: unknown, ignore: string[] = [], tolerance = 0) =>
    compareObjects(a, b, ignore, tolerance);

  test('are compared field by field, at any depth, and the top-level fields that differ are named', () => {
    const champion = { label: 'a', scores: { x: 1, y: 2 }, reasons: ['r1', 'r2'], same: null };
    const candidate = { label: 'b', scores: { x: 1, y: 3 }, reasons: ['r1', 'r2'], same: null };
    expect(compare(champion, candidate)).toEqual({
      agree: false,
      equalShare: 4 / 6,
      'differs.label': true,
      'differs.scores': true,
    });
    expect(compare(champion, structuredClone(champion))).toEqual({ agree: true, equalShare: 1 });
  });

  test('may differ in ignored fields, by dotted path; every element of a list has the same path', () => {
    const of = (id: number) => ({
      meta: { requestId: id, model: 'm' },
      items: [{ id, at: id, score: 1 }, { score: 2 }],
    });
    expect(compare(of(1), of(2)).agree).toBe(false);
    expect(compare(of(1), of(2), ['meta.requestId', 'items.id', 'items.at'])).toEqual({ agree: true, equalShare: 1 });
    expect(compare(of(1), of(2), ['meta', 'items'])).toEqual({ agree: true, equalShare: 1 });
    expect(compare(of(1), of(2), ['requestId', 'items.id', 'items.at']).agree).toBe(false);
  });

  test('agree in numbers within the tolerance', () => {
    expect(compare({ embedding: [0.1, 0.2] }, { embedding: [0.1, 0.21] }, [], 0.01).agree).toBe(true);
    expect(compare({ embedding: [0.1, 0.2] }, { embedding: [0.1, 0.22] }, [], 0.01).agree).toBe(false);
  });

  test.each([
    ['an absent field and an undefined one', { a: 1, b: undefined }, { a: 1 }, true],
    ['a missing field', { a: 1, b: null }, { a: 1 }, false],
    ['an inherited name', { toString: Object.prototype.toString }, {}, false],
    ['longer lists', [1, 2], [1, 2, 3], false],
    ['a list and an object', { a: [] }, { a: {} }, false],
    ['a list and an object at the top', [], {}, false],
    ['empty ones', { a: [], b: {} }, { a: [], b: {} }, true],
    ['the same moment', { at: new Date(5) }, { at: new Date(5) }, true],
    ['another moment', { at: new Date(5) }, { at: new Date(6) }, false],
    ['maps', new Map([['a', 1]]), new Map([['a', 2]]), false],
    ['sets', new Set([1, 2]), new Set([1, 2]), true],
    ['other sets', new Set([1, 2]), new Set([1, 3]), false],
    ['typed arrays', Float32Array.of(1, 2), Float32Array.of(1, 3), false],
    ['buffers of bytes', { bytes: Uint8Array.of(1) }, { bytes: Uint8Array.of(1) }, true],
    ['expressions', /a/, /b/, false],
    ['errors', new Error('a'), new Error('b'), false],
    ['scalars', 5, 5, true],
    ['nothing', null, undefined, false],
  ])('of every kind: %s', (_, a, b, agree) => {
    expect(compare(a, b).agree).toBe(agree);
    expect(compare({ inner: a }, { inner: b }).agree).toBe(agree);
  });

  test('without end or measure come to an end, and are not taken for equal', () => {
    const cyclic = (seed: number) => {
      const node: Record<string, unknown> = { seed };
      return Object.assign(node, { left: node, right: node, deep: { node } });
    };
    expect(compare(cyclic(1), cyclic(1)).agree).toBe(false);
    const huge = (last: number) => [...new Array(200_000).fill(0), last];
    expect(compare(huge(1), huge(2)).agree).toBe(false);
  });

  test('name 20 fields at most', () => {
    const of = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, value]));
    expect(Object.keys(compare(of(1), of(2)))).toHaveLength(22);
  });

  test('agree with their copies and with nothing that serialises otherwise', () => {
    const json = fc.jsonValue({ depthSize: 'medium' });
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(compare(a, structuredClone(a))).toEqual({ agree: true, equalShare: 1 });
        // -0 is 0 as a number and in JSON.
        expect(compare(a, b).agree).toBe(canonical(a) === canonical(b));
      }),
      settings,
    );
  });
});

/** JSON with sorted keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

describe('Rankings', () => {
  test('the same items in the same order agree', () => {
    expect(compareRankings(['a', 'b', 'c'], ['a', 'b', 'c'], 10)).toEqual({ agree: true, overlap: 1, rbo: 1, tau: 1 });
    expect(compareRankings(['a', 'b'], ['b', 'a'], 10)).toMatchObject({ agree: false, overlap: 1, tau: -1 });
    expect(compareRankings(['a', 'b', 'c'], ['a', 'b', 'x'], 2)).toMatchObject({ agree: true, overlap: 1 });
  });

  test('that share nothing have no overlap and no tau; empty ones agree', () => {
    expect(compareRankings(['a', 'b'], ['c', 'd'], 10)).toEqual({ agree: false, overlap: 0, rbo: 0 });
    expect(compareRankings(['a', 'b'], [], 10)).toEqual({ agree: false, overlap: 0, rbo: 0 });
    expect(compareRankings([], [], 10)).toEqual({ agree: true, overlap: 1, rbo: 1 });
    expect(compareRankings(['a'], null, 10)).toEqual({ agree: false });
    expect(compareRankings(null, ['a'], 10)).toBeNull();
  });

  const ranking = fc.uniqueArray(fc.integer({ min: 0, max: 14 }).map(String), { maxLength: 12 });

  test('rank-biased overlap is the sum over all depths, the agreement seen going on (Webber et al. 2010)', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.integer({ min: 1, max: 12 }), (a, b, depth) => {
        const { rbo } = compareRankings(a, b, depth)!;
        expect(rbo).toBeCloseTo(overlapByDefinition(a.slice(0, depth), b.slice(0, depth)), 10);
      }),
      settings,
    );
  });

  test('are compared alike from both sides; tau counts pairs of items in both', () => {
    fc.assert(
      fc.property(ranking, ranking, (a, b) => {
        const there = compareRankings(a, b, 10)!;
        const back = compareRankings(b, a, 10)!;
        expect(Object.keys(back)).toEqual(Object.keys(there));
        for (const [name, value] of Object.entries(there)) expect(Number(back[name])).toBeCloseTo(Number(value), 12);
        const tau = tauByPairs(a.slice(0, 10), b.slice(0, 10));
        if (tau === null) expect(there).not.toHaveProperty('tau');
        else expect(there.tau).toBeCloseTo(tau, 12);
      }),
      settings,
    );
  });

  test('count repeated items where they come first', () => {
    expect(compareRankings(['a', 'a', 'b'], ['a', 'b', 'b'], 2)).toMatchObject({ agree: true });
  });

  test('are lists of strings, numbers, or objects with an id', () => {
    expect(idsOf(['a', 5, { id: 'b' }, { id: 7 }])).toEqual(['a', '5', 'b', '7']);
    for (const answer of ['ab', { id: 1 }, [{ key: 1 }], [null], [['a']], null]) expect(idsOf(answer)).toBeNull();
  });
});

function overlapByDefinition(a: string[], b: string[]): number {
  const p = 0.9;
  const [s, l] = [a, b].sort((x, y) => x.length - y.length) as [string[], string[]];
  if (l.length === 0) return 1;
  if (s.length === 0) return 0;
  const common = (d: number) => s.slice(0, d).filter((id) => l.slice(0, d).includes(id)).length;
  const missing = common(s.length) / s.length;
  const agreement = (d: number) => (common(d) + missing * Math.max(0, d - s.length)) / d;
  let sum = 0;
  for (let d = 1; d <= 600; d++) sum += p ** (d - 1) * agreement(Math.min(d, l.length));
  return (1 - p) * sum;
}

function tauByPairs(a: string[], b: string[]): number | null {
  const common = a.filter((id) => b.includes(id));
  let sum = 0;
  let pairs = 0;
  for (const x of common) {
    for (const y of common) {
      if (x === y) continue;
      pairs++;
      sum += Math.sign((a.indexOf(x) - a.indexOf(y)) * (b.indexOf(x) - b.indexOf(y)));
    }
  }
  return pairs === 0 ? null : sum / pairs;
}

test('Measures beyond the limits of an event are left out and named, never agree', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, i]));
  const bounded = boundMeasures({ ...many, agree: true });
  expect(Object.keys(bounded.measures)).toHaveLength(32);
  expect(bounded.measures.agree).toBe(true);
  expect(bounded.leftOut).toBe('m31');
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${'x'.repeat(110)}${i}`, 1]));
  const cut = boundMeasures({ ...long, agree: false }).measures;
  expect(JSON.stringify(cut).length).toBeLessThanOrEqual(2048);
  expect(Object.keys(cut).length).toBeGreaterThan(15);
  expect(boundMeasures({ '\ud800': 1 }).measures).toEqual({ '\ufffd': 1 });
  for (const value of ['text', Number.NaN, Infinity, 1e16, null, {}, 1n]) {
    expect(boundMeasures({ value, fine: 1 })).toEqual({ measures: { fine: 1 }, leftOut: 'value' });
  }
});
