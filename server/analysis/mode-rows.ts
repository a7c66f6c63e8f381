import type { Queryable } from '../db/queryable.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';

/** What a report of a phase reads that only its mode has. */
export type ModeRows = { mode: 'shadow' | 'canary' | 'bandit' | 'interleave' };

/** Null in A/B phases, which the common report covers. */
export async function readModeRows(_db: Queryable, phase: PhaseRow, _asOf: Date): Promise<ModeRows | null> {
  switch (phase.mode) {
    case 'ab':
      return null;
    default:
      throw new Error(`phases of mode ${phase.mode} have no report yet`);
  }
}
