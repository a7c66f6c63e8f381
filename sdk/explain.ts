/** Why a unit gets what it gets: every rule, draw and bucket on the way, by the very functions that decide. */

import { assign, splitFor } from './assign.ts';
import { compileRuleset } from './compile.ts';
import type { Arm, Assignment, CompiledExperiment, CompiledSlot } from './compiled-ruleset.ts';
import { type Context, type Decision, decideFrom } from './decision.ts';
import { assignmentSentence, decisionSentence } from './explain-sentences.ts';
import { hashUnit } from './hash.ts';
import { type ExperimentRules, HASH_RANGE, type Ruleset, type TargetingRule } from './ruleset.ts';

export interface Explanation {
  slot: string;
  unit: string;
  /** What SDKs with this ruleset decide; its id is empty. */
  decision: Decision;
  /** The decision in one sentence. */
  sentence: string;
  /** In the order in which they are asked; the first that takes the unit decides. */
  experiments: ExplainedExperiment[];
}

export interface ExplainedExperiment {
  key: string;
  /** Id of the phase. */
  phase: number;
  mode: string;
  step: number;
  /** False: one before it took the unit; what follows is what it would have done. */
  asked: boolean;
  /** champion: it takes the unit and gives it the champion (paused, external, shadow, interleave). */
  outcome: 'not_targeted' | 'outside_range' | 'assigned' | 'champion';
  sentence: string;
  /** R6: all must hold. */
  rules: ExplainedRule[];
  /** R3: in it iff `from <= draw < to`. */
  layer: { salt: string; draw: number; from: number; to: number; inside: boolean };
  /** R4: the first entry whose `to` exceeds the draw. */
  split: {
    salt: string;
    draw: number;
    /** Bandits with a context: the value of the attribute, and whether it has a split of its own. */
    context: { attribute: string; value: unknown; own: boolean } | null;
    /** taken: this one is the unit's. In a shadow phase the first is that of the shadowed units. */
    entries: { variant: string; from: number; to: number; weight: number; band: string | null; taken: boolean }[];
  };
}

export interface ExplainedRule {
  attribute: string;
  operator: string;
  values: unknown[];
  /** What the unit has; null: nothing. */
  actual: unknown;
  holds: boolean;
  /** Of a rule on audiences: whether the unit meets all rules of each. */
  audiences: { key: string; holds: boolean; rules: ExplainedRule[] }[];
}

/** Explains what `decideFrom` answers. Pure; it reads the ruleset anew, which takes milliseconds: not for serving. */
export function explainDecision(ruleset: Ruleset, slot: string, context: Context): Explanation {
  const decision = decideFrom(ruleset, slot, context);
  const compiled = compileRuleset(ruleset).ruleset?.slots.get(slot);
  const rules = compiled?.experiments.length ? ruleset.slots[slot] : undefined;
  const experiments: ExplainedExperiment[] = [];
  let isTaken = false;
  for (const [i, experiment] of (compiled?.experiments ?? []).entries()) {
    const source = rules?.experiments[i];
    if (!compiled || !source) continue;
    const explained = explainExperiment(
      ruleset,
      { ...compiled, experiments: [experiment] },
      experiment,
      source,
      context,
    );
    experiments.push({ ...explained, asked: !isTaken });
    isTaken ||= explained.outcome === 'assigned' || explained.outcome === 'champion';
  }
  const sentence = decisionSentence(decision, slot, experiments);
  return { slot, unit: context.unit, decision, sentence, experiments };
}

/** What the experiment does with the unit when it is the only one of the slot. */
function explainExperiment(
  ruleset: Ruleset,
  alone: CompiledSlot,
  experiment: CompiledExperiment,
  source: ExperimentRules,
  context: Context,
): Omit<ExplainedExperiment, 'asked'> {
  const { unit, attributes } = context;
  const assignment = assign(alone, unit, attributes);
  const { key, mode, phase, step } = experiment;
  const place = hashUnit(experiment.layer, unit) >>> 0;
  const { salt, from, to } = source.layer;
  return {
    key,
    phase,
    mode,
    step,
    outcome: assignment.reason,
    sentence: assignmentSentence(assignment, experiment, source),
    rules: source.targeting.map((rule) => explainRule(ruleset, alone.key, source, rule, context)),
    layer: {
      salt,
      draw: place / HASH_RANGE,
      from: from / HASH_RANGE,
      to: to / HASH_RANGE,
      inside: place >= from && place < to,
    },
    split: explainSplit(experiment, source, context, assignment),
  };
}

function explainSplit(
  experiment: CompiledExperiment,
  { phase: { salt, contexts } }: ExperimentRules,
  { unit, attributes }: Context,
  { arm, beside }: Assignment,
): ExplainedExperiment['split'] {
  const arms = splitFor(experiment, attributes);
  const taken: Arm | undefined = arm ?? beside?.arm;
  return {
    salt,
    draw: (hashUnit(experiment.salt, unit) >>> 0) / HASH_RANGE,
    context: contexts
      ? {
          attribute: contexts.attribute,
          value: ownValue(attributes, contexts.attribute),
          own: arms !== experiment.arms,
        }
      : null,
    entries: arms.map((each, i) => ({
      variant: each.variant,
      from: (arms[i - 1]?.upTo ?? 0) / HASH_RANGE,
      to: each.upTo / HASH_RANGE,
      weight: each.weight,
      band: each.band,
      taken: each === taken,
    })),
  };
}

function explainRule(
  ruleset: Ruleset,
  slot: string,
  experiment: ExperimentRules,
  rule: TargetingRule,
  context: Context,
): ExplainedRule {
  const { attribute, operator, values } = rule;
  const { audiences } = experiment as { audiences?: Record<string, TargetingRule[]> };
  const named = /^(not_)?in_audience$/.test(operator) ? values.map(String) : [];
  return {
    attribute,
    operator,
    values,
    actual: ownValue(context.attributes, attribute),
    holds: isTargetedBy(ruleset, slot, experiment, [rule], context),
    audiences: named.map((key) => {
      const rules = audiences && Object.hasOwn(audiences, key) ? (audiences[key] ?? []) : null;
      return {
        key,
        holds: rules !== null && isTargetedBy(ruleset, slot, experiment, rules, context),
        rules: (rules ?? []).map((each) => explainRule(ruleset, slot, experiment, each, context)),
      };
    }),
  };
}

/** Asked of the SDK itself: whether an experiment with these rules alone would find the unit. */
function isTargetedBy(
  { slots, ...ruleset }: Ruleset,
  key: string,
  experiment: ExperimentRules,
  targeting: TargetingRule[],
  context: Context,
): boolean {
  const slot = slots[key];
  if (!slot) return false;
  const alone = { ...slot, experiments: [{ ...experiment, targeting }] };
  return decideFrom({ ...ruleset, slots: { [key]: alone } }, key, context).reason !== 'not_targeted';
}

function ownValue(attributes: Context['attributes'], name: string): unknown {
  return attributes && Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
}
