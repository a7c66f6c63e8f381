import { describe, expect, it } from 'vitest';
import {
  addGuardrailEvent,
  candidateShare,
  type GuardrailSide,
  guardrailDecided,
  startGuardrail,
} from '../../stats/index.ts';

/** Numbers from 0 to 1 that repeat from run to run. Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STEPS = [0.01, 0.05, 0.1, 0.25, 0.5];

/** The share of phases of 400 events, on a ramp of five steps, in which the evidence is ever conclusive. */
function decided(side: GuardrailSide, rateRatio: number, margin: number, runs: number, alpha: number): number {
  const random = seeded(20260822);
  let count = 0;
  for (let run = 0; run < runs; run++) {
    let evidence = startGuardrail(side);
    for (let i = 0; i < 400 && !guardrailDecided(evidence, alpha); i++) {
      const step = STEPS[Math.floor(i / 80)]!;
      const truth = candidateShare(step, 0.5, 0) * rateRatio;
      const chance = truth / (truth + 1 - candidateShare(step, 0.5, 0));
      evidence = addGuardrailEvent(evidence, {
        candidate: random() < chance,
        share: candidateShare(step, 0.5, margin),
      });
    }
    if (guardrailDecided(evidence, alpha)) count += 1;
  }
  return count / runs;
}

describe('the guardrail of a rate', () => {
  it('a healthy candidate fails in at most alpha of phases, one at the margin passes in at most alpha', () => {
    const alpha = 0.05;
    const slack = 4 * Math.sqrt((alpha * (1 - alpha)) / 2000);
    for (const [side, ratio, margin] of [
      ['fail', 1, 0],
      ['fail', 1.5, 0.5],
      ['pass', 1.5, 0.5],
    ] as const) {
      const rate = decided(side, ratio, margin, 2000, alpha);
      expect(rate).toBeGreaterThan(0.002);
      expect(rate).toBeLessThan(alpha + slack);
    }
  }, 30_000);

  it('a candidate with three times the errors fails, one without any passes', () => {
    expect(decided('fail', 3, 0, 200, 0.0167)).toBeGreaterThan(0.95);
    expect(decided('pass', 0, 0.5, 200, 0.0167)).toBe(1);
  });

  it('e is the mean of products: by hand, for two events', () => {
    const one = addGuardrailEvent(startGuardrail('fail'), { candidate: true, share: 0.5 });
    const two = addGuardrailEvent(one, { candidate: false, share: 0.2 });
    const ratios = [1.25, 1.5, 2, 3, 5, 8];
    const mean = ratios.map((r) => r / (1 + 0.5 * (r - 1)) / (1 + 0.2 * (r - 1))).reduce((a, b) => a + b) / 6;
    expect(Math.exp(two.logE)).toBeCloseTo(mean, 13);
    expect(two.events).toBe(2);
    expect(two.highestLogE).toBe(one.logE);
  });

  it('expectation of the next e is the present one at the margin, and nothing overflows', () => {
    let evidence = startGuardrail('pass');
    for (let i = 0; i < 50; i++) {
      const share = candidateShare(0.2, 0.6, 0.5);
      const yes = addGuardrailEvent(evidence, { candidate: true, share });
      const no = addGuardrailEvent(evidence, { candidate: false, share });
      const mean = share * Math.exp(yes.logE) + (1 - share) * Math.exp(no.logE);
      expect(mean / Math.exp(evidence.logE)).toBeCloseTo(1, 12);
      evidence = i % 3 === 0 ? yes : no;
    }
    for (let i = 0; i < 5000; i++) evidence = addGuardrailEvent(evidence, { candidate: false, share: 0.5 });
    expect(Number.isFinite(evidence.logE)).toBe(true);
    expect(evidence.logE).toBeGreaterThan(800);
  });

  it.each<[string, () => unknown]>([
    [
      'share must be between 0 and 1, got 1',
      () => addGuardrailEvent(startGuardrail('fail'), { candidate: true, share: 1 }),
    ],
    ['share must be above 0 and at most 0.5, got 0.6', () => candidateShare(0.6, 0.5)],
    ['largestShare must be between 0 and 1, got 1', () => candidateShare(0.6, 1)],
    ['margin must be a finite number of at least 0, got -1', () => candidateShare(0.2, 0.5, -1)],
    ['side must be fail or pass, got x', () => startGuardrail('x' as never)],
    ['alpha must be between 0 and 1, got 0', () => guardrailDecided(startGuardrail('fail'), 0)],
  ])('refuses by name: %s', (message, call) => {
    expect(call).toThrow(new RangeError(message));
  });
});
