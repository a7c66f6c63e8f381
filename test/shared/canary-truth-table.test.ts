import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { GateState } from '../../server/contract/gate-contract.ts';
import { type CanaryFacts, decideCanary } from '../../server/delivery/canary/canary-decision.ts';

const file = fileURLToPath(new URL('../../../shared/vectors/argo-rollouts/analysis-phases.json', import.meta.url));

type Condition = boolean | 'error' | null;
interface Case {
  successCondition: Condition;
  failureCondition: Condition;
  phase: 'Successful' | 'Failed' | 'Inconclusive' | 'Error';
}

/**
 * Argo's two conditions in our words: the failure condition is the fail side of a guardrail, the success condition its pass
 * side. Not given: a side that nothing asks for. An error while evaluating is trouble with the data.
 */
function guardrailOf({ successCondition, failureCondition }: Case): { state: GateState; mustPass: boolean } {
  if (failureCondition === true) return { state: 'fail', mustPass: successCondition !== null };
  // Argo without a failure condition fails whatever does not succeed.
  if (failureCondition === null && successCondition === false) return { state: 'fail', mustPass: true };
  if (successCondition === 'error' || failureCondition === 'error') return { state: 'no_data', mustPass: true };
  if (successCondition === null) return { state: 'inconclusive', mustPass: false };
  return { state: successCondition ? 'pass' : 'inconclusive', mustPass: true };
}

/** What Argo does then: it aborts on Failed and Error, waits for a person on Inconclusive. */
const OURS = {
  Successful: ['advance'],
  Failed: ['roll_back'],
  Inconclusive: ['wait'],
  // Trouble with the data never rolls back here; a failure that is shown does, whatever else could not be evaluated.
  Error: ['wait', 'roll_back'],
};

describe.skipIf(!existsSync(file))('the truth table of Argo Rollouts', () => {
  const cases: Case[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).singleMeasurement : [];

  it.each(cases)('success $successCondition, failure $failureCondition: $phase', (each) => {
    const guardrail = { guardrail: 0, name: 'Errors', sentence: 'Errors.', ...guardrailOf(each) };
    const facts: CanaryFacts = {
      settings: {
        steps: [0.1, 0.5].map((share) => ({ share, minimumSeconds: 0, minimumRequests: 1 })),
        alpha: 0.05,
        guardrails: [{ kind: 'errors', mustPass: guardrail.mustPass, margin: 0.5, rollbackMargin: 0 }],
      },
      step: 1,
      enteredAt: new Date(0),
      pausedMs: 0,
      requests: 10,
      guardrails: [guardrail],
      sampleRatio: { alarm: false, tooFewCandidates: false, sentence: '' },
      troubles: [],
      oldestPendingAt: null,
      hold: null,
      paused: false,
    };
    const { kind } = decideCanary(facts, new Date(1_000));
    expect(OURS[each.phase]).toContain(kind);
    if (each.phase === 'Error') expect(kind).toBe(each.failureCondition === true ? 'roll_back' : 'wait');
  });

  it('covers every outcome that the facts name', () => {
    expect(cases.length).toBeGreaterThanOrEqual(8);
    expect(new Set(cases.map((each) => each.phase))).toEqual(
      new Set(['Successful', 'Failed', 'Inconclusive', 'Error']),
    );
  });
});
