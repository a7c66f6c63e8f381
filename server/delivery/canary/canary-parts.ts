import type { ModeInput, ModeParts } from '../../analysis/mode-parts.ts';
import type { GateReport } from '../../contract/gate-contract.ts';
import type { Verdict } from '../../contract/report-contract.ts';
import type { PhaseRow } from '../../experiments/experiment-store.ts';
import { type CanaryDecision, decideCanary } from './canary-decision.ts';
import { canaryHealth } from './canary-health.ts';
import { canaryPart } from './canary-report.ts';
import type { CanaryRows } from './canary-rows.ts';
import { type CanaryView, canaryView } from './canary-view.ts';

/** A canary's part of the report, made by the same functions as decide on it. */
export function canaryParts({ row, current: phase, rows, now }: ModeInput, canary: CanaryRows): ModeParts {
  const running = phase.state === 'running';
  const at = phase.endedAt ?? now;
  const view = canaryView({
    phase,
    metrics: row.metrics,
    rows: canary,
    paused: running && row.state === 'paused',
    oldestPendingAt: running ? rows.pending.oldestAt : null,
    now: at,
  });
  const decision = afterTheEnd(phase, decideCanary(view.facts, at));
  const health = canaryHealth(phase, rows, view, now);
  const gate = gateOf(view, decision);
  return {
    delivery: canaryPart({ row, phase, rows: canary, view, decision, now }),
    gate,
    health,
    verdict: verdictOfCanary(decision, view, health),
  };
}

/** What ended a phase is what is said of it; what its guardrails would say now adds nothing to a rollback. */
function afterTheEnd(phase: PhaseRow, decision: CanaryDecision): CanaryDecision {
  if (phase.endedAs === 'rolled_back') {
    return {
      ...decision,
      kind: 'roll_back',
      state: 'fail',
      sentence: phase.endReason ?? 'Rolled back.',
      nextCheckAt: null,
    };
  }
  return phase.state === 'ended' ? { ...decision, nextCheckAt: null } : decision;
}

/** It passes when the last step is complete. */
function gateOf({ guardrails }: CanaryView, { kind, state, sentence }: CanaryDecision): GateReport {
  const limits = guardrails.map(({ name, state: of, sentence: why }) => ({ name, state: of, sentence: why }));
  if (state === 'fail' || state === 'no_data') return { state, sentence, limits };
  return { state: kind === 'finish' ? 'pass' : 'inconclusive', sentence, limits };
}

/** A failed guardrail outranks the health of the data, which outranks the rest. */
function verdictOfCanary(decision: CanaryDecision, view: CanaryView, health: ModeParts['health']): Verdict {
  const { kind, sentence } = decision;
  const reasons = view.guardrails.map((each) => each.sentence);
  if (kind === 'roll_back') return { kind: 'do_not_ship', sentence, reasons };
  const alarm = health.find((each) => each.status === 'alarm');
  if (alarm) return { kind: 'invalid', sentence: `Do not use these numbers: ${alarm.sentence}`, reasons: [sentence] };
  if (kind === 'finish') return { kind: 'go_on', sentence, reasons };
  return { kind: 'keep_running', sentence, reasons };
}
