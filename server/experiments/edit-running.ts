import { isDeepStrictEqual } from 'node:util';
import type { CanaryGuardrail, CanarySettings, PhaseSettings } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';
import type { PhaseRow } from './experiment-store.ts';
import type { NewPhase } from './phase-store.ts';

/**
 * What may be edited of the running phase: its gate, and the steps of a canary that it has not reached, below the largest
 * share, which fixes the bands. All else would move units or mix results, and is refused.
 */
export function editRunning(key: string, phase: PhaseRow, wanted: NewPhase): Pick<NewPhase, 'gate' | 'settings'> {
  const moved = whatMoves(phase, wanted);
  if (moved) {
    const step = phase.mode === 'canary' ? `, or take a step with POST /api/experiments/${key}/step` : '';
    throw new AssayError(
      'would_move_units',
      `Phase ${phase.position} is running: to change ${moved} would move its units from one variant to another. ` +
        `Add a phase with POST /api/experiments/${key}/phases${step}.`,
    );
  }
  const settings = withFrozenThresholds(wanted.settings, phase.settings);
  if (!isDeepStrictEqual(withoutSteps(settings), withoutSteps(phase.settings)) || !samePlan(phase, wanted)) {
    throw new AssayError(
      'not_possible_now',
      `Phase ${phase.position} is running: its plan and settings are fixed, since its results would mix. Only "gate" and the ` +
        `steps that a canary has not reached can be edited; add a phase with POST /api/experiments/${key}/phases for the rest.`,
    );
  }
  return { gate: wanted.gate, settings };
}

/** The first thing wanted that would move units; null when nothing would. */
function whatMoves(phase: PhaseRow, wanted: NewPhase): string | null {
  for (const field of ['mode', 'assignment', 'continues', 'sticky'] as const) {
    if (phase[field] !== wanted[field]) return `"${field}"`;
  }
  const ids = (split: NewPhase['split']) => split.map((each) => each.variantId);
  if (!isDeepStrictEqual(ids(phase.split), ids(wanted.split))) return 'its variants';
  const weights = (split: NewPhase['split']) => split.map((each) => each.weight);
  if (phase.mode === 'ab' && !isDeepStrictEqual(weights(phase.split), weights(wanted.split))) return 'its weights';
  if (phase.settings.shadow?.share !== wanted.settings.shadow?.share) return 'the share that is shadowed';
  const { canary } = phase.settings;
  return canary && wanted.settings.canary ? whatMovesRamp(canary, wanted.settings.canary, phase.step) : null;
}

function whatMovesRamp(stored: CanarySettings, wanted: CanarySettings, reached: number): string | null {
  const past = (settings: CanarySettings) => settings.steps.slice(0, reached);
  if (!isDeepStrictEqual(past(stored), past(wanted))) return `steps 1-${reached}, which it has reached`;
  if (stored.steps.at(-1)?.share !== wanted.steps.at(-1)?.share)
    return 'the largest share, from which the control begins';
  return null;
}

/** A threshold that was left open is the one that was fixed at the start. */
function withFrozenThresholds(wanted: PhaseSettings, stored: PhaseSettings): PhaseSettings {
  if (!wanted.canary) return wanted;
  const guardrails = wanted.canary.guardrails.map((each, i): CanaryGuardrail => {
    const known = stored.canary?.guardrails[i];
    if (each.kind !== 'slow_calls' || known?.kind !== 'slow_calls' || each.thresholdMs !== null) return each;
    return { ...each, thresholdMs: known.thresholdMs };
  });
  return { ...wanted, canary: { ...wanted.canary, guardrails } };
}

function withoutSteps({ canary, ...rest }: PhaseSettings): object {
  return canary ? { ...rest, canary: { alpha: canary.alpha, guardrails: canary.guardrails } } : rest;
}

const samePlan = (phase: PhaseRow, wanted: NewPhase) => isDeepStrictEqual(phase.plan, wanted.plan);
