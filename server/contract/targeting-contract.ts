import { z } from 'zod';
import { isUsableRule, type TargetingOperator } from '../../sdk/index.ts';
import { instant, key } from './field-types.ts';

/** Who takes part: rules on attributes, and audiences, which are rules saved under a name (docs/sdk/targeting.md). */

const MAX_PATTERN = 256;
const MAX_PATTERNS = 10;

type Values = 'scalars' | 'texts' | 'patterns' | 'number' | 'instant' | 'version' | 'none' | 'audiences';

/** What each operator takes as values. */
const VALUES: Record<TargetingOperator, Values> = {
  in: 'scalars',
  not_in: 'scalars',
  contains: 'texts',
  not_contains: 'texts',
  starts_with: 'texts',
  not_starts_with: 'texts',
  ends_with: 'texts',
  not_ends_with: 'texts',
  matches: 'patterns',
  not_matches: 'patterns',
  gt: 'number',
  gte: 'number',
  lt: 'number',
  lte: 'number',
  before: 'instant',
  after: 'instant',
  semver_eq: 'version',
  semver_gt: 'version',
  semver_gte: 'version',
  semver_lt: 'version',
  semver_lte: 'version',
  contains_any: 'scalars',
  contains_all: 'scalars',
  contains_none: 'scalars',
  exists: 'none',
  not_exists: 'none',
  in_audience: 'audiences',
  not_in_audience: 'audiences',
};

const operators = Object.keys(VALUES) as [TargetingOperator, ...TargetingOperator[]];
const isKey = (value: unknown): boolean => key.safeParse(value).success;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;

type Rule = z.output<typeof ruleShape>;

const ruleShape = z.object({
  attribute: z.string().max(128).default('').meta({ description: 'Left out with in_audience and not_in_audience' }),
  operator: z.enum(operators),
  values: z
    .array(z.union([z.string().max(1024), z.number(), z.boolean()]))
    .max(1000)
    .default([])
    .meta({ description: 'Left out with exists and not_exists' }),
});

export const targetingRule = ruleShape.superRefine((rule, context) => {
  const takesAttribute = VALUES[rule.operator] !== 'audiences';
  if (takesAttribute !== rule.attribute.length > 0) {
    const message = takesAttribute
      ? `"${rule.operator}" asks about an attribute: name it`
      : `"${rule.operator}" asks about audiences, named in "values": leave "attribute" out`;
    context.addIssue({ code: 'custom', path: ['attribute'], message });
  }
  const problem = valuesProblem(rule);
  if (problem) context.addIssue({ code: 'custom', path: ['values'], message: problem });
});

/** What is wrong with the values of a rule, for people; null when nothing is. */
function valuesProblem(rule: Rule): string | null {
  const { operator, values } = rule;
  const takes = (is: boolean, what: string) => (is ? null : `"${operator}" takes ${what}`);
  const isOne = values.length === 1;
  switch (VALUES[operator]) {
    case 'none':
      return takes(values.length === 0, 'no values: leave them out');
    case 'scalars':
      return takes(values.length > 0, 'at least one value');
    case 'texts':
      return takes(values.length > 0 && values.every(isText), 'at least one string, none of them empty');
    case 'audiences':
      return takes(values.length > 0 && values.every(isKey), 'at least one key of an audience');
    case 'number':
      return takes(isOne && isUsableRule(rule), 'exactly one number');
    case 'instant':
      return takes(
        isOne && isUsableRule(rule),
        'exactly one instant: a date (2026-01-31), a date and time with offset (2026-01-31T12:00:00Z), or ms since 1970',
      );
    case 'version':
      return takes(isOne && isUsableRule(rule), 'exactly one semantic version, such as 2.1.0');
    case 'patterns':
      return (
        takes(values.length > 0 && values.length <= MAX_PATTERNS, `1 to ${MAX_PATTERNS} patterns`) ??
        firstProblem(values)
      );
  }
}

function firstProblem(patterns: unknown[]): string | null {
  for (const pattern of patterns) {
    const problem = patternProblem(pattern);
    if (problem) return `the pattern ${JSON.stringify(pattern)} is refused: ${problem}`;
  }
  return null;
}

/** Short, and of the syntax that regular expressions of all languages share; that it is linear is checked where it is stored. */
function patternProblem(pattern: unknown): string | null {
  if (!isText(pattern)) return 'it must be a string that is not empty';
  if (pattern.length > MAX_PATTERN) return `it is longer than ${MAX_PATTERN} characters`;
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const outsideClasses = pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]/g, (part) =>
    /^\\[1-9k]/.test(part) ? '\\1' : '',
  );
  if (outsideClasses.includes('\\1')) return 'back-references cannot be matched in linear time';
  return /\(\?(?!:)/.test(outsideClasses)
    ? 'look-around, named groups and flags are not admitted; of the groups (?…) only (?:…) is'
    : null;
}

// ── Audiences ───────────────────────────────────────────────────────────────────────────────────────────────────

const audienceFields = {
  name: z.string().min(1).max(128),
  description: z.string().max(2000).default(''),
  rules: z
    .array(targetingRule)
    .min(1)
    .max(50)
    .superRefine((rules, context) => {
      for (const [i, { operator }] of rules.entries()) {
        if (VALUES[operator] !== 'audiences') continue;
        const message = 'an audience does not refer to audiences: name both in the experiment';
        context.addIssue({ code: 'custom', path: [i, 'operator'], message });
      }
    })
    .meta({ description: 'All must hold. A rule `in_audience` with several values asks for any of the audiences' }),
};
export const audienceInput = z.object({ key, ...audienceFields });
export const audienceEdit = z.object(audienceFields);
export const audience = z.object({
  key,
  ...audienceFields,
  usedBy: z
    .array(z.object({ experiment: key, state: z.enum(['draft', 'running', 'paused']) }))
    .meta({ description: 'Drafts follow an edit; what has started keeps the rules that it started with' }),
  createdAt: instant,
  updatedAt: instant,
});
export type Audience = z.infer<typeof audience>;
