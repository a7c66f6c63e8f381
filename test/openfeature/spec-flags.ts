import { readFileSync } from 'node:fs';
import type { Ruleset, SlotRules, TargetingRule } from '@assay-ml/sdk';
import { experimentOf, phaseOf, rulesetOf, slotOf, splitOf } from '../sdk/rulesets.ts';

interface SpecFlag {
  variants: Record<string, unknown>;
  defaultVariant?: string | null;
  disabled?: boolean;
  flagMetadata?: Record<string, string | number | boolean> | null;
  contextEvaluator?: string;
}

/** Of evaluation.feature, older than test-flags.json, which has no such flag. */
const CONTEXT_AWARE: SpecFlag = {
  variants: { internal: 'INTERNAL', external: 'EXTERNAL' },
  defaultVariant: 'external',
  contextEvaluator: "fn == 'Sulisław' && ln == 'Świętopełk' && age == 29 && !customer ? 'internal' : ''",
};

/** The specification's flags as slots. */
export function specRuleset(): Ruleset {
  const file = new URL('../fixtures/openfeature/test-flags.json', import.meta.url);
  const flags: Record<string, SpecFlag> = {
    ...JSON.parse(readFileSync(file, 'utf8')),
    'context-aware': CONTEXT_AWARE,
  };
  return rulesetOf(Object.fromEntries(Object.entries(flags).map(([key, flag]) => [key, slotOfFlag(flag)])));
}

/**
 * The default variant is the champion. A flag that is disabled or names no default has a champion without a value. Metadata
 * stands in the payload. What the evaluator gives is an experiment that its condition targets, with all weight on its variant.
 */
function slotOfFlag({ variants, defaultVariant, disabled, flagMetadata, contextEvaluator }: SpecFlag): SlotRules {
  const champion = disabled || !defaultVariant ? 'none' : defaultVariant;
  const payloads = Object.entries(variants).map(([key, value]): [string, unknown] => [
    key,
    flagMetadata ? { value, metadata: flagMetadata } : value,
  ]);
  return slotOf({
    champion,
    variants: { ...Object.fromEntries(payloads), ...(champion === 'none' ? { none: null } : {}) },
    experiments: contextEvaluator === undefined || disabled ? [] : [experimentOfEvaluator(contextEvaluator)],
  });
}

function experimentOfEvaluator(text: string): SlotRules['experiments'][number] {
  const [, condition, variant] = /^(.+) \? '([^']+)' : ''$/.exec(text) ?? [];
  if (condition === undefined || variant === undefined) throw new Error(`An evaluator of another form: ${text}`);
  return experimentOf({
    targeting: condition.split(' && ').map(ruleOf),
    phase: phaseOf({ split: splitOf([variant, 1]) }),
  });
}

function ruleOf(term: string): TargetingRule {
  const [, not] = /^!(\w+)$/.exec(term) ?? [];
  if (not !== undefined) return { attribute: not, operator: 'in', values: [false] };
  const [, attribute, operator, text] = /^(\w+) (==|>) (.+)$/.exec(term) ?? [];
  if (attribute === undefined || text === undefined) throw new Error(`A condition of another form: ${term}`);
  const value = text.startsWith("'") ? text.slice(1, -1) : Number(text);
  if (operator === '==') return { attribute, operator: 'in', values: [value] };
  return { attribute, operator: 'gt', values: [value] };
}
