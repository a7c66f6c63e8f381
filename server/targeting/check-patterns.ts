import { createRequire } from 'node:module';
import type { TargetingRule } from '../../sdk/index.ts';
import { AssayError } from '../http/errors.ts';
import { countChoices } from './count-choices.ts';

/**
 * The checker holds up this process: all patterns of a request share this time, ms. Most need a tenth of a second; a busy
 * machine shall not refuse them.
 */
const TIME_LIMIT_MS = 3000;
/** Ways to take one text, repetitions without end aside: the constant before what is linear. */
const MAX_CHOICES = 1000;
/** Verdicts kept, so that repeating a request costs nothing. */
const MAX_REMEMBERED = 1000;

type CheckSync = typeof import('recheck').checkSync;
let checkSync: CheckSync | null = null;
const verdicts = new Map<string, string | null>();

/**
 * Refuses patterns that are not shown to take time linear in the length of the input, whatever the input: a decision
 * tries them on the request path.
 */
export function checkPatterns(rules: readonly TargetingRule[], where: string): void {
  const deadline = Date.now() + TIME_LIMIT_MS;
  for (const [i, { operator, values }] of rules.entries()) {
    if (operator !== 'matches' && operator !== 'not_matches') continue;
    for (const pattern of values) {
      const problem = slowness(String(pattern), deadline - Date.now());
      if (problem)
        throw new AssayError('invalid_request', `${where}.${i}: the pattern ${JSON.stringify(pattern)} ${problem}`);
    }
  }
}

/** Why a pattern is refused; null: it is linear. */
function slowness(pattern: string, timeLeftMs: number): string | null {
  if (countChoices(pattern) > MAX_CHOICES) {
    return `can be matched in more than ${MAX_CHOICES} ways: use fewer alternatives, "?" and {…} in a row, or * and + for {…}.`;
  }
  const known = verdicts.get(pattern);
  if (known !== undefined) return known;
  // Its pure JavaScript, 3 MB, loaded by the first pattern.
  checkSync ??= createRequire(import.meta.url)('recheck/lib/browser.js').checkSync as CheckSync;
  // Only the automaton shows that no input is slow; the fuzzer would merely not find one.
  const found = checkSync(pattern, 'u', { checker: 'automaton', timeout: Math.max(1, timeLeftMs) });
  if (found.status === 'unknown') {
    return 'could not be shown to be linear in time. Use a simpler one, or contains, starts_with or ends_with.';
  }
  const verdict = found.status === 'safe' ? null : describe(found);
  if (verdicts.size >= MAX_REMEMBERED) verdicts.clear();
  verdicts.set(pattern, verdict);
  return verdict;
}

function describe({ complexity, attack }: Extract<ReturnType<CheckSync>, { status: 'vulnerable' }>): string {
  const growth = complexity.type === 'exponential' ? 'exponential' : `polynomial (degree ${complexity.degree})`;
  const slow = attack.pattern.length <= 80 ? ` for instance for ${attack.pattern}` : '';
  return (
    `can take ${growth} time,${slow || ' for some inputs'}. Anchor it with ^, and let no two repetitions follow each ` +
    'other that match the same text; or use contains, starts_with or ends_with.'
  );
}
