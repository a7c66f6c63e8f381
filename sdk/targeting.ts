import type { Problem } from './problems.ts';
import type { TargetingRule } from './ruleset.ts';
import { array, record, text } from './ruleset-shape.ts';
import { matcherOf } from './targeting-operators.ts';

/** Whether a rule holds for the attributes of a unit. */
export type Condition = (attributes: unknown) => boolean;

/** Told of a rule that this SDK cannot evaluate, and which. */
export type ReportRule = (problem: Problem, rule: string) => void;

/** R6: all rules hold. */
export function isTargeted(conditions: readonly Condition[], attributes: unknown): boolean {
  for (let i = 0; i < conditions.length; i++) if (!conditions[i]!(attributes)) return false;
  return true;
}

/** Own attributes only: `constructor` and its like are not attributes of anybody. */
export function attributeOf(attributes: unknown, name: string): unknown {
  if (typeof attributes !== 'object' || attributes === null || !Object.hasOwn(attributes, name)) return undefined;
  return (attributes as Record<string, unknown>)[name];
}

/** R6: prepares the rules of an experiment, once. One that cannot be evaluated is reported and holds for nobody. */
export function compileTargeting(rules: unknown[], audiences: unknown, at: string, report: ReportRule): Condition[] {
  return rules.map((rule, i) => {
    const place = `${at}[${i}]`;
    const condition = compileRule(rule, audiences, place);
    if (condition) return condition;
    const { operator } = record(rule, place);
    const message = `The rule ${place} (${operator}) holds for nobody: this SDK cannot evaluate it. Update the SDK, or correct it.`;
    report({ code: 'unusable_rule', message }, message);
    return () => false;
  });
}

/** Null: this SDK cannot evaluate the rule. */
function compileRule(input: unknown, audiences: unknown, at: string): Condition | null {
  const rule = record(input, at);
  const operator = text(rule.operator, `${at}.operator`);
  const values = array(rule.values, `${at}.values`);
  if (operator === 'in_audience' || operator === 'not_in_audience') {
    const inAny = compileAudiences(values, audiences, at);
    return inAny && operator === 'not_in_audience' ? (attributes) => !inAny(attributes) : inAny;
  }
  const name = text(rule.attribute, `${at}.attribute`);
  const matcher = matcherOf(operator, values);
  if (!matcher) return null;
  const { matches, negative } = matcher;
  // A missing attribute matches nothing, so that it satisfies exactly the negative operators.
  return (attributes) => {
    const actual = attributeOf(attributes, name);
    return (actual !== undefined && actual !== null && matches(actual)) !== negative;
  };
}

/** Whether this release can evaluate a rule; of one on audiences, once it has their rules. */
export function isUsableRule({ operator, values }: TargetingRule): boolean {
  return operator === 'in_audience' || operator === 'not_in_audience' || matcherOf(operator, values) !== null;
}

/** Whether the unit is in any of the audiences named; null when one is unknown or has a rule that cannot be evaluated. */
function compileAudiences(keys: readonly unknown[], audiences: unknown, at: string): Condition | null {
  const lists: Condition[][] = [];
  for (const key of keys) {
    const rules = typeof key === 'string' ? attributeOf(audiences, key) : undefined;
    if (!Array.isArray(rules)) return null;
    // Audiences do not refer to audiences.
    const conditions = rules.map((rule) => compileRule(rule, undefined, `${at} (audience ${key})`));
    if (!conditions.every((each) => each !== null)) return null;
    lists.push(conditions);
  }
  return (attributes) => {
    for (const conditions of lists) if (isTargeted(conditions, attributes)) return true;
    return false;
  };
}
