import type { Decision, PureDecision, SlotRules } from '../../sdk/index.ts';
import { exposureOf, type FlagContext } from './exposure-of.ts';
import type { EvaluationSuccess } from './ofrep-contract.ts';

/** A pure decision in the protocol's words. */
export function flagOf(key: string, rules: SlotRules, context: FlagContext, pure: PureDecision): EvaluationSuccess {
  const { payload, variant, experiment, phase, step, propensity, ruleset, id: decision, reason } = pure.decision;
  const exposure = exposureOf(key, context, pure);
  const band = pure.exposure?.band ?? null;
  return {
    key,
    // Null is no value of the protocol: its absence asks for the code's default.
    ...(payload === null || payload === undefined ? {} : { value: payload }),
    reason: reasonOf(pure.decision, rules),
    variant,
    metadata: {
      ...{ reason, propensity, ruleset, decision },
      ...(experiment === null || phase === null ? {} : { experiment, phase, step }),
      ...(band === null ? {} : { band }),
      ...(exposure === null ? {} : { exposure }),
    },
  };
}

/**
 * What depends on who asks is the work of a draw or of a rule, and a split that leaves no choice is a rule: the protocol has
 * no DEFAULT. STATIC: everybody gets it; DISABLED: everybody does because all experiments of the slot are paused.
 */
function reasonOf({ reason, propensity }: Decision, { experiments }: SlotRules): EvaluationSuccess['reason'] {
  if (reason === 'not_targeted') return 'TARGETING_MATCH';
  if (reason === 'assigned') return propensity === 1 ? 'TARGETING_MATCH' : 'SPLIT';
  if (reason !== 'champion') return 'SPLIT';
  if (experiments.length > 0 && experiments.every(({ paused }) => paused)) return 'DISABLED';
  return experiments.some(servesVariants) ? 'SPLIT' : 'STATIC';
}

function servesVariants({ paused, phase }: SlotRules['experiments'][number]): boolean {
  return !paused && phase.assignment === 'hash' && ['canary', 'ab', 'bandit'].includes(phase.mode);
}
