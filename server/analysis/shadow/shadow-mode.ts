import type { GateReport } from '../../contract/gate-contract.ts';
import type { HealthItem, Verdict } from '../../contract/report-contract.ts';
import type { ShadowReport } from '../../contract/shadow-contract.ts';
import type { ExperimentRow, PhaseRow } from '../../experiments/experiment-store.ts';
import { pending } from '../health/pending-check.ts';
import { oneOf, percent } from '../phrases.ts';
import type { ReportRows } from '../report-store.ts';
import { MOST_DROPPED, shadowGate } from './shadow-gate.ts';
import { shadowReportOf } from './shadow-report.ts';
import { NO_SHADOW_RESULT, type ShadowResult } from './shadow-result.ts';

/** What a shadow phase says for itself. */
export function shadowParts(
  { row, current, rows, now }: { row: ExperimentRow; current: PhaseRow; rows: ReportRows; now: Date },
  stored: { computedAt: Date; result: ShadowResult } | null,
): { delivery: ShadowReport; gate: GateReport; health: HealthItem[]; verdict: Verdict } {
  const settings = current.settings.shadow;
  if (!settings) throw new Error(`shadow phase ${current.id} has no settings`);
  const phase = { level: current.plan.level, settings, metrics: row.metrics };
  const delivery = shadowReportOf(phase, stored ?? { computedAt: null, result: NO_SHADOW_RESULT });
  const gate = shadowGate(settings, delivery);
  const health = [
    droppedCheck(delivery),
    referenceCheck(delivery, settings.referenceShare),
    pending(rows, current, now),
  ];
  return { delivery, gate, health, verdict: verdictOfShadow(delivery, gate) };
}

function droppedCheck({ calls: { shadowed, dropped, droppedShare } }: ShadowReport): HealthItem {
  const numbers = { shadowed, dropped, share: droppedShare };
  const item = { check: 'shadow_dropped' as const, numbers, causes: [] };
  if (droppedShare === null) {
    return {
      ...item,
      status: 'waiting',
      sentence: 'No client has told yet how many shadow calls it made and dropped.',
    };
  }
  if (droppedShare <= MOST_DROPPED) {
    const sentence = `${percent(droppedShare)} of shadow calls were dropped: what was compared stands for all.`;
    return { ...item, status: 'ok', sentence };
  }
  return {
    ...item,
    status: 'alarm',
    sentence: `${percent(droppedShare)} of shadow calls were dropped, above ${percent(MOST_DROPPED)}: busy times are missing from the comparison.`,
    causes: [
      'More shadow calls were under way than maxInFlight allows: raise it, or lower the share.',
      'The candidate is slow or hangs until its time budget ends: shorten budgetMs.',
    ],
  };
}

function referenceCheck({ comparisons, references }: ShadowReport, referenceShare: number): HealthItem {
  const numbers = { comparisons, references, share: comparisons > 0 ? references / comparisons : null };
  const item = { check: 'shadow_reference' as const, numbers, causes: [] };
  if (referenceShare === 0) {
    const sentence =
      'The champion is never called twice (referenceShare 0): there is no noise floor, and nothing fair to compare latency and errors with.';
    return { ...item, status: 'warning', sentence };
  }
  if (comparisons === 0) return { ...item, status: 'waiting', sentence: 'No comparison has come yet.' };
  const told = `In ${oneOf(references, 'decision', 'decisions')} the champion was called twice`;
  // a share this low by chance: eight standard deviations
  const least = referenceShare * comparisons - 8 * Math.sqrt(referenceShare * comparisons);
  if (references >= least) return { ...item, status: 'ok', sentence: `${told}.` };
  return {
    ...item,
    status: 'warning',
    sentence: `${told}, ${percent(references / comparisons)} instead of ${percent(referenceShare)}.`,
    causes: ['Clients with an older ruleset or of another language do not call the champion twice.'],
  };
}

function verdictOfShadow({ sentence, labels, agreement, errors, latency }: ShadowReport, gate: GateReport): Verdict {
  const kind = ({ pass: 'go_on', fail: 'do_not_ship', inconclusive: 'keep_running', no_data: 'insufficient' } as const)[
    gate.state
  ];
  const dropped = gate.limits.some((each) => each.name === 'dropped' && each.state === 'inconclusive');
  return {
    kind: kind === 'keep_running' && dropped ? 'look_closer' : kind,
    sentence: labels.status === 'ok' ? `${sentence} ${labels.sentence}` : sentence,
    reasons: [gate.sentence, agreement.sentence, errors.sentence, latency.sentence],
  };
}
