import type { Executor } from '../db/database.ts';
import type { Services } from '../services.ts';
import { bumpRuleset } from './ruleset-store.ts';

/**
 * One transaction that changes what SDKs read: its work, and a new version of the ruleset. This process serves the new
 * one when the promise resolves, the others within their polling time.
 */
export async function changeRuleset<T>(
  { db, rulesets }: Pick<Services, 'db' | 'rulesets'>,
  environmentId: number,
  work: (tx: Executor) => Promise<T>,
): Promise<T> {
  const result = await db.transaction(async (tx) => {
    const done = await work(tx);
    await bumpRuleset(tx, environmentId);
    return done;
  });
  await rulesets.refresh(environmentId);
  return result;
}
