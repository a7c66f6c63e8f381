import type { Brief } from '../analysis/brief.ts';
import type { Mode } from '../db/schema-types.ts';
import type { ExperimentRow, PhaseRow } from '../experiments/experiment-store.ts';
import { nextPhase } from '../experiments/phase-order.ts';
import type { Finding, Happened } from './attention-facts.ts';

const MODE: Record<Mode, string> = {
  shadow: 'shadow',
  canary: 'canary',
  ab: 'A/B test',
  bandit: 'bandit',
  interleave: 'interleaving',
  holdout: 'holdout',
};

/** What a phase has found that waits for a person: at most one finding. */
export function decisionOf(row: ExperimentRow, phase: PhaseRow, brief: Brief, happened: Happened[]): Finding[] {
  if (phase.hold) return [];
  const { gate, verdict, lookAt } = brief;
  if (phase.mode === 'shadow' && gate?.state === 'fail') {
    return [{ kind: 'shadow_failed', sentence: `The candidate is not fit to go on: ${gate.sentence}`, since: null }];
  }
  if (gate?.state === 'pass') return passed(row, phase, brief, happened);
  if (phase.mode === 'shadow' || phase.mode === 'canary') return [];
  if (verdict.kind === 'do_not_ship') return [{ kind: 'do_not_ship', sentence: verdict.sentence, since: lookAt }];
  if (verdict.kind === 'ship' || verdict.kind === 'look_closer' || (verdict.kind === 'insufficient' && isOver(brief))) {
    return [{ kind: 'decide', sentence: verdict.sentence, since: lookAt }];
  }
  return [];
}

/** Too little data is an answer only when no more will come. */
const isOver = ({ lookAt, progress, gate }: Brief): boolean =>
  progress?.share === 1 && (lookAt !== null || (gate?.limits.length ?? 0) > 0);

function passed(
  row: ExperimentRow,
  phase: PhaseRow,
  { gate, verdict, lookAt }: Brief,
  happened: Happened[],
): Finding[] {
  const next = nextPhase(row);
  const complete = happened.find(
    ({ action, detail }) => action === 'canary.complete' && detail.phase === phase.position,
  );
  const since = lookAt ?? complete?.at.toISOString() ?? null;
  if (!next) {
    const sentence =
      phase.mode === 'shadow' || phase.mode === 'canary'
        ? `${gate?.sentence ?? ''} No phase follows: conclude it, with or without promoting the candidate.`
        : verdict.sentence;
    return [{ kind: 'decide', sentence, since }];
  }
  if (phase.gate === 'automatic') return [];
  const name = `phase ${next.position + 1} (${MODE[next.mode]})`;
  return [{ kind: 'gate', sentence: `Ready for ${name}, which a person starts. ${gate?.sentence ?? ''}`, since }];
}
