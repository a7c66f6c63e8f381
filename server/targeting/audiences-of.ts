import type { TargetingRule } from '../../sdk/index.ts';
import type { Executor } from '../db/database.ts';
import { AssayError } from '../http/errors.ts';
import { holdAudiences } from './audience-store.ts';

/** Keys of the audiences that rules name, each once. */
export function audienceKeys(rules: readonly TargetingRule[]): string[] {
  const named = rules.filter(({ operator }) => operator === 'in_audience' || operator === 'not_in_audience');
  return [...new Set(named.flatMap(({ values }) => values.map(String)))];
}

/** Rules of the audiences that rules name, by key; refused when one does not exist. */
export async function audiencesOf(
  db: Executor,
  environmentId: number,
  rules: readonly TargetingRule[],
): Promise<Record<string, TargetingRule[]>> {
  const keys = audienceKeys(rules);
  const found = await holdAudiences(db, environmentId, keys);
  const missing = keys.find((key) => !found.some((each) => each.key === key));
  if (missing === undefined) return Object.fromEntries(found.map((each) => [each.key, each.rules]));
  throw new AssayError(
    'invalid_request',
    `targeting: there is no audience "${missing}". Make it with POST /api/audiences, or name one of GET /api/audiences.`,
  );
}
