import type { Queryable } from '../db/queryable.ts';
import { type CanaryRows, readCanaryRows } from '../delivery/canary/canary-rows.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { readShadowResult } from './shadow/read-shadow-result.ts';

/** What a report of a phase reads that only its mode has. */
export type ModeRows =
  | { mode: 'shadow'; stored: Awaited<ReturnType<typeof readShadowResult>> }
  | CanaryRows
  | { mode: 'bandit' | 'interleave' };

/** Null in A/B phases, which the common report covers. */
export async function readModeRows(db: Queryable, phase: PhaseRow, asOf: Date): Promise<ModeRows | null> {
  switch (phase.mode) {
    case 'ab':
      return null;
    case 'shadow':
      return { mode: 'shadow', stored: await readShadowResult(db, phase.id) };
    case 'canary':
      return readCanaryRows(db, phase, asOf);
    default:
      throw new Error(`phases of mode ${phase.mode} have no report yet`);
  }
}
