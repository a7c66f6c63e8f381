import { describe, expect, it } from 'vitest';
import { shadowDesign, shadowEstimate } from '../../server/analysis/shadow/shadow-estimate.ts';
import { shadowGate } from '../../server/analysis/shadow/shadow-gate.ts';
import { complement, shadowReportOf } from '../../server/analysis/shadow/shadow-report.ts';
import { NO_SHADOW_RESULT, type ShadowResult, type UnitSums } from '../../server/analysis/shadow/shadow-result.ts';
import { shadowSettings } from '../../server/contract/settings-contract.ts';
import { shadowReport } from '../../server/contract/shadow-contract.ts';
import type { ShadowSettings } from '../../server/db/schema-types.ts';

/** Units of two decisions each: `both`, `one` and none of them with the event. */
function rateSums(units: number, both: number, one: number): UnitSums {
  const events = 2 * both + one;
  const mean = events / units;
  return {
    units,
    effectiveUnits: units,
    decisions: 2 * units,
    up: events,
    down: 2 * units - events,
    upUnits: both + one,
    downUnits: units - both,
    mean,
    divisorMean: 2,
    squares: 4 * both + one - units * mean * mean,
    products: 0,
    divisorSquares: 0,
  };
}

const DESIGN = { level: 0.95, tunedTo: 1000 };

function gate(changes: Partial<ShadowResult>, limits: Record<string, unknown> = {}) {
  const settings = shadowSettings.parse({
    gate: { minimumComparisons: 1000, errorRateIncrease: null, agreement: 0.95, ...limits },
  }) as ShadowSettings;
  const result = { ...NO_SHADOW_RESULT, comparisons: 2000, calls: { shadowed: 2000, dropped: 0 }, ...changes };
  const report = shadowReportOf({ level: 0.95, settings, metrics: [] }, { computedAt: null, result });
  shadowReport.parse(report);
  return shadowGate(settings, report);
}

describe('an estimate', () => {
  it('without a single event has an upper limit above 0, and none below 100 units', () => {
    const none = shadowEstimate(rateSums(1000, 0, 0), 'rate', DESIGN);
    if (none.status !== 'ok') throw new Error(none.missing);
    expect(none.interval.lower).toBe(0);
    expect(none.interval.upper).toBeGreaterThan(3 / 1000);
    expect(none.interval.upper).toBeLessThan(0.02);
    expect(shadowEstimate(rateSums(99, 0, 0), 'rate', DESIGN).status).toBe('insufficient');
    expect(shadowEstimate(null, 'rate', DESIGN)).toMatchObject({ status: 'insufficient', estimate: null });
  });

  it('of the complement mirrors that of the rate', () => {
    const rate = shadowEstimate(rateSums(500, 40, 60), 'rate', DESIGN);
    const rest = shadowEstimate(complement(rateSums(500, 40, 60)), 'rate', DESIGN);
    if (rate.status !== 'ok' || rest.status !== 'ok') throw new Error('expected numbers');
    expect(rest.estimate).toBeCloseTo(1 - rate.estimate, 12);
    expect(rest.interval.lower).toBeCloseTo(1 - rate.interval.upper, 12);
  });

  it('is wider the more limits share the error, and no narrower than one look', () => {
    const limits = shadowSettings.parse({}).gate;
    const all = { ...limits, agreement: 0.9, latencyRatio: 2, lossIncrease: 1 };
    expect(shadowDesign(0.95, limits, 0.1).level).toBeCloseTo(0.95, 12);
    expect(shadowDesign(0.95, all, 0.1).level).toBeCloseTo(0.975, 12);
  });
});

describe('the gate', () => {
  it('passes with the whole interval on the right side, fails with all of it on the other, and waits between', () => {
    expect(gate({ sums: { disagreement: rateSums(1000, 0, 20) } }).state).toBe('pass');
    expect(gate({ sums: { disagreement: rateSums(1000, 100, 100) } }).state).toBe('fail');
    expect(gate({ sums: { disagreement: rateSums(1000, 30, 30) } }).state).toBe('inconclusive');
  });

  it('never passes below the minimum or without data, but fails early', () => {
    const good = { sums: { disagreement: rateSums(1000, 0, 20) } };
    expect(gate({ ...good, comparisons: 999 }).state).toBe('no_data');
    expect(gate({ comparisons: 0 }).state).toBe('no_data');
    expect(gate({ sums: { disagreement: rateSums(400, 100, 100) }, comparisons: 800 }).state).toBe('fail');
    expect(gate({ ...good, calls: { shadowed: 0, dropped: 0 } }).state).toBe('no_data');
  });

  it('is inconclusive above 1 % dropped calls, unless it fails', () => {
    const dropped = { calls: { shadowed: 1000, dropped: 11 } };
    expect(gate({ ...dropped, sums: { disagreement: rateSums(1000, 0, 20) } }).state).toBe('inconclusive');
    expect(gate({ ...dropped, sums: { disagreement: rateSums(1000, 100, 100) } }).state).toBe('fail');
  });

  it('needs second calls of the champion for errors, and scores for their distance', () => {
    const sums = { disagreement: rateSums(1000, 0, 20) };
    expect(gate({ sums }, { errorRateIncrease: 0.01 }).state).toBe('no_data');
    expect(gate({ sums }, { scoreDistance: 0.1 }).state).toBe('no_data');
    const half = new Array<number>(200).fill(10);
    const scores = {
      lower: 0,
      upper: 1,
      champion: half,
      candidate: half.map((_, i) => (i < 100 ? 5 : 15)),
      differences: { n: 2000, mean: 0.1, m2: 20 },
    };
    const scored = { sums: { ...sums, score_difference: rateSums(1000, 0, 100) }, scores };
    expect(gate(scored, { scoreDistance: 0.2 }).state).toBe('fail');
    expect(gate(scored, { scoreDistance: 0.3 }).state).toBe('pass');
  });
});
