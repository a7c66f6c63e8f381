import { describe, expect, it } from 'vitest';
import { randomStream } from '../../scripts/calibrate/random-stream.ts';
import type { CanarySettings } from '../../server/db/schema-types.ts';
import type { GuardrailView } from '../../server/delivery/canary/canary-view.ts';
import { limitsOf, stepDifference, stepRateRatio } from '../../server/delivery/canary/step-intervals.ts';

const errors = { kind: 'errors' as const, mustPass: true, margin: 0.5, rollbackMargin: 0.1 };
const settings: CanarySettings = {
  steps: [0.1, 0.4].map((share) => ({ share, minimumSeconds: 0, minimumRequests: 500 })),
  alpha: 0.05,
  guardrails: [errors],
};

describe('the rates of one step', () => {
  it('are one where the candidate has its share of the failing units', () => {
    // A tenth beside six tenths of control: one in seven.
    const ratio = stepRateRatio({ candidate: 10, control: 60 }, settings, 1);
    expect(ratio?.estimate).toBeCloseTo(1, 12);
    expect(ratio?.lower).toBeLessThan(1);
    expect(ratio?.upper).toBeGreaterThan(1);
  });

  it('have no upper limit before the control fails, and are not known before anyone does', () => {
    expect(stepRateRatio({ candidate: 3, control: 0 }, settings, 1)).toMatchObject({ estimate: null, upper: null });
    expect(stepRateRatio({ candidate: 0, control: 0 }, settings, 1)).toBeNull();
    expect(stepRateRatio({ candidate: 1, control: 1 }, settings, 9)).toBeNull();
  });

  it('are covered by their interval in at least 95 % of steps', () => {
    const random = randomStream(7, 'rates of a step');
    const truth = 1.6;
    const share = (0.4 * truth) / (0.4 * truth + 0.6);
    let covered = 0;
    for (let run = 0; run < 1000; run++) {
      const candidate = Array.from({ length: 40 }, random.uniform).filter((place) => place < share).length;
      const ratio = stepRateRatio({ candidate, control: 40 - candidate }, settings, 2);
      if (ratio && ratio.lower <= truth && (ratio.upper ?? Number.POSITIVE_INFINITY) >= truth) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(940);
  });
});

describe('a metric in one step', () => {
  const arm = (units: number, value: number) => ({ units, value, variance: 0.25 });

  it('has an interval from thirty units of either on', () => {
    const found = stepDifference({ step: 1, candidate: arm(100, 0.5), control: arm(100, 0.4) });
    expect(found.difference).toBeCloseTo(0.1, 12);
    expect(found.interval?.upper).toBeCloseTo(0.1 + 1.959964 * Math.sqrt(0.005), 6);
    expect(stepDifference({ step: 1, candidate: arm(29, 0.5), control: arm(100, 0.4) }).interval).toBeNull();
  });

  it('has its limits on the side on which it is worse', () => {
    const strata = [{ step: 1, candidate: arm(100, 0.5), control: arm(100, 0.4) }];
    const view = (margin: { relative: number } | { absolute: number }, direction: 'increase' | 'decrease') =>
      ({
        declared: { kind: 'metric', metric: 'm', mustPass: true, margin, rollbackMargin: 0 },
        metric: { evidence: null, strata, direction },
      }) as unknown as GuardrailView;
    expect(limitsOf(view({ relative: 0.1 }, 'increase'))).toEqual({ even: 0, pass: -0.04000000000000001, fail: 0 });
    expect(limitsOf(view({ absolute: 0.2 }, 'decrease'))).toEqual({ even: 0, pass: 0.2, fail: 0 });
    expect(limitsOf({ declared: errors, metric: null } as unknown as GuardrailView)).toEqual({
      even: 1,
      pass: 1.5,
      fail: 1.1,
    });
  });
});
