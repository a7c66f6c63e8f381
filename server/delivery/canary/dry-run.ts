import type { DryRun } from '../../contract/canary-plan-contract.ts';
import type { CanarySettings } from '../../db/schema-types.ts';
import { type CanaryFacts, decideCanary } from './canary-decision.ts';
import { isRate } from './guardrail-record.ts';
import { judgeRate } from './judge-rate.ts';
import { addFailure, type FirstFailure, type RateEvidence, startEvidence } from './rate-evidence.ts';

/** What a past ramp left behind, in order of time. */
export interface PastRamp {
  startedAt: Date;
  endedAt: Date;
  /** When each step really began. */
  steps: { step: number; startedAt: Date }[];
  failures: FirstFailure[];
  /** Calls of each band's variant, by short stretches. */
  calls: { at: Date; candidate: number; control: number }[];
}

/** Where the policy would be, and the calls since it came there. */
interface Position {
  step: number;
  enteredAt: Date;
  candidate: number;
  control: number;
}

/**
 * What a policy would have done on the data of a past ramp: it looks after every stretch and stops where it would have
 * rolled back. The data keep the steps and shares that ran, whatever step the policy would have been in.
 */
export function dryRunOf(ran: CanarySettings, policy: CanarySettings, past: PastRamp): DryRun['actions'] {
  const settings: CanarySettings = { ...policy, steps: mergeSteps(ran, policy) };
  const actions: DryRun['actions'] = [];
  const evidence = new Map<number, RateEvidence>();
  let position: Position = { step: 1, enteredAt: past.startedAt, candidate: 0, control: 0 };
  const waiting = [...past.failures];
  for (const stretch of past.calls) {
    while (waiting[0] && waiting[0].at <= stretch.at) {
      const failure = waiting.shift() as FirstFailure;
      const before = evidence.get(failure.guardrail) ?? startEvidence();
      evidence.set(failure.guardrail, addFailure(before, settings, failure));
    }
    position.candidate += stretch.candidate;
    position.control += stretch.control;
    const decision = decideCanary(factsOf(settings, position, evidence), stretch.at);
    if (decision.kind === 'hold' || decision.kind === 'wait') continue;
    const dataStep = past.steps.findLast((each) => each.startedAt <= stretch.at)?.step ?? 1;
    const { kind, sentence } = decision;
    actions.push({ at: stretch.at.toISOString(), kind, step: position.step, dataStep, sentence });
    if (kind !== 'advance') break;
    position = { step: position.step + 1, enteredAt: stretch.at, candidate: 0, control: 0 };
  }
  return actions;
}

/** Evidence belongs to the shares that ran; the policy gives the minima. */
function mergeSteps(ran: CanarySettings, policy: CanarySettings): CanarySettings['steps'] {
  return ran.steps.map(({ share, ...own }, k) => ({ ...own, ...policy.steps[k], share }));
}

function factsOf(
  settings: CanarySettings,
  { step, enteredAt, candidate, control }: Position,
  evidence: Map<number, RateEvidence>,
): CanaryFacts {
  const hasCalls = candidate > 0 && control > 0;
  return {
    settings,
    step,
    enteredAt,
    pausedMs: 0,
    requests: candidate,
    guardrails: settings.guardrails.flatMap((guardrail, place) =>
      isRate(guardrail)
        ? [judgeRate(settings, place, guardrail, evidence.get(place) ?? startEvidence(), hasCalls)]
        : [],
    ),
    sampleRatio: { alarm: false, tooFewCandidates: false, sentence: '' },
    troubles: [],
    oldestPendingAt: null,
    hold: null,
    paused: false,
  };
}
