import type { Experiment } from '../../server/contract/catalog.ts';

type Rule = Experiment['targeting'][number];

const words: Record<Rule['operator'], string> = {
  in: 'is',
  not_in: 'is not',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  not_starts_with: 'does not start with',
  ends_with: 'ends with',
  not_ends_with: 'does not end with',
  matches: 'matches the pattern',
  not_matches: 'does not match the pattern',
  gt: 'is above',
  gte: 'is at least',
  lt: 'is below',
  lte: 'is at most',
  before: 'is before',
  after: 'is after',
  semver_eq: 'is version',
  semver_gt: 'is a version after',
  semver_gte: 'is at least version',
  semver_lt: 'is a version before',
  semver_lte: 'is at most version',
  contains_any: 'has any of',
  contains_all: 'has all of',
  contains_none: 'has none of',
  exists: 'is known',
  not_exists: 'is not known',
  in_audience: 'in the audience',
  not_in_audience: 'not in the audience',
};

/** Who takes part, as a phrase. */
export function targetingText({ targeting, audiences }: Pick<Experiment, 'targeting' | 'audiences'>): string {
  if (targeting.length === 0) return 'every unit';
  const definitions = Object.entries(audiences).map(
    ([key, rules]) => `; ${key}: ${rules.map(ruleText).join(', and ')}`,
  );
  return targeting.map(ruleText).join(', and ') + definitions.join('');
}

/** A rule as a phrase: "country is AT or CH". */
export function ruleText({ attribute, operator, values }: { attribute: string; operator: string; values: unknown[] }) {
  const isAll = operator === 'contains_all';
  const instants = operator === 'before' || operator === 'after';
  const shown = values.map((value) => (instants && typeof value === 'number' ? new Date(value).toISOString() : value));
  return [attribute, words[operator as Rule['operator']] ?? operator, shown.join(isAll ? ' and ' : ' or ')]
    .filter((part) => part !== '')
    .join(' ');
}
