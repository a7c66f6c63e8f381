import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../scripts/calibrate/random-stream.ts';
import type { CanarySettings } from '../../server/db/schema-types.ts';
import { decodeEvidence, encodeEvidence } from '../../server/delivery/canary/guardrail-record.ts';
import { judgeRate } from '../../server/delivery/canary/judge-rate.ts';
import { differenceOf, type MetricStratum, metricEvidence } from '../../server/delivery/canary/metric-evidence.ts';
import { addFailure, type Band, rateRatio, startEvidence } from '../../server/delivery/canary/rate-evidence.ts';
import { sampleRatioOf } from '../../server/delivery/canary/step-ratio.ts';

const errors = { kind: 'errors' as const, mustPass: true, margin: 0.5, rollbackMargin: 0 };
const settings: CanarySettings = {
  steps: [0.01, 0.25, 0.5].map((share) => ({ share, minimumSeconds: 0, minimumRequests: 500 })),
  alpha: 0.05,
  guardrails: [errors, { kind: 'metric', metric: 'm', mustPass: false, margin: { relative: 0.1 }, rollbackMargin: 0 }],
};
const AT = new Date('2026-03-01T00:00:00Z');
const failure = (step: number, band: Band, second = 0) => ({
  guardrail: 0,
  step,
  band,
  at: new Date(AT.getTime() + 1000 * second),
});
const evidenceAfter = (failures: ReturnType<typeof failure>[]) =>
  failures.reduce((before, each) => addFailure(before, settings, each), startEvidence());

const arbitraryFailures = fc.array(
  fc.record({ step: fc.integer({ min: 1, max: 3 }), band: fc.constantFrom<Band>('candidate', 'control', 'waiting') }),
  { maxLength: 80 },
);

describe('evidence of a rate guardrail', () => {
  it('is the mean over ratios of the products of the rule, written out', () => {
    const failures = [failure(1, 'candidate'), failure(2, 'control'), failure(3, 'candidate')];
    const shares = { 1: 0.01 / 0.51, 2: 0.25 / 0.75, 3: 0.5 };
    const ratios = [1.25, 1.5, 2, 3, 5, 8];
    const products = ratios.map(
      (r) => (r / (1 + shares[1] * (r - 1))) * (1 / (1 + shares[2] * (r - 1))) * (r / (1 + shares[3] * (r - 1))),
    );
    const e = products.reduce((sum, each) => sum + each, 0) / ratios.length;
    expect(evidenceAfter(failures).fail.logE).toBeCloseTo(Math.log(e), 12);
  });

  it('is the same process after it was stored and read back', () => {
    fc.assert(
      fc.property(arbitraryFailures, (list) => {
        const { fail, pass } = evidenceAfter(list.map(({ step, band }) => failure(step, band)));
        expect(decodeEvidence('fail', encodeEvidence(fail))).toEqual(fail);
        expect(decodeEvidence('pass', encodeEvidence(pass))).toEqual(pass);
      }),
      { seed: 4 },
    );
  });

  it('does not change by units of the waiting band, which are counted and not judged', () => {
    fc.assert(
      fc.property(arbitraryFailures, (list) => {
        const all = list.map(({ step, band }) => failure(step, band));
        const judged = evidenceAfter(all.filter(({ band }) => band !== 'waiting'));
        expect(evidenceAfter(all).fail).toEqual(judged.fail);
        expect(evidenceAfter(all).pass).toEqual(judged.pass);
      }),
      { seed: 4 },
    );
  });

  it('keeps the moment at which it decided, whatever comes afterwards', () => {
    const bad = Array.from({ length: 6 }, (_, i) => failure(1, 'candidate', i));
    const decided = evidenceAfter(bad);
    expect(decided.failedAt).not.toBeNull();
    const later = [...bad, ...Array.from({ length: 500 }, (_, i) => failure(1, 'control', 100 + i))];
    expect(evidenceAfter(later).failedAt).toEqual(decided.failedAt);
    expect(evidenceAfter(later).fail.logE).toBeLessThan(decided.fail.logE);
    expect(judgeRate(settings, 0, errors, evidenceAfter(later), true).state).toBe('fail');
  });

  it('says no data without calls, and fail even then', () => {
    expect(judgeRate(settings, 0, errors, startEvidence(), false).state).toBe('no_data');
    expect(judgeRate(settings, 0, errors, startEvidence(), true).state).toBe('inconclusive');
    const failed = evidenceAfter(Array.from({ length: 6 }, () => failure(1, 'candidate')));
    expect(judgeRate(settings, 0, errors, failed, false).state).toBe('fail');
    const passed = evidenceAfter(Array.from({ length: 60 }, () => failure(3, 'control')));
    expect(judgeRate(settings, 0, errors, passed, true).state).toBe('pass');
  });

  it('estimates the ratio of rates within steps', () => {
    // twice the control's rate in both steps: 2 of the candidate a step where its share makes one expected
    const equal = [...Array(4).fill(failure(3, 'candidate')), ...Array(2).fill(failure(3, 'control'))];
    const third = [...Array(2).fill(failure(2, 'candidate')), ...Array(2).fill(failure(2, 'control'))];
    expect(rateRatio(evidenceAfter([...equal, ...third]), settings)).toBeCloseTo(2, 12);
    expect(rateRatio(evidenceAfter([failure(1, 'candidate')]), settings)).toBeNull();
  });
});

