import type { Brief } from '../analysis/brief.ts';
import type { AttentionItem, AttentionKind } from '../contract/home-contract.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { nextPhase, runningPhase } from '../experiments/phase-order.ts';
import { ASSAY } from '../experiments/roll-back.ts';
import { decisionOf } from './attention-decisions.ts';
import type { AttentionFacts, Finding } from './attention-facts.ts';
import { silenceOf } from './attention-silence.ts';

const SEVERITY: Record<AttentionKind, AttentionItem['severity']> = {
  rolled_back: 'act',
  alarm: 'act',
  shadow_failed: 'act',
  do_not_ship: 'act',
  decide: 'decide',
  gate: 'decide',
  refused: 'check',
  held: 'check',
  no_data: 'check',
  stale: 'check',
  paused: 'check',
};
const ORDER = Object.keys(SEVERITY);

/** What needs a person now, most urgent first; within a kind the latest first. Pure. */
export function attention(facts: AttentionFacts[], now: Date): AttentionItem[] {
  const items = facts.flatMap((each) =>
    findings(each, now).map((finding) => ({
      ...finding,
      severity: SEVERITY[finding.kind],
      experiment: { key: each.row.key, name: each.row.name },
      slot: each.row.slotKey,
    })),
  );
  const latest = ({ since }: AttentionItem) => since ?? '';
  return items.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (latest(a) < latest(b) ? 1 : -1));
}

function findings(facts: AttentionFacts, now: Date): Finding[] {
  const { row, brief } = facts;
  const phase = runningPhase(row);
  if (!phase) return rolledBack(facts);
  // Alarms make every answer void: what waits is that they are looked into.
  const doubtful = brief.alarms.length > 0;
  const decisions = doubtful ? [] : decisionOf(row, phase, brief, facts.happened);
  if (row.state === 'paused') {
    return [...alarms(facts), ...decisions.filter(({ kind }) => kind !== 'gate'), paused(phase, facts)];
  }
  const silence = silenceOf(phase, brief, now);
  return [
    ...alarms(facts),
    ...decisions,
    ...refused(phase, facts),
    // Its controller holds for a reason that is told already.
    ...(phase.hold || !(doubtful || silence?.kind === 'stale') ? held(phase, brief) : []),
    ...(silence ? [silence] : []),
  ];
}

/** Nothing runs since a phase was taken back: go on, or conclude. */
function rolledBack({ row, happened }: AttentionFacts): Finding[] {
  const last = row.phases.findLast(({ state }) => state === 'ended');
  if (last?.endedAs !== 'rolled_back') return [];
  const actor = happened.find(({ action }) => action === 'experiment.roll-back')?.actor ?? ASSAY;
  const reason = last.endReason ?? '';
  const said = reason.startsWith('Rolled back') || reason.includes('rolled it back');
  const sentence = said ? reason : `Rolled back${actor === ASSAY ? '' : ` by ${actor}`}: ${reason}`;
  return [{ kind: 'rolled_back', sentence, since: iso(last.endedAt) }];
}

function alarms({ brief, happened }: AttentionFacts): Finding[] {
  const found = happened.find(({ action }) => action === 'canary.sample-ratio');
  return brief.alarms.map(({ check, sentence, since }) => ({
    kind: 'alarm',
    sentence,
    since: since ?? (check === 'sample_ratio' && found ? iso(found.at) : null),
  }));
}

function paused(phase: PhaseRow, { row, happened }: AttentionFacts): Finding {
  const from = phase.pauses.find(({ to }) => to === null)?.from ?? null;
  const pause = happened.find(({ action }) => action === 'experiment.pause');
  const by = pause ? ` by ${pause.actor}` : '';
  const switched = typeof pause?.detail.slot === 'string' ? 'Stopped with the kill switch' : 'Paused';
  const reason = typeof pause?.detail.reason === 'string' ? ` (${pause.detail.reason})` : '';
  const sentence = `${switched}${by}${reason}: everyone gets the champion of “${row.slotKey}”.`;
  return { kind: 'paused', sentence, since: from };
}

/** The gate said pass, and the next phase could not start. */
function refused(phase: PhaseRow, { row, happened }: AttentionFacts): Finding[] {
  const refusal = happened.find(
    ({ action, detail }) => action === 'experiment.advance-refused' && detail.phase === phase.position,
  );
  const next = nextPhase(row);
  if (!refusal || !next || (phase.startedAt && refusal.at < phase.startedAt)) return [];
  const sentence = `Phase ${next.position + 1} could not start by itself: ${String(refusal.detail.reason)}`;
  return [{ kind: 'refused', sentence, since: iso(refusal.at) }];
}

/** A ramp that a person keeps, or its controller for trouble with the data. */
function held({ hold, step, settings }: PhaseRow, { controllerHolds }: Brief): Finding[] {
  if (hold) {
    const place = `step ${step} of ${settings.canary?.steps.length ?? step}`;
    return [{ kind: 'held', sentence: `${hold.by} holds the ramp at ${place}: ${hold.reason}`, since: hold.at }];
  }
  return controllerHolds === null ? [] : [{ kind: 'held', sentence: controllerHolds, since: null }];
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
