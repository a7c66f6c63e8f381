import type * as contract from '../contract/catalog.ts';
import type { Phase } from '../contract/phase-contract.ts';
import type { ExperimentRow, PhaseRow } from './experiment-store.ts';
import { obstacleTo, TRANSITIONS } from './possible-transitions.ts';

export function experimentToContract(row: ExperimentRow): contract.Experiment {
  return {
    key: row.key,
    name: row.name,
    slot: row.slotKey,
    hypothesis: row.hypothesis,
    state: row.state,
    targeting: row.targeting,
    audiences: row.audiences,
    range: { from: row.rangeFrom, to: row.rangeTo },
    segments: row.segments,
    metrics: row.metrics.map((each) => ({ metric: each.key, role: each.role, margin: each.margin, name: each.name })),
    phases: row.phases.map(phaseToContract),
    transitions: TRANSITIONS.map((transition) => ({ transition, obstacle: obstacleTo(row, transition) })),
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    concludedAt: iso(row.concludedAt),
  };
}

export function phaseToContract(row: PhaseRow): Phase {
  return {
    id: row.id,
    position: row.position,
    mode: row.mode,
    state: row.state,
    assignment: row.assignment,
    step: row.step,
    salt: row.salt,
    continues: row.continues,
    sticky: row.sticky,
    gate: row.gate,
    split: row.split.map(({ variant, weight, control }) => ({ variant, weight, control })),
    plan: row.plan,
    shadow: row.settings.shadow ?? null,
    canary: row.settings.canary ?? null,
    bandit: row.settings.bandit ?? null,
    interleave: row.settings.interleave ?? null,
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    endedAs: row.endedAs,
    endReason: row.endReason,
    pauses: row.pauses,
    hold: row.hold,
  };
}

function iso(at: Date | null): string | null {
  return at ? at.toISOString() : null;
}
