import { describe, expect, it } from 'vitest';
import type { Comparison, MetricReport, RelativeSet } from '../../server/contract/report-contract.ts';
import { clip, isCut, liftDomain } from '../../web/charts/interval-axis.ts';
import { intervalGroups } from '../../web/charts/interval-rows.ts';
import { sampleComparison, sampleMetric } from './report-samples.ts';

const comparison = (
  variant: string,
  estimate: number | null,
  set: RelativeSet,
  over: Partial<Comparison> = {},
): Comparison =>
  sampleComparison({ variant, control: 'control', relative: { estimate, set, method: 'Fieller' }, ...over });

const metric = (role: MetricReport['role'], comparisons: Comparison[]): MetricReport =>
  sampleMetric({ key: role, name: `${role} metric`, role, comparisons });

const bounded = (lower: number, upper: number | null): RelativeSet => ({ shape: 'bounded', lower, upper });

describe('rows of the forest plot', () => {
  it('puts primary metrics first and has a row for every challenger', () => {
    const groups = intervalGroups([
      metric('guardrail', [comparison('b', 0.1, bounded(0, 0.2))]),
      metric('primary', [comparison('b', 0.1, bounded(0, 0.2)), comparison('c', 0.2, bounded(0.1, 0.3))]),
    ]);
    expect(groups.map((group) => [group.metric, group.rows.map((row) => row.variant)])).toEqual([
      ['primary metric', ['b', 'c']],
      ['guardrail metric', ['b']],
    ]);
  });

  it('draws no interval on too little data, and says what is missing', () => {
    const set = bounded(0, 0.2);
    const [group] = intervalGroups([
      metric('primary', [comparison('b', 0.1, set, { status: 'insufficient', missing: 'b has 1 unit' })]),
    ]);
    expect(group?.rows[0]).toMatchObject({
      stretches: [],
      estimate: null,
      text: 'too little data',
      state: 'b has 1 unit',
    });
  });

  it('says in words that a live interval is not for decisions', () => {
    const [group] = intervalGroups([metric('primary', [comparison('b', 0.1, bounded(0, 0.2), { status: 'live' })])]);
    expect(group?.rows[0]?.state).toBe('live, not for decisions');
  });

  it('draws the outside of an interval as two stretches without limit', () => {
    const [group] = intervalGroups([
      metric('primary', [comparison('b', 0.1, { shape: 'outside', below: -1, above: 2 })]),
    ]);
    expect(group?.rows[0]?.stretches).toEqual([
      { from: null, to: -100 },
      { from: 200, to: null },
    ]);
  });
});

describe('the lift axis', () => {
  const domainOf = (...sets: [number, RelativeSet][]) =>
    liftDomain(
      intervalGroups([
        metric(
          'primary',
          sets.map(([estimate, set], place) => comparison(`v${place}`, estimate, set)),
        ),
      ]),
    );

  it('always holds zero', () => {
    const [low, high] = domainOf([0.2, bounded(0.1, 0.3)]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(30);
  });

  it('is not flattened by one row that is far wider than the others', () => {
    const [, high] = domainOf(
      [0.01, bounded(0, 0.02)],
      [0.01, bounded(0, 0.02)],
      [0.01, bounded(0, 0.02)],
      [9, bounded(0, 90)],
    );
    expect(high).toBeLessThan(20);
  });

  it('stands with no interval at all', () => {
    const [low, high] = domainOf([0, { shape: 'unbounded' }]);
    expect(high).toBeGreaterThan(low);
  });

  it('marks the sides on which a stretch goes on beyond the edge', () => {
    expect(clip({ from: null, to: 5 }, [-10, 10])).toEqual({ from: -10, to: 5, openLeft: true, openRight: false });
    expect(clip({ from: 20, to: 30 }, [-10, 10])).toEqual({ from: 10, to: 10, openLeft: false, openRight: true });
    expect([isCut({ from: null, to: 5 }, [-10, 10]), isCut({ from: 1, to: 11 }, [-10, 10])]).toEqual([false, true]);
  });
});
