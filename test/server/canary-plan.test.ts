import { describe, expect, it } from 'vitest';
import { randomStream } from '../../scripts/calibrate/random-stream.ts';
import type { CanarySettings } from '../../server/db/schema-types.ts';
import { planCanary, refuseShortSteps } from '../../server/delivery/canary/canary-plan.ts';
import { dryRunOf, type PastRamp } from '../../server/delivery/canary/dry-run.ts';
import { neededRequests } from '../../server/delivery/canary/needed-requests.ts';
import { addFailure, startEvidence } from '../../server/delivery/canary/rate-evidence.ts';

function settingsOf(minima: number[], mustPass = true): CanarySettings {
  return {
    steps: [0.05, 0.5].map((share, k) => ({ share, minimumSeconds: 0, minimumRequests: minima[k] ?? 500 })),
    alpha: 0.05,
    guardrails: [{ kind: 'errors', mustPass, margin: 0.5, rollbackMargin: 0 }],
  };
}

/** Share of simulated steps of so many requests after which the evidence has decided. */
function simulatedPower(settings: CanarySettings, requests: number, harm: number, side: 'pass' | 'fail'): number {
  const random = randomStream(4, `power ${side}`);
  const runs = 120;
  let decided = 0;
  for (let run = 0; run < runs; run++) {
    let candidate = random.binomial(requests, 0.01 * harm);
    let control = random.binomial(Math.round((requests * 0.5) / 0.05), 0.01);
    let evidence = startEvidence();
    while (candidate + control > 0) {
      const isCandidate = random.uniform() * (candidate + control) < candidate;
      if (isCandidate) candidate -= 1;
      else control -= 1;
      const band = isCandidate ? 'candidate' : 'control';
      evidence = addFailure(evidence, settings, { guardrail: 0, step: 1, band, at: new Date(0) });
    }
    if ((side === 'pass' ? evidence.passedAt : evidence.failedAt) !== null) decided += 1;
  }
  return decided / runs;
}

describe('the sample that a step needs', () => {
  it('lets an identical candidate pass, and finds twice the margin, in about 80 % of simulated steps', () => {
    const settings = settingsOf([500, 500]);
    const pass = neededRequests(settings, 0, 1, 0.01, 'pass') ?? 0;
    const detect = neededRequests(settings, 0, 1, 0.01, 'detect') ?? 0;
    // the normal approximation and looks in between move it by a few points
    const [passes, fails] = [simulatedPower(settings, pass, 1, 'pass'), simulatedPower(settings, detect, 2, 'fail')];
    expect(Math.min(passes, fails)).toBeGreaterThan(0.7);
    expect(Math.max(passes, fails)).toBeLessThan(0.95);
    expect(simulatedPower(settings, Math.round(pass / 4), 1, 'pass')).toBeLessThan(0.5);
  }, 30_000);

  it('counts what the steps before have gathered, and is not told for what nobody knows', () => {
    const fresh = neededRequests(settingsOf([1, 500]), 0, 2, 0.01, 'pass') ?? 0;
    const half = neededRequests(settingsOf([5_000, 500]), 0, 2, 0.01, 'pass') ?? 0;
    expect(half).toBeLessThan(fresh);
    expect(neededRequests(settingsOf([100_000, 500]), 0, 2, 0.01, 'pass')).toBe(0);
    expect(neededRequests(settingsOf([1, 1]), 0, 1, 1e-9, 'pass')).toBeNull();
  });
});

describe('a plan', () => {
  const traffic = { requestsPerSecond: 100, errorRate: 0.01 };

  it('is refused where a guardrail that must pass cannot, with the number and both ways out', () => {
    expect(() => refuseShortSteps(settingsOf([500, 500]), traffic, 'phases.0.canary')).toThrow(
      /phases\.0\.canary\.steps\.0\.minimumRequests: 500 requests .* needs about [\d\u202f]+ in step 1\. Raise the minimum, or set "mustPass": false/,
    );
    expect(() => refuseShortSteps(settingsOf([500, 500], false), traffic, 'x')).not.toThrow();
    expect(() => refuseShortSteps(settingsOf([500, 500]), { ...traffic, errorRate: null }, 'x')).not.toThrow();
    const needed = planCanary(settingsOf([500, 500]), traffic).steps[0]?.guardrails[0]?.neededForPass ?? 0;
    expect(() => refuseShortSteps(settingsOf([needed, 500]), traffic, 'x')).not.toThrow();
  });

  it('tells the time that it takes at the traffic there is', () => {
    const plan = planCanary(settingsOf([500, 5_000], false), traffic);
    expect(plan.steps.map((each) => each.seconds)).toEqual([100, 100]);
    expect(plan.sentence).toBe('At 100 requests a second the ramp takes about 3 min.');
    const unknown = planCanary(settingsOf([500, 5_000], false), { requestsPerSecond: null, errorRate: null });
    expect(unknown.seconds).toBeNull();
    expect(unknown.steps[0]?.guardrails[0]).toMatchObject({ baselineRate: null, neededForPass: null });
  });
});

describe('a dry run', () => {
  const second = (n: number) => new Date(Date.UTC(2026, 2, 1) + 1000 * n);
  /** Step 1 for 100 s, then step 2; ten requests of the candidate a second in both. */
  const past = (failures: PastRamp['failures']): PastRamp => ({
    startedAt: second(0),
    endedAt: second(200),
    steps: [
      { step: 1, startedAt: second(0) },
      { step: 2, startedAt: second(100) },
    ],
    failures,
    calls: Array.from({ length: 20 }, (_, k) => ({ at: second(10 * (k + 1)), candidate: 100, control: 100 })),
  });
  const ran = settingsOf([1_000, 1_000], false);

  it('repeats what the policy that ran did', () => {
    expect(dryRunOf(ran, ran, past([]))).toMatchObject([
      { kind: 'advance', step: 1, dataStep: 2, at: second(100).toISOString() },
      { kind: 'finish', step: 2, dataStep: 2, at: second(200).toISOString() },
    ]);
  });

  it('goes on sooner with smaller minima, and not at all without what must pass', () => {
    const faster = dryRunOf(ran, settingsOf([300, 300], false), past([]));
    expect(faster.map((each) => each.at)).toEqual([second(30).toISOString(), second(60).toISOString()]);
    expect(dryRunOf(ran, settingsOf([300, 300], true), past([]))).toEqual([]);
  });

  it('stops at the failing units that would have rolled it back', () => {
    const bad = Array.from({ length: 3 }, () => ({
      guardrail: 0,
      step: 1,
      band: 'candidate' as const,
      at: second(35),
    }));
    const found = dryRunOf(ran, ran, past(bad));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ kind: 'roll_back', at: second(40).toISOString(), dataStep: 1 });
    const [guardrail] = ran.guardrails;
    if (guardrail?.kind !== 'errors') throw new Error('errors');
    const tolerant = { ...ran, guardrails: [{ ...guardrail, rollbackMargin: 9 }] };
    expect(dryRunOf(ran, tolerant, past(bad)).map((each) => each.kind)).not.toContain('roll_back');
  });
});
