import { describe, expect, it } from 'vitest';
import { experimentMetric } from '../../server/contract/catalog.ts';
import { phaseInput } from '../../server/contract/phase-contract.ts';
import { choosePlan } from '../../server/experiments/choose-plan.ts';

const WEIGHTS: Record<number, number[]> = { 2: [0.5, 0.5], 3: [0.25, 0.25, 0.5] };

function choose(plan: Record<string, unknown>, change: Record<string, unknown> = {}, variants = 2, primary = 1) {
  const split = (WEIGHTS[variants] ?? []).map((weight, i) => ({ variant: `v${i}`, weight }));
  const phase = phaseInput.parse({ split, plan, ...change });
  const metrics = Array.from({ length: primary }, (_, i) =>
    experimentMetric.parse({ metric: `m${i}`, role: 'primary' }),
  );
  return choosePlan(phase, split.length, metrics, 'phases[0]');
}

describe('what a plan leaves open is chosen', () => {
  it.each<[string, Record<string, unknown>, string, number | null]>([
    ['looks and a size', { units: 1000, looks: 4 }, 'group_sequential', 4],
    ['looks and a time', { durationSeconds: 3600, looks: 14 }, 'group_sequential', 14],
    ['the design alone, with a size', { units: 1000, design: 'group_sequential' }, 'group_sequential', 5],
    ['a size', { units: 1000 }, 'fixed', 1],
    ['a time', { durationSeconds: 3600 }, 'fixed', 1],
    ['a size and one look', { units: 1000, looks: 1 }, 'fixed', 1],
    ['the smallest effect', { minimumEffect: 0.02 }, 'always_valid', null],
    [
      'an always-valid design with a size',
      { units: 1000, minimumEffect: 0.02, design: 'always_valid' },
      'always_valid',
      null,
    ],
  ])('%s', (_, plan, design, looks) => {
    expect(choose(plan)).toMatchObject({ design, looks, level: 0.95 });
  });

  it('external phases have one look, without a size', () => {
    expect(choose({}, { assignment: 'external' })).toMatchObject({ design: 'fixed', looks: 1 });
    expect(choose({ cluster: 'household' }, { assignment: 'external' }).cluster).toBe('household');
  });

  it('Dunnett where there is one primary metric and several challengers', () => {
    expect(choose({ units: 1000, correction: 'dunnett' }, {}, 3)).toMatchObject({ correction: 'dunnett' });
  });
});

describe('what does not fit together is refused with what to do', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['nothing planned', () => choose({}), /declare "units" or "durationSeconds".*or "minimumEffect"/],
    ['always valid without an effect', () => choose({ design: 'always_valid' }), /needs "minimumEffect"/],
    [
      'always valid with looks',
      () => choose({ design: 'always_valid', looks: 3, minimumEffect: 0.1 }),
      /no planned looks/,
    ],
    ['fixed with looks', () => choose({ design: 'fixed', looks: 3, units: 10 }), /has one look/],
    [
      'looks without an end',
      () => choose({ design: 'group_sequential', looks: 3 }),
      /declare "units" or "durationSeconds"/,
    ],
    ['fixed without an end', () => choose({ design: 'fixed' }), /declare "units" or "durationSeconds"/],
    ['external with looks', () => choose({ looks: 3 }, { assignment: 'external' }), /an external phase has one look/],
    ['a cluster of a hashed phase', () => choose({ units: 10, cluster: 'household' }), /send the cluster as the unit/],
    [
      'Dunnett with looks',
      () => choose({ units: 10, looks: 2, correction: 'dunnett' }, {}, 3),
      /"dunnett" needs a fixed/,
    ],
    ['Dunnett with one challenger', () => choose({ units: 10, correction: 'dunnett' }), /several challengers/],
    [
      'Dunnett with two metrics',
      () => choose({ units: 10, correction: 'dunnett' }, {}, 3, 2),
      /exactly one primary metric/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(/^phases\[0\]\.plan: /);
  });

  it('numbers out of their range', () => {
    for (const plan of [
      { level: 1 },
      { level: 0.5 },
      { looks: 15 },
      { looks: 0 },
      { units: 1 },
      { minimumEffect: 0 },
    ]) {
      expect(() => choose({ units: 1000, ...plan })).toThrow();
    }
  });
});
