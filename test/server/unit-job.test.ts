import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdditiveOutcome, cappedIn } from '../../server/analysis/unit-job/additive-outcome.ts';
import { binLimits } from '../../server/analysis/unit-job/log-bins.ts';
import { needsUnitJob } from '../../server/analysis/unit-job/needs-unit-job.ts';
import { isDue, isResting } from '../../server/analysis/unit-job.ts';

const at = (seconds: number) => new Date(1_790_000_000_000 + seconds * 1000);
const phase = { phaseId: 1, environmentId: 1, key: 'e' };

describe('when the job on unit totals is due', () => {
  const none = { ...phase, computedAt: null, asOf: null, completeAt: null };

  it('at once where there is nothing, then after a minute or twenty times what it took', () => {
    expect(isDue(none, undefined, at(0))).toBe(true);
    const last = { ...none, computedAt: at(0), asOf: at(0) };
    expect(isDue(last, undefined, at(59))).toBe(false);
    expect(isDue(last, undefined, at(60))).toBe(true);
    expect(isDue(last, { at: at(0), tookMs: 10_000 }, at(199))).toBe(false);
    expect(isDue(last, { at: at(0), tookMs: 10_000 }, at(200))).toBe(true);
  });

  it('a minute after it failed', () => {
    expect(isDue(none, { at: at(0), tookMs: 5 }, at(59))).toBe(false);
    expect(isDue(none, { at: at(0), tookMs: 5 }, at(60))).toBe(true);
  });

  it('not again once all units of an ended phase are in', () => {
    const ended = { ...none, computedAt: at(100), completeAt: at(100) };
    expect(isDue({ ...ended, asOf: at(99) }, undefined, at(1e6))).toBe(true);
    expect(isDue({ ...ended, asOf: at(100) }, undefined, at(1e6))).toBe(false);
  });
});

describe('when the job rests', () => {
  it('so that many phases take no more than a fifth of the time', () => {
    expect(isResting(undefined, at(0))).toBe(false);
    const last = { at: at(0), tookMs: 3_000 };
    expect(isResting(last, at(14.9))).toBe(true);
    expect(isResting(last, at(15))).toBe(false);
    expect(isResting(last, at(-1))).toBe(false); // the clock was set back
  });
});

describe('which metrics need unit totals', () => {
  const metric = {
    kind: 'mean',
    capQuantile: null,
    outcome: 'spend',
    measureId: 1,
    denominatorId: null,
    denominatorOutcome: null,
  };
  const plan = { covariates: null, cluster: null };
  const needs = (given: object, planned: object = {}, assignment = 'hash') =>
    needsUnitJob({ ...metric, ...given } as never, { assignment, plan: { ...plan, ...planned } } as never);

  it('quantiles, ranks, caps at a quantile, covariates and clusters, and nothing else', () => {
    expect(needs({})).toBe(false);
    expect(needs({ kind: 'proportion' })).toBe(false);
    expect(needs({ kind: 'rank' })).toBe(true);
    expect(needs({ kind: 'quantile' })).toBe(true);
    expect(needs({ capQuantile: 0.99 })).toBe(true);
    expect(needs({}, { cluster: 'shop' }, 'external')).toBe(true);
    expect(needs({}, { covariates: { days: 14, attributes: [] } })).toBe(true);
    expect(needs({}, { covariates: { days: 0, attributes: ['score'] } })).toBe(true);
    expect(needs({}, { covariates: { days: 0, attributes: [] } })).toBe(false);
    // what a call record says belongs to one phase: there is no value from before
    expect(needs({ outcome: 'assay.ms' }, { covariates: { days: 14, attributes: [] } })).toBe(false);
  });
});

describe('logarithmic bins', () => {
  it('hold their values, side by side, a per cent wide, mirrored at 0', () => {
    fc.assert(
      fc.property(fc.double({ min: 2e-6, max: 1e15, noNaN: true }), (value) => {
        const bin = Math.ceil(Math.log(value / 1e-6) / 0.01);
        const { lower, middle, upper } = binLimits(bin);
        expect(lower).toBeLessThanOrEqual(value * (1 + 1e-12));
        expect(upper).toBeGreaterThanOrEqual(value * (1 - 1e-12));
        expect(Math.abs(middle / value - 1)).toBeLessThan(0.0051);
        expect(binLimits(bin + 1).lower).toBe(upper);
        expect(binLimits(-bin)).toEqual({ lower: -upper, middle: -middle, upper: -lower });
      }),
    );
    expect(binLimits(0)).toEqual({ lower: -1e-6, middle: 0, upper: 1e-6 });
    expect(binLimits(1).lower).toBe(1e-6);
  });
});

describe('the cap of a comparison', () => {
  const control = { variantId: 1, variant: 'old' };
  const arm = { variantId: 2, variant: 'new' };
  const outcome = (upper: number, above: [number, number][]): AdditiveOutcome => ({
    text: 'y',
    cap: { upper, above: new Map(above) },
    uncapped: new Map([
      [1, { n: 1000, mean: 1, m2: 1 }],
      [2, { n: 2000, mean: 1, m2: 1 }],
    ]),
    undefined: new Set(),
  });

  it('says how many units lie beyond it, and warns when that differs between the arms', () => {
    const alike = cappedIn(
      outcome(9, [
        [1, 10],
        [2, 22],
      ]),
      control,
      arm,
    );
    expect(alike).toEqual({ capped: { lower: null, upper: 9, shareControl: 0.01, shareVariant: 0.011 }, warnings: [] });
    const apart = cappedIn(
      outcome(9, [
        [1, 10],
        [2, 80],
      ]),
      control,
      arm,
    );
    expect(apart.warnings).toEqual([
      '1.0 % of the units of "old" and 4.0 % of "new" lie beyond the cap: what differs there is cut off.',
    ]);
  });

  it('warns when it is 0', () => {
    expect(
      cappedIn(
        outcome(0, [
          [1, 3],
          [2, 9],
        ]),
        control,
        arm,
      ).warnings,
    ).toEqual(['The cap is 0, as almost all units have 0: choose a higher quantile for this metric.']);
  });
});
