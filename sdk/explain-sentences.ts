import type { Assignment, CompiledExperiment } from './compiled-ruleset.ts';
import type { Decision } from './decision.ts';
import type { ExperimentRules } from './ruleset.ts';

/** What one experiment does with the unit. */
export function assignmentSentence(
  { reason, arm, beside }: Assignment,
  experiment: CompiledExperiment,
  { paused, phase }: ExperimentRules,
): string {
  if (reason === 'not_targeted') return 'Not every targeting rule holds: the unit is not in it.';
  if (reason === 'outside_range') return 'The unit lies outside the part of the layer that it uses.';
  if (arm) {
    const band = arm.band === null ? '' : `, in the ${arm.band} band`;
    const sticky = 'sticky' in phase ? ' An SDK with a sticky store may remember another one.' : '';
    return `Its draw falls to "${arm.variant}"${band}.${sticky}`;
  }
  if (beside) return besideSentence(beside.arm.variant, beside.arm === experiment.arms[0], experiment.mode);
  if (paused) return 'It is paused: everyone it takes gets the champion.';
  if (experiment.external) return 'Its units are assigned elsewhere: here they get the champion.';
  return `An SDK of this version does not know its mode "${experiment.mode}": everyone it takes gets the champion.`;
}

function besideSentence(variant: string, isFirst: boolean, mode: string): string {
  if (mode === 'interleave') return '`rank` mixes the lists of its variants; `decide` and `run` answer the champion.';
  return isFirst
    ? `The champion answers, and "${variant}" is called beside it in \`run\` and \`rank\`.`
    : 'The champion answers, and the calls of this unit are not shadowed.';
}

interface Told {
  key: string;
  outcome: string;
  asked: boolean;
}

/** The decision as a whole. */
export function decisionSentence({ reason, variant, experiment }: Decision, slot: string, experiments: Told[]): string {
  const champion = `The champion "${variant}" answers`;
  switch (reason) {
    case 'assigned':
      return `"${variant}" answers, by the split of experiment "${experiment}".`;
    case 'not_targeted':
      return `${champion}: no experiment of the slot targets the unit.`;
    case 'outside_range':
      return `${champion}: the unit lies outside the parts of the layer that experiments use.`;
    case 'unknown_slot':
      return `There is no slot "${slot}": the caller's default answers.`;
    case 'no_ruleset':
      return "The ruleset cannot be read: the caller's default answers.";
    default: {
      const taker = experiments.find((each) => each.asked && each.outcome === 'champion');
      return taker
        ? `${champion}: experiment "${taker.key}" gives it to the unit.`
        : `${champion}: no experiment runs.`;
    }
  }
}
