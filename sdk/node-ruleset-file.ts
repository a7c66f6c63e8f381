import { readFileSync } from 'node:fs';
import { compileRuleset } from './compile.ts';
import type { Ruleset } from './ruleset.ts';

/**
 * The ruleset in a JSON file, for `bootstrap`: what `GET /v1/ruleset` answered, or `ruleset.json` of a disk. Read once.
 * @throws Error when the file cannot be read, or is no ruleset of this SDK's rules.
 */
export function rulesetFile(path: string): Ruleset {
  const fail = (what: string, cause?: unknown) =>
    new Error(`rulesetFile(${JSON.stringify(path)}): ${what} Save there what GET /v1/ruleset answers.`, { cause });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fail(`the file cannot be read (${String(cause)}).`, cause);
  }
  let ruleset: unknown;
  try {
    ruleset = JSON.parse(text);
  } catch (cause) {
    throw fail(`the file is not JSON (${String(cause)}).`, cause);
  }
  const wrong: string[] = [];
  const compiled = compileRuleset(ruleset, ({ message }) => wrong.push(message));
  if (compiled.problem) wrong.push(compiled.problem.message);
  // Slots are read when they are first used: here that is now.
  for (const slot of compiled.ruleset?.slots.keys() ?? []) compiled.ruleset?.slots.get(slot);
  if (wrong.length > 0) throw fail(wrong.join(' '));
  return ruleset as Ruleset;
}
