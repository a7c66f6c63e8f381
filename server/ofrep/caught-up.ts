import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledRuleset, RulesetSource } from '../ruleset/ruleset-watch.ts';

/** Longest wait for a change that another process told of: four times what the watch takes to see it. */
const MAX_WAIT_MS = 1_000;
const EVERY_MS = 50;

/**
 * The ruleset in force here, once it is as new as the one that an event stream told of: the event may come from another
 * process than the answer, which hears of the change a moment later. Other tags than ours are not waited for.
 */
export async function caughtUp(
  rulesets: RulesetSource,
  environmentId: number,
  toldEtag: string | undefined,
): Promise<CompiledRuleset> {
  const told = /^W\/"(\d+)-(\d{1,10})-/.exec(toldEtag ?? '');
  const version = told && Number(told[1]) === environmentId ? Number(told[2]) : 0;
  let current = await rulesets.ruleset(environmentId);
  for (let waited = 0; current.ruleset.version < version && waited < MAX_WAIT_MS; waited += EVERY_MS) {
    await sleep(EVERY_MS);
    current = await rulesets.ruleset(environmentId);
  }
  return current;
}