const arm = (units: number, value: number) => ({ units, value, variance: value * (1 - value) });
const strata = (control: number, candidate: number): MetricStratum[] =>
  [200, 5_000].map((units, k) => ({
    step: k + 1,
    candidate: arm(units, candidate),
    control: arm(20_000, control + 0.2 * k),
  }));

describe('evidence of a metric guardrail', () => {
  const guardrail = { margin: { relative: 0.1 }, rollbackMargin: 0 };

  it('weighs steps by n_A n_B / (n_A + n_B) and never pools them', () => {
    const steps = strata(0.1, 0.1);
    const weights = [(200 * 20_000) / 20_200, (5_000 * 20_000) / 25_000];
    const [first = 0, second = 0] = weights;
    expect(differenceOf(steps)).toBeCloseTo((first * 0 + second * -0.2) / (first + second), 12);
  });

  it('fails what is shown worse and passes what is shown within the margin, in the direction of the metric', () => {
    const of = (control: number, candidate: number, direction: 'increase' | 'decrease') => {
      const same = strata(control, candidate).map((each) => ({ ...each, control: arm(each.control.units, control) }));
      return metricEvidence(settings, guardrail, direction, same);
    };
    expect(of(0.5, 0.4, 'increase')).toMatchObject({ failed: true, passed: false });
    expect(of(0.5, 0.4, 'decrease')).toMatchObject({ failed: false, passed: true });
    expect(of(0.5, 0.6, 'decrease')).toMatchObject({ failed: true, passed: false });
    expect(of(0.5, 0.5, 'increase')).toMatchObject({ failed: false, passed: true });
    expect(of(0.1, 0.1, 'increase')).toMatchObject({ failed: false, passed: false });
  });

  it('says nothing on fewer than a hundred units of an arm, or where all are alike', () => {
    const few: MetricStratum = { step: 1, candidate: arm(99, 0.1), control: arm(10_000, 0.1) };
    expect(metricEvidence(settings, guardrail, 'increase', [few])).toBeNull();
    expect(metricEvidence(settings, guardrail, 'increase', [{ ...few, candidate: arm(100, 0.1) }])).not.toBeNull();
    const alike: MetricStratum = { step: 1, candidate: arm(1_000, 0), control: arm(1_000, 0) };
    expect(metricEvidence(settings, guardrail, 'increase', [alike])).toBeNull();
    expect(metricEvidence(settings, guardrail, 'increase', [])).toBeNull();
  });

  it('turns over with the two arms: what was worse is better', () => {
    const turned = strata(0.3, 0.2).map(({ step, candidate, control }) => ({
      step,
      candidate: control,
      control: candidate,
    }));
    const one = metricEvidence(
      settings,
      { margin: { absolute: 0.05 }, rollbackMargin: 0 },
      'increase',
      strata(0.3, 0.2),
    );
    const other = metricEvidence(settings, { margin: { absolute: 0.05 }, rollbackMargin: 0 }, 'decrease', turned);
    expect(other?.failLogE).toBeCloseTo(one?.failLogE ?? Number.NaN, 10);
    expect(other?.difference).toBeCloseTo(-(one?.difference ?? 0), 12);
  });
});

describe('the sample ratio of a ramp', () => {
  it('expects s_k to 1 - s_max in each step', () => {
    const found = sampleRatioOf(settings, [{ step: 2, share: 0.25, candidate: 1_000, control: 2_000 }]);
    expect(found).toMatchObject({ alarm: false, perStep: [{ expectedCandidate: 1_000 }] });
  });

  it('is an alarm when the candidates are missing, and says so', () => {
    const found = sampleRatioOf(settings, [{ step: 2, share: 0.25, candidate: 100, control: 2_000 }]);
    expect(found).toMatchObject({ alarm: true, tooFewCandidates: true });
    expect(found.sentence).toMatch(
      /100 units of the candidate where 700 are expected; exposures of the candidate are lost/,
    );
    const other = sampleRatioOf(settings, [{ step: 2, share: 0.25, candidate: 1_000, control: 200 }]);
    expect(other).toMatchObject({ alarm: true, tooFewCandidates: false });
  });

  it('raises no false alarm in a long ramp to which the same units return in every step', () => {
    const shares = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5];
    const long = { ...settings, steps: shares.map((share) => ({ share, minimumSeconds: 0, minimumRequests: 1 })) };
    const random = randomStream(4, 'returning units');
    let alarms = 0;
    for (let run = 0; run < 300; run++) {
      const places = Array.from({ length: 1_000 }, random.uniform);
      const control = places.filter((place) => place >= 0.5).length;
      const steps = shares.map((share, k) => {
        return { step: k + 1, share, candidate: places.filter((place) => place < share).length, control };
      });
      if (sampleRatioOf(long, steps).alarm) alarms += 1;
    }
    // the product of the steps' e-values is an alarm in about 3 %
    expect(alarms).toBe(0);
  });
});
