import type { Arm, Assignment, AssignmentReason, CompiledExperiment, CompiledSlot } from './compiled-ruleset.ts';
import { hashUnit } from './hash.ts';
import { attributeOf, isTargeted } from './targeting.ts';

const alone = (reason: AssignmentReason): Assignment => ({ reason, arm: null, beside: null });
const CHAMPION = alone('champion');
const NOT_TARGETED = alone('not_targeted');
const OUTSIDE_RANGE = alone('outside_range');

/**
 * Who answers for this unit: a pure function. Experiments of a slot are asked in order and the first that takes the
 * unit decides: targeting first (R6), then its range of the layer (R3), then the split (R4, R4b, R5). If none takes
 * it, the reason is that of the experiment that came closest.
 */
export function assign(slot: CompiledSlot, unit: string, attributes: unknown): Assignment {
  const { experiments } = slot;
  if (experiments.length === 0) return CHAMPION;
  let closest = NOT_TARGETED;
  // Loops by index: V8 takes a tenth of a decision longer for those by iterator.
  for (let i = 0; i < experiments.length; i++) {
    const experiment = experiments[i]!;
    if (!isTargeted(experiment.targeting, attributes)) continue;
    if (!experiment.wholeLayer) {
      const place = hashUnit(experiment.layer, unit) >>> 0;
      if (place < experiment.from || place >= experiment.to) {
        closest = OUTSIDE_RANGE;
        continue;
      }
    }
    if (experiment.serves === 'champion') return CHAMPION;
    const hash = hashUnit(experiment.salt, unit) >>> 0;
    const arms = splitFor(experiment, attributes);
    for (let j = 0; j < arms.length; j++) {
      const arm = arms[j]!;
      if (hash >= arm.upTo) continue;
      if (experiment.serves === 'arm') return arm.assignment;
      return { reason: 'champion', arm: null, beside: { experiment, arm } };
    }
  }
  return closest;
}

/** That of the unit's context, where the phase has one for it. */
export function splitFor({ contexts, arms }: CompiledExperiment, attributes: unknown): readonly Arm[] {
  if (contexts === null) return arms;
  const value = attributeOf(attributes, contexts.attribute);
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return (isScalar ? contexts.splits.get(String(value)) : undefined) ?? arms;
}
