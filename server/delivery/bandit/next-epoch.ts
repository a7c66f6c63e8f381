import type { BanditPhase } from './bandit-phase.ts';
import type { ClosedCells } from './epoch-store.ts';
import { type BanditPosterior, banditPosterior } from './posterior.ts';
import { weightsOf } from './weights.ts';

/** Numbers behind the weights of an epoch, as `phase_step.detail` holds them; arms in the order of the split. */
export interface EpochDetail {
  posterior?: BanditPosterior;
  /** By value of the context; of the current epoch only. */
  contexts?: Record<string, BanditPosterior>;
}

/** Weights of the next epoch, by variant id, from all closed cells. */
export interface NextEpoch {
  weights: Record<string, number>;
  contexts: Record<string, Record<string, number>> | null;
  detail: EpochDetail;
}

/**
 * Every value of the context that has been seen has a posterior and weights of its own; units of other values share those
 * of all units.
 */
export function nextEpoch({ phase, settings, reward }: BanditPhase, closed: ClosedCells[]): NextEpoch {
  const rule = { ...settings, direction: reward.direction };
  const arms = phase.split.length;
  const posteriorOf = (of: ClosedCells | undefined) =>
    banditPosterior(
      (of?.periods ?? []).map(({ cells }) => cells),
      arms,
      rule,
    );
  const byVariant = (posterior: BanditPosterior) => {
    const weights = weightsOf(posterior, settings);
    return Object.fromEntries(phase.split.map(({ variantId }, arm) => [variantId, weights[arm] ?? 0]));
  };
  const all = posteriorOf(closed.find((each) => each.context === null));
  const named = closed.flatMap((each) => (each.context === null ? [] : [[each.context, posteriorOf(each)] as const]));
  if (settings.context === null) return { weights: byVariant(all), contexts: null, detail: { posterior: all } };
  return {
    weights: byVariant(all),
    contexts: Object.fromEntries(named.map(([value, posterior]) => [value, byVariant(posterior)])),
    detail: { posterior: all, contexts: Object.fromEntries(named) },
  };
}
