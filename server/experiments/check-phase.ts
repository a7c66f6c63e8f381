import type { z } from 'zod';
import type { phaseInput } from '../contract/phase-contract.ts';
import type { PhaseSettings } from '../db/schema-types.ts';
import { AssayError } from '../http/errors.ts';
import { refuseUnknownVariant } from '../slots/slot-routes.ts';
import type { SlotRow } from '../slots/slot-store.ts';
import { checkContinues, type Neighbour } from './check-continues.ts';
import type { UsedMetric } from './check-metrics.ts';
import { checkSettings } from './check-settings.ts';
import { checkSticky } from './check-sticky.ts';
import { choosePlan } from './choose-plan.ts';
import type { NewPhase } from './phase-store.ts';

export type PhaseInput = z.output<typeof phaseInput>;
type Weights = { variant: string; weight: number }[];

/** What a phase is checked against. */
export interface PhaseContext {
  slot: SlotRow;
  metrics: UsedMetric[];
  /** Declared segment attributes. */
  segments: string[];
  /** The phase before it in the plan. */
  before: Neighbour | null;
  /** Its path in the request. */
  where: string;
}

/** One phase of a plan against its slot, its metrics and the phase before. */
export function checkPhase(phase: PhaseInput, context: PhaseContext): NewPhase {
  const { slot, metrics, segments, before, where } = context;
  const weights = weightsOf(phase, slot, where);
  for (const { variant } of weights) refuseUnknownVariant(slot, variant);
  if (!weights.some((each) => each.variant === slot.champion)) {
    throw refuse(`${where}: the champion "${slot.champion}" must be part of it, as the control.`);
  }
  checkTimes(phase, where);
  refuseWithoutPrimary(phase, metrics, where);
  const split = weights.map(({ variant, weight }) => ({
    variantId: slot.variants.find((one) => one.key === variant)?.id ?? 0,
    weight,
    control: variant === slot.champion,
  }));
  const checked: NewPhase = {
    mode: phase.mode,
    assignment: phase.assignment,
    continues: phase.continues,
    sticky: phase.sticky,
    gate: phase.gate,
    plan: choosePlan(phase, weights.length, metrics, where),
    settings: settingsOf(phase, where),
    startedAt: phase.startedAt ? new Date(phase.startedAt) : null,
    endedAt: phase.endedAt ? new Date(phase.endedAt) : null,
    // R4: challengers in their stored order, the champion last.
    split: [...split.filter((each) => !each.control), ...split.filter((each) => each.control)],
  };
  checkSettings(checked.settings, { slot, metrics, segments, plan: checked.plan, variants: weights.length, where });
  checkSticky(checked, before, where);
  if (phase.continues) checkContinues(checked, before, where);
  return checked;
}

/** Shadow, canary and bandit phases have results of their own; these two have none without it. */
function refuseWithoutPrimary({ mode }: PhaseInput, metrics: UsedMetric[], where: string): void {
  if (mode !== 'ab' && mode !== 'interleave') return;
  if (metrics.some((each) => each.role === 'primary')) return;
  throw refuse(`metrics: name at least one primary metric, the one that decides: ${where} is of mode ${mode}.`);
}

/** What each mode declares: a split, one candidate, or variants that start alike. */
function weightsOf(phase: PhaseInput, slot: SlotRow, where: string): Weights {
  const { mode, split, candidate, variants } = phase;
  if (mode === 'ab') {
    if (!split || candidate || variants) throw refuse(`${where}: an ab phase declares "split", with weights.`);
    return checkWeights(split, where);
  }
  if (mode === 'shadow' || mode === 'canary') {
    if (!candidate || split || variants) throw refuse(`${where}: a ${mode} phase declares "candidate", one variant.`);
    if (candidate === slot.champion) throw refuse(`${where}.candidate: "${candidate}" is the champion already.`);
    const share = mode === 'canary' ? phase.canary?.steps[0]?.share : (phase.shadow?.share ?? 0.1);
    if (share === undefined) throw refuse(`${where}.canary: declare the steps of the ramp.`);
    return [
      { variant: candidate, weight: share },
      { variant: slot.champion, weight: 1 - share },
    ];
  }
  if (!variants || split || candidate) throw refuse(`${where}: a ${mode} phase declares "variants".`);
  if (new Set(variants).size < variants.length) throw refuse(`${where}.variants: each variant may stand once.`);
  return variants.map((variant) => ({ variant, weight: 1 / variants.length }));
}

function checkWeights(split: Weights, where: string): Weights {
  const sum = split.reduce((total, each) => total + each.weight, 0);
  if (Math.abs(sum - 1) > 1e-9) throw refuse(`${where}.split: the weights sum to ${sum}; they must sum to 1.`);
  const keys = split.map((each) => each.variant);
  if (new Set(keys).size < keys.length) throw refuse(`${where}.split: each variant may stand once.`);
  return split;
}

function settingsOf(phase: PhaseInput, where: string): PhaseSettings {
  const { mode } = phase;
  for (const other of ['shadow', 'canary', 'bandit', 'interleave'] as const) {
    if (other !== mode && phase[other]) throw refuse(`${where}.${other}: this phase is of mode ${mode}.`);
  }
  if (mode === 'ab') return {};
  const settings = phase[mode];
  if (!settings) throw refuse(`${where}.${mode}: a ${mode} phase declares its settings; {} takes the defaults.`);
  return { [mode]: settings };
}

function checkTimes(phase: PhaseInput, where: string): void {
  const { assignment, startedAt, endedAt } = phase;
  if (assignment === 'hash') {
    if (startedAt || endedAt) throw refuse(`${where}: startedAt and endedAt belong to external phases only.`);
    return;
  }
  if (phase.mode !== 'ab') throw refuse(`${where}.assignment: only ab phases are assigned elsewhere.`);
  if (startedAt && endedAt && Date.parse(startedAt) >= Date.parse(endedAt)) {
    throw refuse(`${where}: startedAt must be before endedAt.`);
  }
}

function refuse(message: string): AssayError {
  return new AssayError('invalid_request', message);
}
