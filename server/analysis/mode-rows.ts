import type { Queryable } from '../db/queryable.ts';
import { type BanditRows, readBanditRows } from '../delivery/bandit/bandit-store.ts';
import { type CanaryRows, readCanaryRows } from '../delivery/canary/canary-rows.ts';
import type { PhaseRow } from '../experiments/experiment-store.ts';
import { type InterleaveRows, readInterleaveRows } from './interleave/read-interleave-rows.ts';
import { readShadowResult } from './shadow/read-shadow-result.ts';

/** What a report of a phase reads that only its mode has. */
export type ModeRows =
  | { mode: 'shadow'; stored: Awaited<ReturnType<typeof readShadowResult>> }
  | CanaryRows
  | BanditRows
  | InterleaveRows;

/** Null in A/B phases, which the common report covers. */
export async function readModeRows(db: Queryable, phase: PhaseRow, asOf: Date): Promise<ModeRows | null> {
  switch (phase.mode) {
    case 'ab':
      return null;
    case 'shadow':
      return { mode: 'shadow', stored: await readShadowResult(db, phase.id) };
    case 'canary':
      return readCanaryRows(db, phase, asOf);
    case 'bandit':
      return readBanditRows(db, phase);
    case 'interleave':
      return readInterleaveRows(db, phase.id);
    default:
      throw new Error(`phases of mode ${phase.mode} have no report yet`);
  }
}
