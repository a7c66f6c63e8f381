import type { PhaseInput } from './check-phase.ts';
import type { PhaseRow } from './experiment-store.ts';

/** A stored phase as it could have been declared, so that it can be checked again. */
export function phaseInputOf(phase: PhaseRow): PhaseInput {
  const { mode, assignment, plan, continues, sticky, gate, settings, split } = phase;
  if (mode === 'holdout') throw new Error('a holdout is not declared by people');
  const variants = split.map((each) => each.variant);
  const external = assignment === 'external';
  return {
    mode,
    assignment,
    plan,
    continues,
    sticky,
    gate,
    ...(mode === 'ab' ? { split: split.map(({ variant, weight }) => ({ variant, weight })) } : {}),
    ...(mode === 'shadow' || mode === 'canary' ? { candidate: variants[0] ?? '' } : {}),
    ...(mode === 'bandit' || mode === 'interleave' ? { variants } : {}),
    ...settings,
    ...(external && phase.startedAt ? { startedAt: phase.startedAt.toISOString() } : {}),
    ...(external && phase.endedAt ? { endedAt: phase.endedAt.toISOString() } : {}),
  };
}
