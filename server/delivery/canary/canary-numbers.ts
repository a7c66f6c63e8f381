import type { CanaryDecision } from './canary-decision.ts';
import type { CanaryView, GuardrailView } from './canary-view.ts';

/** The numbers behind a decision, for the audit and the history of steps. */
export function decisionNumbers({ facts, guardrails, ratio }: CanaryView, { sentence }: CanaryDecision) {
  return {
    sentence,
    fromStep: facts.step,
    requests: facts.requests,
    guardrails: guardrails.map((each) => ({ name: each.name, state: each.state, ...evidenceNumbers(each) })),
    sampleRatioLogE: ratio.logE,
  };
}

function evidenceNumbers({ rate, metric }: GuardrailView): Record<string, unknown> {
  if (rate) {
    const { fail, pass, failedAt, passedAt, events } = rate;
    return {
      failLogE: fail.highestLogE,
      passLogE: pass.highestLogE,
      failedAt: failedAt?.toISOString() ?? null,
      passedAt: passedAt?.toISOString() ?? null,
      events: Object.fromEntries(events),
    };
  }
  return { ...metric?.evidence };
}
