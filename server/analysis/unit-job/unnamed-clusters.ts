import type { Queryable } from '../../db/queryable.ts';
import { type FoundEffects, insufficient } from './found-effect.ts';

/** Beyond this share of units without a cluster the error is no longer that of clusters. */
const MOST_UNNAMED = 0.05;

/**
 * What is said where units lack the attribute that names their cluster. Each counts as a cluster of its own, so that an
 * error of them alone would be that of independent units, which they are not by plan.
 */
export async function aboutUnnamed(client: Queryable, found: FoundEffects, attribute: string): Promise<FoundEffects> {
  const { rows } = await client.query<{ share: number | null }>(
    `select avg((cluster like '-%')::int)::float8 as share from unit_value`,
  );
  const share = rows[0]?.share ?? 0;
  if (share <= MOST_UNNAMED) return found;
  if (share === 1) {
    const missing = `No unit has a value of "${attribute}", by which they were randomised together: report it as an attribute of each exposure.`;
    return { ...found, effects: found.effects.map((each) => insufficient(each, missing)) };
  }
  const warning = `${(100 * share).toFixed(1)} % of the units have no value of "${attribute}" and count as randomised one by one: if they were not, the error is too small.`;
  const warned = found.effects.map((each) =>
    each.status === 'ok' ? { ...each, warnings: [...each.warnings, warning] } : each,
  );
  return { ...found, effects: warned };
}
